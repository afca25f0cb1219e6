"""Rare calls of the deployed functions, each under its own role: a missing permission fails here."""

import json
import uuid

import httpx
import pytest

from app.services.files.service import SINGLE_UPLOAD
from infrastructure.api_function import PASSWORD, Function, administrator, new_user
from support.processes import wait_until

SECONDS = 60
"""For what takes a moment: two cores start Python for each function that is new."""


def test_the_api_recreates_a_missing_record_and_links_the_raw_data_of_its_user(stack):
    call, email = Function(stack), f"{uuid.uuid4().hex}@example.com"
    person = {"email": email, "password": PASSWORD}
    user_id = json.loads(call("POST", "/v1/auth/signup", person)["body"])["userId"]
    assert call("POST", "/v1/auth/confirm", {"email": email, "code": "123456"})["statusCode"] == 204
    dynamodb = stack.local.aws.client("dynamodb")
    told = {"email": {"S": email}, "name": {"S": "Ada"}, "attributes": {"M": {}}}
    dynamodb.put_item(TableName=stack.env["USER_DATA_TABLE"], Item=told)
    dynamodb.delete_item(TableName=stack.env["USERS_TABLE"], Key={"userId": {"S": user_id}})

    call.token = json.loads(call("POST", "/v1/auth/login", person)["body"])["access_token"]
    profile = json.loads(call("GET", "/v1/users/me")["body"])

    assert (profile["id"], profile["name"]) == (user_id, "Ada")


def test_a_repeated_trigger_fills_a_profile_from_raw_data_that_came_meanwhile(stack):
    call, email = new_user(stack)
    dynamodb = stack.local.aws.client("dynamodb")
    user_id = json.loads(call("GET", "/v1/users/me")["body"])["id"]
    dynamodb.update_item(
        TableName=stack.env["USER_DATA_TABLE"],
        Key={"email": {"S": email}},
        UpdateExpression="SET #name = :name, attributes = :none",
        ExpressionAttributeNames={"#name": "name"},
        ExpressionAttributeValues={":name": {"S": "Ada"}, ":none": {"M": {}}},
    )

    answer = stack.local.aws.client("lambda").invoke(
        FunctionName=stack.local.physical_id("UserSignupFunction"),
        Payload=json.dumps(
            {
                "triggerSource": "PostConfirmation_ConfirmSignUp",
                "userName": user_id,
                "request": {"userAttributes": {"sub": user_id, "email": email, "email_verified": "true"}},
            }
        ),
    )

    assert "FunctionError" not in answer, answer["Payload"].read()
    record = dynamodb.get_item(TableName=stack.env["USERS_TABLE"], Key={"userId": {"S": user_id}})["Item"]
    assert record["name"] == {"S": "Ada"}


def test_a_reset_ends_the_sessions_of_an_account_without_a_record(stack):
    """The trigger makes the record, unless the account is being erased."""
    call, email = Function(stack), f"{uuid.uuid4().hex}@example.com"
    user_id = json.loads(call("POST", "/v1/auth/signup", {"email": email, "password": PASSWORD})["body"])[
        "userId"
    ]
    assert call("POST", "/v1/auth/confirm", {"email": email, "code": "123456"})["statusCode"] == 204
    dynamodb = stack.local.aws.client("dynamodb")
    key = {"userId": {"S": user_id}}
    dynamodb.delete_item(TableName=stack.env["USERS_TABLE"], Key=key)
    cognito = stack.local.aws.client("cognito-idp")
    cognito.forgot_password(ClientId=stack.env["USER_POOL_CLIENT_ID"], Username=email)

    cognito.confirm_forgot_password(
        ClientId=stack.env["USER_POOL_CLIENT_ID"],
        Username=email,
        ConfirmationCode="654321",
        Password="Another-Horse-8",
    )

    record = dynamodb.get_item(TableName=stack.env["USERS_TABLE"], Key=key)["Item"]
    assert int(record["tokensValidAfter"]["N"]) > 0


def test_the_api_gives_a_key_back_when_its_request_fails(stack):
    call, _ = new_user(stack)
    taken = {"id": str(uuid.uuid4()), "title": "Taken"}
    assert call("POST", "/v1/todos", taken)["statusCode"] == 201
    key = {"idempotency-key": uuid.uuid4().hex}

    refused = call("POST", "/v1/todos", taken, **key)
    again = call("POST", "/v1/todos", {"title": "Free"}, **key)

    assert (refused["statusCode"], again["statusCode"]) == (409, 201)


def test_the_api_checks_for_the_object_of_an_ended_upload(stack):
    call, _ = new_user(stack)
    large = {"name": "film.mp4", "contentType": "video/mp4", "size": SINGLE_UPLOAD + 1}
    file = json.loads(call("POST", "/v1/files", large)["body"])["file"]
    s3, bucket = stack.local.aws.client("s3"), stack.env["DATA_BUCKET"]
    user_id = json.loads(call("GET", "/v1/users/me")["body"])["id"]
    (upload,) = s3.list_multipart_uploads(Bucket=bucket, Prefix=f"users/{user_id}/")["Uploads"]
    s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])

    ended = call("POST", f"/v1/files/{file['id']}/complete", {"parts": [{"number": 1, "etag": '"0"'}]})

    assert (ended["statusCode"], json.loads(ended["body"])["code"]) == (409, "upload_ended")


