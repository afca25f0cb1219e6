"""How long it takes to ask for a code: as long for an address without an account."""

import pytest

from app.errors import Unavailable
from unit.accounts.doubles import CLIENT, EMAIL

EVEN = pytest.approx(0.4)

code_requests = pytest.mark.parametrize(
    ("ask", "operation"),
    [("resend_code", "resend_confirmation_code"), ("forgot_password", "forgot_password")],
)


@code_requests
def test_an_unknown_address_is_answered_no_sooner_than_a_known_one(accounts, cognito, clock, ask, operation):
    cognito.answers(operation, {}, ClientId=CLIENT, Username=EMAIL)
    cognito.refuses(operation, "UserNotFoundException")

    getattr(accounts, ask)(EMAIL)
    getattr(accounts, ask)(EMAIL)

    assert clock.slept == [EVEN, EVEN]


@code_requests
def test_a_failure_takes_its_time_too(accounts, cognito, clock, ask, operation):
    cognito.refuses(operation, "InternalErrorException", status=500)

    with pytest.raises(Unavailable):
        getattr(accounts, ask)(EMAIL)

    assert clock.slept == [EVEN]


@code_requests
def test_what_has_taken_long_enough_is_answered_at_once(
    accounts, identity, clock, monkeypatch, ask, operation
):
    monkeypatch.setattr(identity, ask, lambda _email: clock.sleep(0.7))

    getattr(accounts, ask)(EMAIL)

    assert clock.slept == [0.7]
