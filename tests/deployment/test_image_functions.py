"""Every function of the template in the image itself, under the Runtime Interface Emulator, against the local stack.

Each has the variables that the template gives it and the rights of its role, and no more. The queues' own workers run
beside: what is handed to a function here is in no queue, and what it leaves is the same if they see it, too.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from app.repositories.dynamodb.imports import DynamoImports
from app.repositories.dynamodb.mail import DynamoMail
from app.repositories.dynamodb.stats import DynamoStats
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.dynamodb.user_data import DynamoUserData
from app.services.ingest.events import of_s3
from app.services.ingest.ids import id_of
from deployment import events
from deployment.functions import FUNCTIONS, NOWHERE, command, dead_letter, environment, memory, role, smallest
from deployment.runtime import Function, running
from support.clients import clients_for, cognito_for
from support.mail import Mailbox, body
from support.people import CODE, PASSWORD
from support.processes import wait_until


@pytest.fixture(scope="session")
def start(image, stack, tmp_path_factory) -> Iterator[Callable[[str], Function]]:
    """Start a function of the template by its logical id; each runs once for all tests."""
    logs, started = tmp_path_factory.mktemp("functions"), {}
    with ExitStack() as running_ones:

        def of(logical: str) -> Function:
            if logical not in started:
                function = running(image, command(logical), environment(stack, logical), logs / logical)
                started[logical] = running_ones.enter_context(function)
            return started[logical]

        yield of


@pytest.fixture
def api(start) -> Function:
    return start("ApiFunction")


@pytest.fixture
def address() -> str:
    return f"{uuid4().hex}@example.com"


@pytest.fixture
def token(api, address) -> str:
    """The access token of a new user, who signed up through the API."""
    person = {"email": address, "password": PASSWORD}
    signed_up = api(events.http_api("POST", "/v1/auth/signup", {**person, "name": "Ada"}))
    assert signed_up["statusCode"] == 201, signed_up
    confirmed = api(events.http_api("POST", "/v1/auth/confirm", {"email": address, "code": CODE}))
    assert confirmed["statusCode"] == 204, confirmed
    signed_in = api(events.http_api("POST", "/v1/auth/login", person))
    assert signed_in["statusCode"] == 200, signed_in
    return json.loads(signed_in["body"])["access_token"]


@pytest.fixture
def forged(token) -> str:
    """The same claims with a forged signature."""
    signed, _, signature = token.rpartition(".")
    return f"{signed}.{signature[::-1]}"


# ---------------------------------------------------------------- the API


def test_the_api_says_that_it_is_well(api):
    answer = api(events.http_api("GET", "/healthz"))

    assert answer["statusCode"] == 200
    assert answer["isBase64Encoded"] is False
    assert json.loads(answer["body"])["status"] == "ok"


def test_the_api_shows_its_documentation(api):
    page, asset = (api(events.http_api("GET", path)) for path in ("/docs", "/openapi.json"))

    assert page["statusCode"] == 200
    assert page["headers"]["content-type"].startswith("text/html")
    assert "/v1/todos" in json.loads(asset["body"])["paths"]


def test_the_api_refuses_requests_without_a_valid_token(api, forged):
    without = api(events.http_api("GET", "/v1/todos"))
    with_forged = api(events.http_api("GET", "/v1/todos", token=forged))

    for answer in (without, with_forged):
        assert answer["statusCode"] == 401
        assert answer["headers"]["content-type"] == "application/problem+json"
        assert answer["isBase64Encoded"] is False
        assert "WWW-Authenticate".lower() in answer["headers"]


def test_the_api_answers_with_the_signed_in_user(api, token, address):
    answer = api(events.http_api("GET", "/v1/users/me", token=token))

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["email"] == address


def test_the_api_keeps_todos_and_caches_them(api, token):
    listing = events.http_api("GET", "/v1/todos", token=token)

    created = api(events.http_api("POST", "/v1/todos", {"title": "In the image"}, token=token))
    assert wait_until(lambda: api(listing)["headers"]["x-cache"] == "hit")
    listed = api(listing)
    deleted = api(events.http_api("DELETE", created["headers"]["location"], token=token))

    assert created["statusCode"] == 201
    assert [todo["title"] for todo in json.loads(listed["body"])["items"]] == ["In the image"]
    assert deleted["statusCode"] == 204


# ---------------------------------------------------------------- the authorizer


def test_the_authorizer_lets_a_good_token_pass_and_the_api_agrees(start, api, token, address):
    answer = start("AuthorizerFunction")(events.authorizer(token))
    said = {"lambda": answer["context"]}
    asked = api(events.http_api("GET", "/v1/users/me", token=token, authorizer=said))

    assert answer["isAuthorized"] is True
    assert all(isinstance(claim, str) for claim in answer["context"].values())
    assert json.loads(asked["body"])["email"] == address
    assert json.loads(asked["body"])["id"] == answer["context"]["sub"]


def test_the_authorizer_refuses_a_forged_token(start, forged):
    assert start("AuthorizerFunction")(events.authorizer(forged)) == {"isAuthorized": False}


# ---------------------------------------------------------------- the function outside the network


def test_the_function_outside_makes_the_requests_that_were_signed_inside(start, stack, token, address):
    outside = start("EgressFunction")
    inside = clients_for(replace(stack.settings, egress_function="function"))
    vars(inside)["functions"] = clients_for(replace(stack.settings, aws_endpoint_url=outside.url)).functions

    signed_in = cognito_for(inside, stack.settings).log_in(address, PASSWORD)
    account = cognito_for(inside, stack.settings).get_user(address)
    keys = json.loads(inside.egress.get(stack.settings.jwks_url))["keys"]

    assert account.email == address
    assert signed_in.access_token.count(".") == token.count(".") == 2
    assert all(key["kty"] == "RSA" for key in keys)
    assert "REPORT" in outside.log


def test_the_function_outside_reports_why_a_request_failed(start):
    assert start("EgressFunction")(events.outgoing(NOWHERE)) == {"failure": "EndpointConnectionError"}


# ---------------------------------------------------------------- the sign-up trigger


def test_the_trigger_records_and_welcomes_a_confirmed_user(start, stack, address):
    user_id = str(uuid4())
    env = stack.env
    event = events.post_confirmation(env["USER_POOL_ID"], env["USER_POOL_CLIENT_ID"], user_id, address)

    answers = [start("UserSignupFunction")(event) for _ in range(2)]

    assert answers == [event, event]
    user = DynamoStorage(stack.clients(), stack.settings.tables).users.get(user_id)
    assert user is not None
    assert (user.id, user.email, user.name) == (user_id, address, "Ada Lovelace")
    Mailbox(stack.endpoint).wait_for(address, "Welcome!", seconds=60)


def test_the_trigger_ends_the_sessions_after_a_password_reset(start, stack, address):
    user_id, before = str(uuid4()), int(time.time())
    event = events.post_confirmation(stack.env["USER_POOL_ID"], "client", user_id, address)
    event["triggerSource"] = "PostConfirmation_ConfirmForgotPassword"

    assert start("UserSignupFunction")(event) == event

    user = DynamoStorage(stack.clients(), stack.settings.tables).users.get(user_id)
    assert user is not None
    assert before < user.tokens_valid_after <= time.time()


def test_only_the_one_form_of_an_address_signs_up(start):
    trigger = start("PreSignUpFunction")
    event = events.pre_sign_up("ada@xn--fa-hia.example")

    assert trigger(event) == event
    with pytest.raises(AssertionError, match="AddressRefused"):  # what a function answers to an error
        trigger(events.pre_sign_up("ada@faß.example"))


# ---------------------------------------------------------------- the consumer of mail


def test_the_consumer_sends_a_mail_once(start, stack, address):
    consumer, mailbox = start("EmailConsumerFunction"), Mailbox(stack.endpoint)
    batch = events.sqs(body(to=address, id=f"welcome#{uuid4()}"))

    assert [consumer(batch) for _ in range(2)] == [{"batchItemFailures": []}] * 2

    [mail] = mailbox.of(address)
    assert mail["Subject"] == "Welcome!"


def test_the_consumer_dead_letters_invalid_messages_and_sends_the_rest(start, stack, address):
    nonsense = f"{uuid4()} is no mail"
    batch = events.sqs(nonsense, body(to=address, id=f"welcome#{uuid4()}"))

    assert start("EmailConsumerFunction")(batch) == {"batchItemFailures": []}

    assert len(Mailbox(stack.endpoint).of(address)) == 1
    assert dead_letter(stack, "EMAIL_DLQ_URL", nonsense)["reason"]["StringValue"] == "not_json"


def test_the_consumer_returns_messages_that_another_is_sending(start, stack, address):
    mail_id = f"welcome#{uuid4()}"
    assert (
        DynamoMail(stack.clients(), stack.settings.tables["operations"]).claim(mail_id, owner="another")
        == "first"
    )
    batch = events.sqs(body(to=address, id=mail_id), body(to=address, id=f"welcome#{uuid4()}"))

    answer = start("EmailConsumerFunction")(batch)

    assert answer == {"batchItemFailures": [{"itemIdentifier": batch["Records"][0]["messageId"]}]}
    assert len(Mailbox(stack.endpoint).of(address)) == 1


# ---------------------------------------------------------------- the counters


def test_the_counters_count_a_batch_once_and_dead_letter_what_is_unreadable(start, stack):
    """The user is in no table, so that the function of the stack itself counts nothing of it."""
    counters, user = (
        start("CountersFunction"),
        {"userId": {"S": str(uuid4())}, "usedBytes": {"N": str(2**50)}},
    )
    batch = events.user_changes((None, user), (None, {**user, "usedBytes": {"S": "many"}}))

    assert [counters(batch) for _ in range(2)] == [{"batchItemFailures": []}] * 2

    stats = DynamoStats(stack.clients(), stack.settings.tables["operations"])
    assert stats.read()["bytes"] // 2**50 == 1
    record = batch["Records"][1]
    reference = json.dumps({name: record[name] for name in ("eventID", "eventSourceARN", "eventName")})
    assert dead_letter(stack, "COUNTERS_DLQ_URL", reference)["reason"]["StringValue"] == "unreadable"
    counters(events.user_changes((user, None)))
    assert stats.read()["bytes"] // 2**50 == 0


# ---------------------------------------------------------------- migrate


def test_migrate_answers_cloudformation(start, stack):
    """Which waits for it at a URL of S3's."""
    s3, place = stack.clients().s3, {"Bucket": stack.env["DATA_BUCKET"], "Key": f"answers/{uuid4()}"}
    url = s3.generate_presigned_url("put_object", Params=place)

    start("MigrateFunction")(events.custom_resource("Delete", url))

    answer = json.loads(s3.get_object(**place)["Body"].read())
    assert (answer["Status"], answer["LogicalResourceId"]) == ("SUCCESS", "Schema")


