"""The API as it is in the cache's network: Cognito and its keys are reached by a function of the embedded Lambda."""

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from integration.accounts.conftest import Person

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
CODE = "from app.entrypoints.egress import handler as handler\n"


@pytest.fixture(scope="module")
def function(stack) -> Iterator[str]:
    """The name of the function outside."""
    client, iam, name = (
        stack.local.aws.client("lambda"),
        stack.local.aws.client("iam"),
        f"egress-{uuid4().hex}",
    )
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", CODE)
    client.create_function(
        FunctionName=name,
        Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": packed.getvalue()},
        Timeout=10,
        MemorySize=512,
        Environment={"Variables": {"STAGE": "local", "STACK_NAME": "test", "EGRESS_ORIGINS": stack.endpoint}},
    )
    nowhere = {"method": "GET", "url": "https://nowhere.example", "headers": {}, "body": ""}
    refused = client.invoke(FunctionName=name, Payload=json.dumps(nowhere))
    assert json.loads(refused["Payload"].read())["errorMessage"] == "origin not allowed"  # and it is warm now
    yield name
    client.delete_function(FunctionName=name)
    iam.delete_role(RoleName=name)


@pytest.fixture
def inside(stack, function, monkeypatch) -> Person:
    """A new user, whose API is in the network: by itself it cannot reach Cognito."""
    settings = replace(stack.settings, egress_function=function)
    app = create_app(settings)
    cognito = app.state.container.clients.cognito
    monkeypatch.setattr(cognito._endpoint.http_session, "send", unreachable)
    monkeypatch.setattr("app.auth.fetch.get", unreachable)
    return Person(TestClient(app, raise_server_exceptions=False))


def unreachable(*_args: object) -> None:
    raise AssertionError("there is no way there")


def test_accounts_work_from_within_the_network(inside):
    assert inside.sign_up().status_code == 201
    assert inside.confirm().status_code == 204
    assert inside.log_in().status_code == 200
    assert inside.get("/v1/users/me").json()["email"] == inside.email

    refreshed = inside.post("/v1/auth/refresh", refresh_token=inside.tokens["refresh_token"])
    inside.tokens = refreshed.json()
    assert inside.get("/v1/users/me").status_code == 200
    assert inside.post("/v1/auth/logout-all").status_code == 204
    assert inside.get("/v1/users/me").status_code == 401


def test_a_wrong_password_is_refused_as_ever(inside):
    inside.sign_up()
    inside.confirm()

    refused = Person(inside.http, inside.email, "Wrong-Horse-77").log_in()

    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_credentials")


def test_without_the_function_signing_in_is_unavailable_and_nothing_else(stack, inside):
    inside.sign_up()
    inside.confirm()
    inside.log_in()
    cut_off = TestClient(
        create_app(replace(stack.settings, egress_function="nobody")), raise_server_exceptions=False
    )

    refused = Person(cut_off, inside.email).log_in()

    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert refused.headers["Retry-After"]
    assert inside.get("/v1/users/me").status_code == 200
