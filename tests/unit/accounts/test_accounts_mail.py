"""Mails about account events, and that a failed mail never fails the operation."""

import pytest

from app.errors import InvalidCode, Unavailable
from app.models.users import User
from unit.accounts.doubles import CLIENT, EMAIL, PASSWORD, USER_ID, pool_user

NEW_PASSWORD = "Battery-Staple-8"


@pytest.fixture(params=[False, True], ids=["queue takes it", "queue refuses"])
def queue(request, mail):
    """The operation succeeds, even if the mail cannot be queued."""
    mail.full = request.param
    return mail


def sent(queue):
    return [] if queue.full else [(mail.kind, mail.to, mail.user_id) for mail in queue.mails]


def test_a_changed_password_sends_a_mail(accounts, ada, cognito, queue):
    cognito.answers(
        "change_password",
        {},
        AccessToken="token",
        PreviousPassword=PASSWORD,
        ProposedPassword=NEW_PASSWORD,
    )

    accounts.change_password(ada, "token", PASSWORD, NEW_PASSWORD)

    assert sent(queue) == ([] if queue.full else [("password_changed", EMAIL, USER_ID)])


def test_a_password_that_was_not_changed_sends_no_mail(accounts, ada, cognito, mail):
    cognito.refuses("change_password", "InternalErrorException", 500)

    with pytest.raises(Unavailable):
        accounts.change_password(ada, "token", PASSWORD, NEW_PASSWORD)

    assert mail.mails == []


def test_a_reset_password_sends_a_mail(accounts, ada, cognito, queue):
    expect_reset(cognito)
    cognito.knows(EMAIL, pool_user())
    cognito.signs_out()

    accounts.reset_password(EMAIL, "654321", NEW_PASSWORD)

    assert sent(queue) == ([] if queue.full else [("password_changed", EMAIL, None)])


def test_a_reset_that_could_not_end_the_sessions_still_sends_a_mail(accounts, ada, cognito, mail):
    expect_reset(cognito)
    cognito.refuses("admin_get_user", "InternalErrorException", 500)

    with pytest.raises(Unavailable):
        accounts.reset_password(EMAIL, "654321", NEW_PASSWORD)

    assert [sent.kind for sent in mail.mails] == ["password_changed"]


def test_a_wrong_reset_code_sends_no_mail(accounts, ada, cognito, mail):
    cognito.refuses("confirm_forgot_password", "CodeMismatchException")

    with pytest.raises(InvalidCode):
        accounts.reset_password(EMAIL, "000000", NEW_PASSWORD)

    assert mail.mails == []


def test_signing_out_everywhere_sends_a_mail(accounts, ada, cognito, queue):
    cognito.signs_out()

    accounts.log_out_everywhere(ada)

    assert sent(queue) == ([] if queue.full else [("signed_out_everywhere", EMAIL, USER_ID)])


def test_an_account_that_the_trigger_has_missed_is_welcomed_on_first_use(accounts, cognito, queue):
    cognito.knows(USER_ID, pool_user())

    accounts.guard(USER_ID, USER_ID, 1_800_000_000)
    accounts.guard(USER_ID, USER_ID, 1_800_000_000)

    assert sent(queue) == ([] if queue.full else [("welcome", EMAIL, USER_ID)])


def test_who_was_recorded_meanwhile_was_welcomed_meanwhile(accounts, users, cognito, mail, monkeypatch):
    cognito.knows(USER_ID, pool_user())
    monkeypatch.setattr(users, "create", lambda user: False)
    look = users.get
    answers = iter([None, User(id=USER_ID, email=EMAIL)])
    monkeypatch.setattr(users, "get", lambda user_id: next(answers, look(user_id)))

    accounts.guard(USER_ID, USER_ID, 1_800_000_000)

    assert mail.mails == []


def expect_reset(cognito):
    cognito.answers(
        "confirm_forgot_password",
        {},
        ClientId=CLIENT,
        Username=EMAIL,
        ConfirmationCode="654321",
        Password=NEW_PASSWORD,
    )
