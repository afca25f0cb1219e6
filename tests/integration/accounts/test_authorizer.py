"""The authorizer with real tokens of the embedded Cognito, and the API behind what it says."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from mangum import Mangum

from app.entrypoints import authorizer
from integration.accounts.conftest import Person
from support.entrypoints import forget_what_was_made
from support.tokens import spoiled


@pytest.fixture
def authorize(stack_env: dict[str, str]) -> Iterator[Callable[[str], dict[str, Any]]]:
    """The function as it starts in an environment of its own, asked about the token of a request."""
    forget_what_was_made(authorizer)
    yield lambda token: authorizer.handler(event(token), None)
    forget_what_was_made(authorizer)


def event(token: str, claims: dict[str, str] | None = None) -> dict[str, Any]:
    context: dict[str, Any] = {
        "http": {"method": "GET", "path": "/v1/users/me", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
        "requestId": "id=",
        "stage": "$default",
    }
    if claims is not None:
        context["authorizer"] = {"lambda": claims}
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeKey": "$default",
        "rawPath": "/v1/users/me",
        "rawQueryString": "",
        "identitySource": [f"Bearer {token}"],
        "headers": {"authorization": f"Bearer {token}", "host": "api.example"},
        "requestContext": context,
        "isBase64Encoded": False,
    }


def test_an_access_token_passes_and_the_api_agrees_with_what_was_said_of_it(
    member: Person,
    authorize: Callable[[str], dict[str, Any]],
    app: FastAPI,
    user_id_of: Callable[[Person], str],
) -> None:
    token = member.tokens["access_token"]

    answer = authorize(token)

    assert answer["isAuthorized"] is True
    assert answer["context"]["sub"] == user_id_of(member)
    api = Mangum(app, lifespan="off")
    assert api(event(token, answer["context"]), None)["statusCode"] == 200  # type: ignore[arg-type]
    other = {**answer["context"], "jti": "another"}
    assert api(event(token, other), None)["statusCode"] == 401  # type: ignore[arg-type]


def test_other_tokens_do_not_pass(member: Person, authorize: Callable[[str], dict[str, Any]]) -> None:
    access = member.tokens["access_token"]

    for token in (
        member.tokens["id_token"],
        member.tokens["refresh_token"],
        f"{access}x",
        spoiled(access),
        "x",
    ):
        assert authorize(token) == {"isAuthorized": False}
