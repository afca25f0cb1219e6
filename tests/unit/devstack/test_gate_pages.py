"""The unsigned requests that the embedded AWS serves, and the pages that may make them."""

import asyncio
from typing import Any

import pytest

from devstack.emulator.gate.app import Gate
from unit.devstack.gate_calls import (
    APP,
    BODY,
    OWN,
    SIGN_UP,
    TARGET,
    signed,
)


@pytest.mark.parametrize(
    ("method", "url", "headers"),
    [
        ("POST", "/", SIGN_UP),
        ("POST", "/", {"X-Amz-Target": "AWSCognitoIdentityService.GetId"}),
        ("GET", "/us-east-1_Abc123/.well-known/jwks.json", {}),
        ("GET", "/oauth2/authorize?client_id=1", {}),
        ("POST", "/oauth2/token", {}),
        ("POST", "/oauth2/revoke", {}),
        (
            "POST",
            "/event",
            {"Host": "abc.appsync-api.us-east-1.localhost:4566", "Content-Type": "application/json"},
        ),
    ],
)
def test_what_aws_serves_unsigned_is_passed_on(call, method, url, headers):
    assert call(method, url, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "url", "headers"),
    [
        ("POST", "/", {"X-Amz-Target": "AWSCognitoIdentityProviderService.AdminCreateUser"}),
        ("POST", "/?Action=CreateUser", SIGN_UP),
        ("POST", "/bucket", SIGN_UP),
        ("GET", "/oauth2/token", {}),
        ("GET", "/oauth2/revoke", {}),
        ("GET", "/oauth2/authorize", TARGET),
        ("GET", "/us-east-1_Abc123/.well-known/jwks.json?Action=CreateUser", {}),
        ("GET", "/us-east-1_Abc123/.well-known/jwks.json", TARGET),
        ("POST", "/event", {"Host": "abc.appsync-api.us-east-1.localhost", **TARGET}),
        ("POST", "/event", {"Host": "abc.appsync-api.us-east-1.localhost"}),
        ("POST", "/", {"Host": "abc.appsync-api.us-east-1.localhost", "Content-Type": "application/json"}),
    ],
)
def test_what_could_be_taken_for_another_call_is_not_public(call, ministack, method, url, headers):
    assert call(method, url, headers={"Authorization": "anything", **headers}).status_code in (400, 403)
    assert not ministack.passed


@pytest.mark.parametrize(
    "path",
    [
        "/_ministack/reset",
        "/_ministack/config",
        "/_ministack/ses/messages",
        "/_ministack/lambda-code/000000000000/us-east-1/api",
        "/_ministack/cfn-response/1",
        "/%5Fministack/reset",
        "/_localstack/health",
        "/health",
    ],
)
def test_the_emulator_s_own_routes_ask_for_their_token(call, ministack, path):
    assert call("POST", path).status_code == 403
    assert call("POST", path, headers=signed(path=path, headers={}), content=BODY).status_code == 403
    assert call("POST", path, headers={"X-Control-Token": "guessed"}).status_code == 403
    assert not ministack.passed
    assert call("POST", path, headers=OWN.control_headers).status_code == 200


# ---------------------------------------------------------------- pages

FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:9999"},
    {"Origin": "https://127.0.0.1:8000"},
    {"Origin": f"{APP}, {APP}"},
    {"Origin": APP.upper()},
    {"Sec-Fetch-Site": "cross-site"},
    {"Host": "evil.example:4566"},
    {"Host": "localhost.evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "evil.example@127.0.0.1"},
    {"Host": ""},
]


@pytest.mark.parametrize("page", FOREIGN)
def test_a_foreign_page_is_refused_regardless_of_other_headers(call, ministack, page):
    for headers in ({**signed(), **page}, {**SIGN_UP, **page}, {**OWN.control_headers, **page}):
        answer = call("POST", "/", headers=headers, content=BODY)
        assert answer.status_code == 403
        assert not any(name.startswith("access-control") for name in answer.headers)
    preflight = {"Access-Control-Request-Method": "POST", "Origin": "http://evil.example", **page}
    assert call("OPTIONS", "/bucket", headers=preflight).status_code == 403
    assert not ministack.passed


@pytest.mark.parametrize(
    "host", ["localhost:4566", "127.0.0.1", "[::1]:4566", "bucket.localhost:4566", "10.0.2.2:4566"]
)
def test_a_local_name_is_none_that_dns_could_redirect(call, host):
    assert call("POST", "/", headers={**SIGN_UP, "Host": host}).status_code == 200


def test_only_the_app_s_pages_may_ask_and_read(call):
    page = {"Origin": APP, "Sec-Fetch-Site": "cross-site", "Access-Control-Request-Headers": "x-amz-target"}

    answer = call("POST", "/", headers={**SIGN_UP, **page})

    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["access-control-allow-headers"] == "x-amz-target"
    assert answer.headers["access-control-expose-headers"] == "etag"
    assert answer.headers["vary"] == "Origin"
    preflight = call("OPTIONS", "/bucket", headers={**page, "Access-Control-Request-Method": "POST"})
    assert preflight.headers["access-control-allow-origin"] == APP


def test_a_program_gets_no_cors_headers(call):
    assert not any(name.startswith("access-control") for name in call("POST", "/", headers=SIGN_UP).headers)


# ---------------------------------------------------------------- WebSockets


@pytest.mark.parametrize(
    ("headers", "is_open"),
    [
        ({"Origin": APP}, True),
        ({}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Host": "abc.appsync-realtime-api.evil.example"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Host": "127.0.0.1:4566"}, False),
        ({"Host": "abcdef01.execute-api.localhost:4566"}, False),
    ],
)
def test_a_websocket_is_opened_by_our_pages_and_to_events_alone(headers, is_open):
    sent: list[dict[str, Any]] = []

    async def accept(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})

    async def connect() -> None:
        given = {"Host": "abc.appsync-realtime-api.us-east-1.localhost:4566", **headers}
        scope = {
            "type": "websocket",
            "path": "/event/realtime",
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await Gate(accept, OWN, [APP])(scope, receive, send)

    asyncio.run(connect())
    assert sent[0]["type"] == ("websocket.accept" if is_open else "websocket.close")
