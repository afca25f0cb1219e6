"""The authorizer, called with the events that API Gateway's HTTP API sends (payload format 2.0)."""

import json
from typing import Any

import pytest

from app.auth.jwks import Jwks
from app.config.authorizer import AuthorizerSettings
from app.config.reader import ConfigurationError
from app.entrypoints import authorizer
from support.environment import ENVIRONMENT
from unit.auth.hostile_tokens import Make, cases
from unit.auth.token_forge import (
    ABSENT,
    CLIENT_ID,
    ISSUER,
    JTI,
    SUB,
    Source,
    jwk,
    token,
    verifier,
    with_claims,
)
from unit.imports import loaded_by

REFUSED = {"isAuthorized": False}
NEEDED = ("STACK_NAME", "AWS_REGION", "USER_POOL_ID", "USER_POOL_CLIENT_ID", "USER_POOL_SITE_CLIENT_ID")
ENV = {name: ENVIRONMENT[name] for name in ("STAGE", *NEEDED)}


@pytest.fixture(autouse=True)
def source(monkeypatch) -> Source:
    """The issuer's keys; nothing else is reached."""
    keys = Source(jwk())
    kept = verifier(jwks=Jwks("https://issuer.example/jwks.json", fetch=keys))
    monkeypatch.setattr(authorizer, "verifier", lambda: kept)
    return keys


def event(*authorization: object, **changes: Any) -> dict[str, Any]:
    """As recorded from an HTTP API, shortened. Two headers of one name never come: the gateway joins them."""
    names = ("authorization", "Authorization")
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": "arn:aws:execute-api:us-east-1:000000000000:abc123/$default/GET/v1/todos",
        "identitySource": [authorization[0]] if authorization else None,
        "routeKey": "$default",
        "rawPath": "/v1/todos",
        "rawQueryString": "",
        "headers": {"host": "abc123.execute-api.us-east-1.amazonaws.com"}
        | dict(zip(names, authorization, strict=False)),
        "requestContext": {
            "apiId": "abc123",
            "http": {"method": "GET", "path": "/v1/todos", "sourceIp": "203.0.113.7"},
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "$default",
        },
        **changes,
    }


def ask(given: object) -> dict[str, Any]:
    answer = authorizer.handler(given, None)
    assert json.loads(json.dumps(answer)) == answer
    return answer


def test_a_valid_token_passes_with_the_claims_that_the_api_compares():
    assert ask(event(f"Bearer {token()}")) == {
        "isAuthorized": True,
        "context": {
            "sub": SUB,
            "iss": ISSUER,
            "client_id": CLIENT_ID,
            "token_use": "access",
            "jti": JTI,
        },
    }


def test_every_value_of_the_context_is_text():
    """API Gateway takes strings, numbers and booleans, and hands them on as they are."""
    context = ask(event(f"Bearer {with_claims(jti=ABSENT)}"))["context"]

    assert set(map(type, context.values())) == {str}
    assert context["jti"] == ""


def test_a_token_seen_before_is_not_verified_again(source):
    given = event(f"Bearer {token()}")

    assert [ask(given)["isAuthorized"] for _ in range(3)] == [True] * 3
    assert source.fetches == 1


@pytest.mark.parametrize("make", cases())
def test_every_hostile_token_is_refused(make: Make):
    assert ask(event(f"Bearer {make()}")) == REFUSED


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        token(),
        f"Basic {token()}",
        f"Bearer {token()} ",
        f"Bearer {token()},Bearer {token()}",
        f"Bearer {token()}, x",
        f"Bearer {token()}\n",
        "Bearer \u00e4\ud800",
        "Bearer " + "a" * 1_000_000,
        None,
        7,
        [f"Bearer {token()}"],
        {"token": token()},
    ],
    ids=lambda value: repr(value)[:30],
)
def test_an_authorization_that_is_not_one_bearer_token_is_refused(authorization):
    assert ask(event(authorization)) == REFUSED


def test_two_authorization_headers_are_refused_even_when_equal():
    assert ask(event(f"Bearer {token()}", f"Bearer {token()}")) == REFUSED
    assert ask(event(f"Bearer {token()}", "Basic x")) == REFUSED


def test_the_token_is_read_where_the_api_reads_it():
    """An identity source that is configured otherwise must not let a request pass that carries another token."""
    assert ask(event(identitySource=[f"Bearer {token()}"])) == REFUSED
    assert ask(event(f"Bearer {token(key='evil')}", identitySource=[f"Bearer {token()}"])) == REFUSED
    assert ask(event(f"Bearer {token()}", identitySource=None))["isAuthorized"] is True


@pytest.mark.parametrize(
    "malformed",
    [
        None,
        [],
        "event",
        {},
        {"headers": None},
        {"headers": []},
        {"headers": "authorization"},
        {"headers": {7: "x"}},
        {"authorizationToken": f"Bearer {token()}", "type": "TOKEN"},
    ],
    ids=lambda value: repr(value)[:30],
)
def test_an_event_of_no_known_shape_is_refused(malformed):
    assert ask(malformed) == REFUSED


def test_an_outage_of_the_issuer_refuses_and_is_logged(source, caplog):
    source.error = TimeoutError()

    assert ask(event(f"Bearer {token()}")) == REFUSED

    assert [record.getMessage() for record in caplog.records] == ["key set not fetched: TimeoutError"]


def test_kept_keys_outlive_an_outage(source):
    assert ask(event(f"Bearer {token()}"))["isAuthorized"] is True
    source.error = TimeoutError()

    assert ask(event(f"Bearer {with_claims(jti='another')}"))["isAuthorized"] is True


def test_it_needs_few_variables_and_derives_the_issuer():
    settings = AuthorizerSettings.from_env(ENV)

    assert settings.user_pool_client_id == ENV["USER_POOL_CLIENT_ID"]
    assert settings.token_issuer == f"https://cognito-idp.us-east-1.amazonaws.com/{ENV['USER_POOL_ID']}"
    assert settings.jwks_url == f"{settings.token_issuer}/.well-known/jwks.json"


@pytest.mark.parametrize("missing", NEEDED)
def test_it_refuses_to_start_without_them(missing):
    with pytest.raises(ConfigurationError, match=missing):
        AuthorizerSettings.from_env({name: value for name, value in ENV.items() if name != missing})


def test_it_takes_keys_in_clear_locally_only():
    clear = {"JWKS_URL": "http://127.0.0.1:4566/pool/.well-known/jwks.json"}

    assert AuthorizerSettings.from_env({**ENV, **clear}).jwks_url == clear["JWKS_URL"]
    with pytest.raises(ConfigurationError, match="JWKS_URL"):
        AuthorizerSettings.from_env({**ENV, **clear, "STAGE": "dev"})


def test_it_imports_neither_a_web_framework_nor_what_it_has_no_use_for():
    heavy = {"fastapi", "starlette", "pydantic", "mangum", "boto3", "redis", "jose", "cryptography"}

    assert loaded_by("app.entrypoints.authorizer") & heavy == set()