# ---------------------------------------------------------------- ingest


def test_ingest_takes_in_a_file(start, stack):
    domain, bucket = f"{uuid4().hex[:12]}.example.com", stack.env["INGEST_BUCKET"]
    key = f"users/people of {domain}.csv"
    content = (
        f"email,name,phone\nada@{domain},Ada,+4915112345678\nnobody,Nobody,\ngrace@{domain},Grace,\n".encode()
    )
    put = stack.clients().s3.put_object(Bucket=bucket, Key=key, Body=content)
    told = events.object_created(bucket, key, put, len(content))

    assert start("IngestFunction")(events.sqs(told)) == {"batchItemFailures": []}

    event = of_s3(json.loads(told)["Records"][0])
    record = DynamoImports(stack.clients(), stack.settings.tables["operations"]).get(id_of(event))
    assert record is not None
    assert (record.status, record.progress.rows, record.progress.accepted) == ("completed", 3, 2)
    ada = DynamoUserData(stack.clients(), stack.settings.tables["user_data"]).get(f"ada@{domain}")
    assert ada is not None
    assert (ada.name, ada.phone) == ("Ada", "+4915112345678")


def test_ingest_dead_letters_invalid_events(start, stack):
    nonsense = f"{uuid4()} is no event"

    assert start("IngestFunction")(events.sqs(nonsense)) == {"batchItemFailures": []}

    assert dead_letter(stack, "INGEST_DLQ_URL", nonsense)["reason"]["StringValue"] == "malformed_json"


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize("logical", FUNCTIONS)
def test_a_function_fits_its_memory(start, logical, report, stack):
    """Half of it is for the work. The time of the start is printed, not checked: machines differ."""
    function = start(logical)
    function(smallest(logical, stack))

    report(f"{logical}: init {function.init_ms:.0f} ms, at most {function.peak_mb:.0f} MB")
    assert 0 < function.peak_mb < memory(logical) / 2


def test_a_function_has_the_rights_of_its_role_only(stack, monkeypatch):
    for name, value in role(stack, "EmailConsumerFunction").items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ClientError, match="AccessDenied"):
        stack.clients().dynamodb.scan(TableName=stack.env["USERS_TABLE"])


def test_a_function_that_lacks_a_variable_fails_here(image, stack, tmp_path):
    logical = "EmailConsumerFunction"
    env = environment(stack, logical)
    del env["OPERATIONS_TABLE"]

    with (
        running(image, command(logical), env, tmp_path / "log") as function,
        pytest.raises(AssertionError, match="OPERATIONS_TABLE"),
    ):
        function(events.sqs("anything"))
