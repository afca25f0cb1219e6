"""Asking for a code: as much work for an address without an account, and no waiting."""

import json
from collections.abc import Callable, Iterator

import pytest

from app.aws.cognito import Cognito
from app.config.api import Settings
from app.errors import Unavailable
from support.clients import clients_for, cognito_for
from support.environment import ENVIRONMENT
from support.http_service import Answer, Service, service
from unit.accounts.doubles import CLIENT, EMAIL

code_requests = pytest.mark.parametrize(
    ("ask", "operation"),
    [("resend_code", "resend_confirmation_code"), ("forgot_password", "forgot_password")],
)

OF_ACCOUNTS = [
    "LimitExceededException",
    "TooManyFailedAttemptsException",
    "CodeDeliveryFailureException",
    "InvalidParameterException",
    "NotAuthorizedException",
    "UserNotConfirmedException",
]
"""What Cognito answers only where there is an account: botocore repeats a call that met the first of them."""


@code_requests
def test_an_unknown_address_costs_the_same_calls_as_a_known_one_and_nothing_waits(
    accounts, cognito, clock, ask, operation
):
    cognito.answers(operation, {}, ClientId=CLIENT, Username=EMAIL)
    cognito.refuses(operation, "UserNotFoundException")

    getattr(accounts, ask)(EMAIL)
    getattr(accounts, ask)(EMAIL)

    assert clock.slept == []


@code_requests
def test_a_failure_does_not_wait_either(accounts, cognito, clock, ask, operation):
    cognito.refuses(operation, "InternalErrorException", status=500)

    with pytest.raises(Unavailable):
        getattr(accounts, ask)(EMAIL)

    assert clock.slept == []


@pytest.fixture
def pool(monkeypatch) -> Iterator[tuple[Service, Callable[[int, dict[str, str]], Cognito]]]:
    """A service with given answers, and the identity provider over it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    said = [Answer(200, b"{}")]
    with service(lambda _: said[0]) as running:
        settings = Settings.from_env({**ENVIRONMENT, "AWS_ENDPOINT_URL": running.url})
        clients = clients_for(settings)

        def answering(status: int, body: dict[str, str]) -> Cognito:
            said[0] = Answer(status, json.dumps(body).encode())
            return cognito_for(clients, settings)

        yield running, answering
        clients.cognito.close()


@code_requests
@pytest.mark.parametrize("code", ["", "UserNotFoundException", *OF_ACCOUNTS])
def test_an_address_is_asked_about_once_whatever_cognito_says_of_it(pool, ask, operation, code):
    running, answering = pool
    identity = answering(400, {"__type": code}) if code else answering(200, {})

    assert getattr(identity, ask)(EMAIL) is None

    assert len(running.asked) == 1
