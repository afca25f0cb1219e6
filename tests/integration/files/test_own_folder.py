"""Temporary credentials for the own folder: who gets them, and what they reach.

The embedded AWS gives them and enforces their role, but does not expand principal tags: there they reach nothing, not
even their own folder. What they reach on AWS is tested on the policy: `tests/infrastructure/test_own_folder_role.py`.
"""

import uuid

import boto3
import pytest
from botocore.exceptions import ClientError

from app.aws.user_objects import folder, object_key
from support.people import PASSWORD, sign_up

PATH = "/v1/users/me/credentials"


@pytest.fixture
def ask(person):
    return lambda token: person.request("POST", PATH, json={"idToken": token})


@pytest.fixture
def s3(stack, person, ask):
    """S3 with the credentials of `person`."""
    given = ask(person.tokens["id_token"]).json()
    return boto3.client(
        "s3",
        region_name=given["region"],
        endpoint_url=stack.endpoint,
        aws_access_key_id=given["accessKeyId"],
        aws_secret_access_key=given["secretAccessKey"],
        aws_session_token=given["sessionToken"],
    )


def refusal(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_the_answer_says_where_and_how_long(storage, person, ask):
    response = ask(person.tokens["id_token"])

    given = response.json()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert given["prefix"] == folder(person.id)
    assert given["bucket"] == storage.bucket
    assert given["expiresAt"].endswith("Z")
    assert given["secretAccessKey"]
    assert given["sessionToken"]


@pytest.mark.parametrize("client", ["app", "site"])
def test_the_id_tokens_of_both_clients_get_them(api, person, ask, client):
    credentials = {"email": person.email, "password": PASSWORD, "client": client}
    tokens = api.post("/v1/auth/login", json=credentials).json()

    assert ask(tokens["id_token"]).status_code == 200


def test_anothers_id_token_gets_nothing(api, ask):
    response = ask(sign_up(api).tokens["id_token"])

    assert response.status_code == 400
    assert response.json()["code"] == "invalid_id_token"


def test_an_access_token_is_no_id_token(person, ask):
    assert ask(person.tokens["access_token"]).json()["code"] == "invalid_id_token"


def test_a_forged_token_gets_nothing(person, ask):
    header, payload, signature = person.tokens["id_token"].split(".")
    forged = f"{header}.{payload}.{signature[::-1]}"

    response = ask(forged)

    assert response.status_code == 400
    assert forged not in response.text


@pytest.mark.parametrize("token", ["x", "..", "a.b.c", "e30.e30.e30", "e30.W10.e30", "." * 8192])
def test_what_is_no_token_gets_nothing(ask, token):
    response = ask(token)

    assert response.status_code == 400
    assert response.json()["code"] == "invalid_id_token"


def test_they_reach_no_other_folder(storage, person, s3):
    theirs, file_id = str(uuid.uuid4()), str(uuid.uuid4())
    storage.put(theirs, file_id)
    there = {"Bucket": storage.bucket, "Key": object_key(theirs, file_id)}

    assert refusal(s3.get_object, **there) == 403
    assert refusal(s3.put_object, **there, Body=b"mine") == 403
    assert refusal(s3.delete_object, **there) == 403
    assert refusal(s3.list_objects_v2, Bucket=storage.bucket) == 403
    assert refusal(s3.list_objects_v2, Bucket=storage.bucket, Prefix=folder(theirs)) == 403
    assert refusal(s3.list_objects_v2, Bucket=storage.bucket, Prefix="users/") == 403


def test_they_cannot_write_past_the_quota(storage, person, s3):
    key = object_key(person.id, str(uuid.uuid4()))

    assert refusal(s3.put_object, Bucket=storage.bucket, Key=key, Body=b"mine") == 403
    assert refusal(s3.create_multipart_upload, Bucket=storage.bucket, Key=key) == 403


def test_they_reach_no_other_service(stack, person, ask):
    given = ask(person.tokens["id_token"]).json()
    dynamodb = boto3.client(
        "dynamodb",
        region_name=given["region"],
        endpoint_url=stack.endpoint,
        aws_access_key_id=given["accessKeyId"],
        aws_secret_access_key=given["secretAccessKey"],
        aws_session_token=given["sessionToken"],
    )

    assert refusal(dynamodb.scan, TableName=stack.env["USERS_TABLE"]) in (400, 403)
