"""Ending sessions: by logging out everywhere, by a password reset, and by disabling the account."""

import math

import pytest

from app.errors import InvalidCode, NotFound, Unauthenticated, Unavailable
from app.ports.identity import Account
from unit.accounts.doubles import CLIENT, EMAIL, PASSWORD, POOL, USER_ID, pool_user


def admits(accounts, issued_at):
    try:
        accounts.guard(USER_ID, USER_ID, issued_at)
    except Unauthenticated:
        return False
    return True


def test_logging_out_everywhere_ends_a_token_of_the_same_second_and_admits_the_next_login(
    accounts, ada, cognito, clock
):
    issued_before = int(clock())
    cognito.signs_out()

    accounts.log_out_everywhere(ada)

    assert not admits(accounts, issued_before)
    assert admits(accounts, int(clock()))


def test_logging_out_everywhere_waits_for_the_next_second_and_not_longer(accounts, ada, cognito, clock):
    cognito.signs_out()

    accounts.log_out_everywhere(ada)

    assert clock.slept == [pytest.approx(0.75)]


def test_a_token_that_a_session_got_while_cognito_signed_it_out_is_refused_too(
    accounts, ada, identity, clock, monkeypatch
):
    issued_meanwhile = []

    def slow_sign_out(user_id):
        clock.now += 2.5
        issued_meanwhile.append(int(clock()))

    monkeypatch.setattr(identity, "sign_out", slow_sign_out)

    accounts.log_out_everywhere(ada)

    assert not admits(accounts, *issued_meanwhile)
    assert admits(accounts, int(clock()))


def test_logging_out_everywhere_ends_the_tokens_even_when_cognito_fails_and_can_be_repeated(
    accounts, ada, cognito, clock
):
    issued_before = int(clock())
    cognito.refuses("admin_user_global_sign_out", "InternalErrorException", 500)
    cognito.signs_out()

    with pytest.raises(Unavailable):
        accounts.log_out_everywhere(ada)

    assert not admits(accounts, issued_before)
    accounts.log_out_everywhere(ada)
    assert admits(accounts, int(clock()))


def test_logging_out_everywhere_asks_nothing_of_cognito_when_the_database_fails(accounts, users, ada):
    users.revoke_tokens = failing

    with pytest.raises(Unavailable):
        accounts.log_out_everywhere(ada)


def test_a_password_reset_ends_every_session(accounts, ada, cognito, clock):
    issued_before = int(clock())
    expect_reset(cognito)
    cognito.knows(EMAIL, pool_user())
    cognito.signs_out()

    accounts.reset_password(EMAIL, "654321", PASSWORD)

    assert not admits(accounts, issued_before)
    assert admits(accounts, int(clock()))


def test_a_password_reset_ends_the_sessions_of_an_account_without_a_record(accounts, cognito, clock):
    issued_before = int(clock())
    expect_reset(cognito)
    cognito.knows(EMAIL, pool_user())
    cognito.signs_out()

    accounts.reset_password(EMAIL, "654321", PASSWORD)

    assert not admits(accounts, issued_before)


def test_a_wrong_reset_code_ends_nothing(accounts, users, ada, cognito):
    cognito.refuses("confirm_forgot_password", "CodeMismatchException")

    with pytest.raises(InvalidCode):
        accounts.reset_password(EMAIL, "000000", PASSWORD)

    assert users.get(USER_ID) == ada


@pytest.mark.parametrize("failing_step", ["admin_get_user", "admin_user_global_sign_out"])
@pytest.mark.parametrize(
    ("code", "status"), [("InternalErrorException", 500), ("TooManyRequestsException", 400)]
)
def test_a_reset_that_could_not_end_the_sessions_says_so(accounts, ada, cognito, failing_step, code, status):
    expect_reset(cognito)
    if failing_step != "admin_get_user":
        cognito.knows(EMAIL, pool_user())
    cognito.refuses(failing_step, code, status)

    with pytest.raises(Unavailable) as failure:
        accounts.reset_password(EMAIL, "654321", PASSWORD)

    assert failure.value.code == "sessions_not_ended"