def test_the_api_lets_an_admin_upload_an_import_which_is_taken_in_and_reported(stack):
    admin, email = administrator(stack), f"{uuid.uuid4().hex}@example.com"
    body = f"email\n{email}\n".encode()
    wanted = {"name": "people.csv", "contentType": "text/csv", "size": len(body)}
    created = json.loads(admin("POST", "/v1/admin/imports", wanted)["body"])
    form, path = created["upload"], f"/v1/admin/imports/{created['import']['id']}"

    posted = httpx.post(form["url"], data=form["fields"], files={"file": body}, timeout=60, trust_env=False)

    assert posted.status_code == 204, posted.text
    assert wait_until(lambda: json.loads(admin("GET", path)["body"])["status"] == "completed", SECONDS)
    assert "people.csv" in {
        one["name"] for one in json.loads(admin("GET", "/v1/admin/imports")["body"])["items"]
    }


@pytest.mark.parametrize("prefix", ["users", "imports"])
def test_the_ingest_reads_a_file_whose_event_names_no_version(stack, prefix):
    s3, bucket, email = (
        stack.local.aws.client("s3"),
        stack.env["INGEST_BUCKET"],
        f"{uuid.uuid4().hex}@example.com",
    )
    key = f"{prefix}/{uuid.uuid4()}"
    stored = s3.put_object(Bucket=bucket, Key=key, Body=f"email\n{email}\n".encode())
    record = {
        "eventName": "ObjectCreated:Put",
        "eventTime": "2026-01-02T03:04:05.678Z",
        "s3": {
            "bucket": {"name": bucket},
            "object": {
                "key": key,
                "size": len(email) + 7,
                "eTag": stored["ETag"].strip('"'),
                "sequencer": "FF",
            },
        },
    }
    message = {
        "messageId": "1",
        "eventSource": "aws:sqs",
        "body": json.dumps({"Records": [record]}),
        "attributes": {},
    }

    answer = stack.local.aws.client("lambda").invoke(
        FunctionName=stack.local.physical_id("IngestFunction"), Payload=json.dumps({"Records": [message]})
    )

    assert json.loads(answer["Payload"].read()) == {"batchItemFailures": []}
    rows = {"TableName": stack.env["USER_DATA_TABLE"], "Key": {"email": {"S": email}}, "ConsistentRead": True}
    assert stack.local.aws.client("dynamodb").get_item(**rows)["Item"]["email"] == {"S": email}


def test_the_ingest_fills_the_profile_of_a_user_who_has_signed_up(stack):
    call, email = new_user(stack)
    message = json.dumps({"email": email, "name": "Ada"})

    stack.local.aws.client("sqs").send_message(QueueUrl=stack.env["INGEST_QUEUE_URL"], MessageBody=message)

    assert wait_until(lambda: json.loads(call("GET", "/v1/users/me")["body"])["name"] == "Ada", SECONDS)


def test_the_ingest_deletes_uploads_of_a_deleted_account(stack):
    call, _ = new_user(stack)
    user_id = json.loads(call("GET", "/v1/users/me")["body"])["id"]
    created = json.loads(
        call("POST", "/v1/files", {"name": "a", "contentType": "text/plain", "size": 1})["body"]
    )
    users = {"TableName": stack.env["USERS_TABLE"], "Key": {"userId": {"S": user_id}}}
    stack.local.aws.client("dynamodb").delete_item(**users)

    upload = created["upload"]
    posted = httpx.post(
        upload["url"], data=upload["fields"], files={"file": b"x"}, timeout=60, trust_env=False
    )

    assert posted.status_code == 204, posted.text
    s3, folder = (
        stack.local.aws.client("s3"),
        {"Bucket": stack.env["DATA_BUCKET"], "Prefix": f"users/{user_id}/"},
    )
    assert wait_until(lambda: not s3.list_object_versions(**folder).get("Versions"), SECONDS)


def test_the_counters_know_a_batch_again_and_dead_letter_what_is_unreadable(stack):
    """The user is in no table, and goes again: the sums are what they were."""
    user = {"userId": {"S": uuid.uuid4().hex}, "revision": {"N": "1"}, "todoCount": {"N": "1"}}
    records = [
        {"eventID": "1", "dynamodb": {"SequenceNumber": str(uuid.uuid4().int), **images}}
        for images in ({"NewImage": user}, {}, {"OldImage": user})
    ]
    function = stack.local.physical_id("CountersFunction")
    queue = {"QueueUrl": stack.env["COUNTERS_DLQ_URL"], "AttributeNames": ["ApproximateNumberOfMessages"]}
    letters = lambda: stack.local.aws.client("sqs").get_queue_attributes(**queue)["Attributes"]  # noqa: E731
    before = int(letters()["ApproximateNumberOfMessages"])

    for batch in (records[:2], records[:2], records[2:]):
        answer = stack.local.aws.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps({"Records": batch})
        )
        assert json.loads(answer["Payload"].read()) == {"batchItemFailures": []}

    assert int(letters()["ApproximateNumberOfMessages"]) == before + 2


def test_every_sign_in_is_an_activity_and_a_refresh_is_none(stack):
    """By the API and by an SDK; the hosted page is in tests/integration/accounts."""
    call, email = new_user(stack)
    cognito, client = stack.local.aws.client("cognito-idp"), stack.env["USER_POOL_CLIENT_ID"]
    tokens = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]
    cognito.get_tokens_from_refresh_token(ClientId=client, RefreshToken=tokens["RefreshToken"])
    assert (
        call("POST", "/v1/auth/login", {"email": email, "password": "A-Wrong-Horse-7"})["statusCode"] == 401
    )

    listed = json.loads(call("GET", "/v1/users/me/activity")["body"])["items"]

    assert sorted((entry["kind"], entry["count"], entry["client"]) for entry in listed) == [
        ("sign_in_failed", 1, "app"),
        ("signed_in", 1, "app"),
        ("signed_in", 1, "app"),
    ]
