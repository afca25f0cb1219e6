"""Requests that a function outside the network makes: both ends over real HTTP, and Lambda's protocol between."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, HTTPClientError

from app.aws.clients import Clients
from app.aws.cognito import Cognito
from app.aws.egress_relay import MAX_BYTES, Relay
from app.errors import InvalidCredentials, Unavailable
from support.clients import clients_for, cognito_for
from support.credentials import CREDENTIALS
from support.http_service import Answer, Asked, Service, service
from support.ports import free_port
from unit.accounts.doubles import EMAIL, PASSWORD, SETTINGS

TOKENS = {
    "AuthenticationResult": {"AccessToken": "a", "IdToken": "i", "RefreshToken": "r", "ExpiresIn": 3600}
}


class Outside:
    """AWS as the network sees it: Lambda, whose function is the relay, and behind it what that may call."""

    def __init__(self, lambda_: Service, target: Service) -> None:
        self.lambda_ = lambda_
        self.target = target
        self.clients = clients_for(
            replace(SETTINGS, aws_endpoint_url=lambda_.url, egress_function="egress-function")
        )
        vars(self.clients)["cognito"] = self._cognito()

    def _cognito(self):
        elsewhere = clients_for(replace(SETTINGS, aws_endpoint_url=self.target.url))
        client = elsewhere.cognito
        self.clients.egress.route_through(client)
        return client

    @property
    def identity(self) -> Cognito:
        return cognito_for(self.clients, SETTINGS)


@pytest.fixture
def outside() -> Iterator[Callable[..., Outside]]:
    """Start it: `target` answers what gets there, `call` stands for Lambda where a test wants it to fail."""
    with ExitStack() as running:

        def start(
            target: Answer | Callable[[Asked], Answer] = Answer(),
            call: Callable[[Asked], Answer] | None = None,
        ) -> Outside:
            answer = target if callable(target) else lambda _: target
            behind = running.enter_context(service(answer))
            relay = Relay([behind.url])

            def invoke(asked: Asked) -> Answer:
                return Answer(body=json.dumps(relay.forward(json.loads(asked.body))).encode())

            return Outside(running.enter_context(service(call or invoke)), behind)

        yield start


def test_a_client_gets_the_same_answer_as_without_the_relay(outside):
    there = outside(Answer(body=json.dumps(TOKENS).encode()))

    tokens = there.identity.log_in(EMAIL, PASSWORD)

    assert (tokens.access_token, tokens.refresh_token, tokens.expires_in) == ("a", "r", 3600)
    (asked,) = there.target.asked
    assert asked.method == "POST"
    assert asked.headers["x-amz-target"] == "AWSCognitoIdentityProviderService.InitiateAuth"
    assert json.loads(asked.body)["AuthParameters"] == {"USERNAME": EMAIL, "PASSWORD": PASSWORD}


def test_the_function_is_called_by_its_name_and_waited_for(outside):
    there = outside(Answer(body=json.dumps(TOKENS).encode()))

    there.identity.log_in(EMAIL, PASSWORD)

    (called,) = there.lambda_.asked
    assert called.path == "/2015-03-31/functions/egress-function/invocations"
    assert called.headers.get("x-amz-invocation-type", "RequestResponse") == "RequestResponse"


def test_a_request_arrives_with_the_signature_of_who_made_it(outside):
    user = {"Username": "u", "UserAttributes": [], "Enabled": True, "UserStatus": "CONFIRMED"}
    there = outside(Answer(body=json.dumps(user).encode()))

    there.clients.cognito.admin_get_user(UserPoolId="us-east-1_pool", Username="u")

    (asked,) = there.target.asked
    signed = dict(part.split("=", 1) for part in asked.headers["authorization"].split(" ", 1)[1].split(", "))
    again = AWSRequest("POST", f"{there.target.url}{asked.path}", data=asked.body)
    for name in signed["SignedHeaders"].split(";"):
        again.headers[name] = asked.headers[name]
    again.context["timestamp"] = asked.headers["x-amz-date"]
    signer = SigV4Auth(
        Credentials(CREDENTIALS.access_key_id, CREDENTIALS.secret_access_key), "cognito-idp", "us-east-1"
    )
    to_sign = signer.string_to_sign(again, signer.canonical_request(again))

    assert "host" in signed["SignedHeaders"]
    assert signer.signature(to_sign, again) == signed["Signature"]


def test_the_errors_of_the_service_stay_its_own(outside):
    refused = Answer(400, json.dumps({"__type": "NotAuthorizedException", "message": "no"}).encode())

    with pytest.raises(InvalidCredentials):
        outside(refused).identity.log_in(EMAIL, PASSWORD)


def test_a_service_that_fails_once_is_asked_again(outside):
    answers = iter([Answer(500, b"{}"), Answer(body=json.dumps(TOKENS).encode())])
    there = outside(lambda _: next(answers))

    assert there.identity.log_in(EMAIL, PASSWORD).access_token == "a"
    assert len(there.target.asked) == 2


def test_a_service_out_of_reach_is_unavailable_after_as_many_tries_as_ever():
    origin = f"http://127.0.0.1:{free_port()}"
    relay = Relay([origin])

    def invoke(asked: Asked) -> Answer:
        return Answer(body=json.dumps(relay.forward(json.loads(asked.body))).encode())

    with service(invoke) as lambda_:
        there = Outside(lambda_, Service(origin))
        with pytest.raises(Unavailable):
            there.identity.log_in(EMAIL, PASSWORD)

    assert len(lambda_.asked) == 2


@pytest.mark.parametrize(
    "call",
    [
        lambda _: Answer(
            body=b'{"errorType": "PermissionError"}', headers={"X-Amz-Function-Error": "Unhandled"}
        ),
        lambda _: Answer(429, b'{"Reason": "x"}', {"X-Amzn-ErrorType": "TooManyRequestsException"}),
        lambda _: Answer(403, b'{"Message": "x"}', {"X-Amzn-ErrorType": "AccessDeniedException"}),
        lambda _: Answer(500, b"{}"),
    ],
    ids=["it crashed", "it is throttled", "it may not be called", "Lambda is out"],
)
def test_a_function_that_does_not_answer_is_an_outage_and_no_answer_of_the_service(outside, call):
    there = outside(call=call)

    with pytest.raises(Unavailable):
        there.identity.log_in(EMAIL, PASSWORD)

    assert there.target.asked == []
    assert len(there.lambda_.asked) == 2


def test_no_failure_quotes_what_was_sent(outside, caplog):
    caplog.set_level("DEBUG", "app")
    there = outside(call=lambda asked: Answer(500, asked.body))

    with pytest.raises(HTTPClientError) as raised:
        there.clients.egress.get(f"{there.target.url}/{PASSWORD}")

    assert PASSWORD not in f"{raised.value!r} {raised.value.__cause__!r} {caplog.text}"


@pytest.mark.parametrize(
    "url",
    [
        "http://service.example.com/",
        "https://service.example.com:8443/",
        "https://service.example.com.evil.example/",
        "https://service.example.com@evil.example/",
        "https://evil.example/https://service.example.com/",
        "https://x.service.example.com/",
        "//service.example.com/",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        "",
    ],
)
def test_requests_go_to_the_known_origins_only(url):
    with pytest.raises(PermissionError):
        Relay(["https://service.example.com"]).forward(
            {"method": "GET", "url": url, "headers": {}, "body": ""}
        )


def test_a_redirect_is_an_answer_and_is_not_followed(outside):
    with service(lambda _: Answer()) as elsewhere:
        there = outside(Answer(302, b"", {"Location": elsewhere.url}))
        with pytest.raises(HTTPClientError, match="302"):
            there.clients.egress.get(f"{there.target.url}/keys")

    assert elsewhere.asked == []


def test_a_document_is_brought_as_it_is(outside):
    there = outside(Answer(body=b'{"keys": []}\xff'))

    assert there.clients.egress.get(f"{there.target.url}/pool/jwks.json") == b'{"keys": []}\xff'
    (asked,) = there.target.asked
    assert (asked.method, asked.path) == ("GET", "/pool/jwks.json")
    assert "authorization" not in asked.headers


@pytest.mark.parametrize("answer", [Answer(404), Answer(204, b""), Answer(body=b" " * (MAX_BYTES + 1))])
def test_a_document_that_is_none_is_not_brought(outside, answer):
    there = outside(answer)

    with pytest.raises(HTTPClientError):
        there.clients.egress.get(f"{there.target.url}/keys")


def test_a_document_may_have_all_the_bytes_there_may_be(outside):
    there = outside(Answer(body=b" " * MAX_BYTES))

    assert len(there.clients.egress.get(f"{there.target.url}/keys")) == MAX_BYTES


# ---------------------------------------------------------------- who takes this way


@pytest.fixture
def aws() -> Iterator[Service]:
    """All of AWS at one address, where every request is refused."""
    with service(lambda _: Answer(400)) as running:
        yield running


CALLS: dict[str, Callable[[Clients], object]] = {
    "cognito": lambda clients: clients.cognito.list_user_pools(MaxResults=1),
    "cost_explorer": lambda clients: clients.cost_explorer.list_cost_category_definitions(),
    "dynamodb": lambda clients: clients.dynamodb.list_tables(),
    "s3": lambda clients: clients.s3.list_buckets(),
    "sqs": lambda clients: clients.sqs.list_queues(),
    "secrets": lambda clients: clients.secrets.list_secrets(),
    "cloudwatch": lambda clients: clients.cloudwatch.describe_alarms(),
    "cognito_identity": lambda clients: clients.cognito_identity.list_identity_pools(MaxResults=1),
}


def led_out(aws: Service, function: str | None) -> set[str]:
    """The clients whose requests go by the function."""
    clients = clients_for(replace(SETTINGS, aws_endpoint_url=aws.url, egress_function=function))
    gone = set()
    for name, call in CALLS.items():
        before = len(aws.asked)
        with pytest.raises((ClientError, HTTPClientError)):
            call(clients)
        if any("/functions/" in asked.path for asked in aws.asked[before:]):
            gone.add(name)
    return gone


def test_what_has_no_endpoint_in_the_network_goes_out_and_nothing_else(aws):
    assert led_out(aws, "egress") == {"cognito", "cost_explorer"}


def test_without_the_network_every_request_goes_by_itself(aws):
    assert led_out(aws, None) == set()