def test_a_disabled_account_is_locked_out_at_once_even_when_cognito_fails(accounts, ada, cognito, clock):
    cognito.refuses("admin_disable_user", "InternalErrorException", 500)

    with pytest.raises(Unavailable):
        accounts.disable(USER_ID)

    assert not admits(accounts, int(clock()) + 3600)


def test_disabling_and_enabling_again_leaves_the_tokens_from_before_dead(accounts, ada, cognito, clock):
    issued_before = int(clock())
    expect_disabling(cognito)
    cognito.answers("admin_enable_user", {}, UserPoolId=POOL, Username=USER_ID)

    assert accounts.disable(USER_ID).status == "disabled"
    assert not admits(accounts, math.ceil(clock()) + 3600)
    assert accounts.enable(USER_ID).status == "active"

    assert not admits(accounts, issued_before)
    assert admits(accounts, int(clock()))


def test_disabling_can_be_repeated(accounts, ada, cognito):
    for _ in range(2):
        expect_disabling(cognito)
        assert accounts.disable(USER_ID).status == "disabled"


def test_an_account_without_a_record_can_be_disabled(accounts, cognito, clock):
    cognito.knows(USER_ID, pool_user())
    expect_disabling(cognito)

    accounts.disable(USER_ID)

    assert not admits(accounts, int(clock()) + 3600)


def test_an_unknown_account_can_be_neither_disabled_nor_enabled(accounts, users, cognito):
    cognito.refuses("admin_get_user", "UserNotFoundException")
    cognito.refuses("admin_enable_user", "UserNotFoundException")

    with pytest.raises(NotFound):
        accounts.disable("unknown")
    with pytest.raises(NotFound):
        accounts.enable("unknown")

    assert users.rows == {}


def expect_reset(cognito):
    cognito.answers(
        "confirm_forgot_password",
        {},
        ClientId=CLIENT,
        Username=EMAIL,
        ConfirmationCode="654321",
        Password=PASSWORD,
    )


def expect_disabling(cognito):
    cognito.answers("admin_disable_user", {}, UserPoolId=POOL, Username=USER_ID)
    cognito.signs_out()


def failing(*_):
    raise Unavailable


@pytest.mark.parametrize(
    "act",
    [
        lambda accounts, ada: accounts.log_out_everywhere(ada),
        lambda accounts, _: accounts.reset_password(EMAIL, "654321", PASSWORD),
        lambda accounts, _: accounts.disable(USER_ID),
    ],
    ids=["sign-out everywhere", "reset", "disable"],
)
def test_success_is_reported_once_every_process_refuses_the_tokens(
    accounts, users, ada, identity, clock, monkeypatch, act
):
    """Unless the cache was invalidated, that is when its entries of the accounts have expired."""
    for method in ("reset_password", "disable", "sign_out"):
        monkeypatch.setattr(identity, method, lambda *_: None)
    monkeypatch.setattr(identity, "get_user", lambda _: Account.of({"sub": USER_ID, "email": EMAIL}))
    calls = []
    monkeypatch.setattr(users, "wait_until_visible", calls.append)
    revoke = users.revoke_tokens
    monkeypatch.setattr(users, "revoke_tokens", lambda *args: (calls.append("revoke"), revoke(*args)))

    act(accounts, ada)

    assert calls == ["revoke", USER_ID]


def test_a_sign_out_that_fails_is_not_waited_for(accounts, users, ada, cognito, monkeypatch):
    cognito.refuses("admin_user_global_sign_out", "InternalErrorException", 500)
    calls = []
    monkeypatch.setattr(users, "wait_until_visible", calls.append)

    with pytest.raises(Unavailable):
        accounts.log_out_everywhere(ada)

    assert calls == []
