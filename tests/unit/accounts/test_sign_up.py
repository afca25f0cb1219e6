"""Signing up reveals nothing about an address: equal calls, equal time, answers of one form."""

import pytest

from app.errors import Contention, InvalidCode, Unavailable
from app.services import accounts as module
from unit.accounts.doubles import CLIENT, EMAIL, PASSWORD, SITE_CLIENT, USER_ID, pool_user
from unit.accounts.test_accounts_routes import BODIES, LOGIN, TOKENS, answer_of

OF_COGNITO = "84e8b4a8-f0b1-7021-0fee-9d43be5bb1f8"
"""An id as pools make them today: no version of a UUID that a random one has."""


def is_free(cognito, user_id=OF_COGNITO):
    sent = {"Destination": "a***@e***", "DeliveryMedium": "EMAIL"}
    cognito.refuses("admin_get_user", "UserNotFoundException")
    cognito.answers(
        "sign_up",
        {"UserSub": user_id, "UserConfirmed": False, "CodeDeliveryDetails": sent},
        ClientId=CLIENT,
        Username=EMAIL,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": EMAIL}, {"Name": "name", "Value": "Ada"}],
    )


def is_taken(cognito, user_id=OF_COGNITO, **changes):
    cognito.knows(EMAIL, pool_user(user_id, **changes))
    cognito.refuses("sign_up", "UsernameExistsException")


def waits(cognito, user_id=OF_COGNITO):
    cognito.knows(EMAIL, pool_user(user_id, UserStatus="UNCONFIRMED"))
    cognito.answers("resend_confirmation_code", {}, ClientId=CLIENT, Username=EMAIL)


@pytest.fixture(autouse=True)
def as_long_as_in_production(monkeypatch, sign_up_seconds):
    monkeypatch.setattr(module, "_SIGN_UP_SECONDS", sign_up_seconds)


@pytest.fixture
def sign_up(http):
    return lambda: http.post("/v1/auth/signup", json=BODIES["signup"])


def test_a_taken_address_gets_the_answer_of_a_free_one_after_as_many_calls_and_as_long(
    sign_up, cognito, clock
):
    """Each script is two calls, and the stubber refuses any other."""
    answers = []
    for script in (is_free, is_taken, waits):
        script(cognito)
        status, headers, body = answer_of(sign_up())
        user_id = body.pop("userId")
        answers.append((status, headers, body, [len(part) for part in user_id.split("-")]))

    assert answers[0][0] == 201
    assert answers == answers[:1] * 3
    assert clock.slept == [pytest.approx(0.4)] * 3


def is_kept(cognito, accounts, user_id=OF_COGNITO):
    cognito.refuses("admin_get_user", "UserNotFoundException")
    cognito.refuses("sign_up", "UserLambdaValidationException")  # our trigger
    accounts._holder = {EMAIL: user_id}.get


def test_an_address_that_is_kept_for_an_account_gets_the_answer_of_a_free_one(
    sign_up, cognito, accounts, mail, clock
):
    is_free(cognito)
    free = answer_of(sign_up())
    is_kept(cognito, accounts)
    kept = answer_of(sign_up())

    ids = [answer[2].pop("userId") for answer in (free, kept)]
    assert free == kept
    assert ids[0][:16] == ids[1][:16]
    assert ids[1] != OF_COGNITO
    assert clock.slept == [pytest.approx(0.4)] * 2
    assert [(sent.kind, sent.to, sent.user_id) for sent in mail.mails] == [("email_taken", EMAIL, None)]


def test_what_the_trigger_refuses_for_another_reason_is_not_accepted(sign_up, cognito):
    cognito.refuses("admin_get_user", "UserNotFoundException")
    cognito.refuses("sign_up", "UserLambdaValidationException")

    assert sign_up().status_code == 422


def test_a_disabled_account_is_a_taken_address(sign_up, cognito, mail):
    is_taken(cognito, Enabled=False)

    assert sign_up().status_code == 201


def test_a_made_up_id_is_of_the_pools_form_and_another_one_each_time(sign_up, cognito):
    ids = set()
    for _ in range(20):
        is_taken(cognito)
        ids.add(sign_up().json()["userId"])

    assert len(ids | {OF_COGNITO}) == 21
    assert {user_id[:16] for user_id in ids} == {OF_COGNITO[:16]}
    assert len({user_id[24:] for user_id in ids}) == 20


def test_a_made_up_id_is_a_uuid_where_the_pools_are(sign_up, cognito):
    for _ in range(20):
        is_taken(cognito, USER_ID)
        user_id = sign_up().json()["userId"]
        assert (user_id[14], user_id[19]) == (USER_ID[14], USER_ID[19])


def test_the_owner_of_a_taken_address_is_notified_once_an_hour(sign_up, cognito, mail):
    for _ in range(2):
        is_taken(cognito)
        sign_up()

    assert [(sent.kind, sent.to, sent.user_id) for sent in mail.mails] == [
        ("account_exists", EMAIL, OF_COGNITO)
    ] * 2
    assert len({sent.id for sent in mail.mails}) == 1  # the mailer sends one mail for each id


def test_a_mail_that_cannot_be_queued_reveals_nothing(sign_up, cognito, mail):
    mail.full = True
    is_taken(cognito)

    assert sign_up().status_code == 201


def test_who_waits_to_be_confirmed_gets_a_code_and_no_mail_of_ours(sign_up, cognito, mail):
    waits(cognito)

    assert sign_up().status_code == 201
    assert mail.mails == []


def test_two_at_once_for_one_free_address_may_try_again(accounts, cognito):
    cognito.refuses("admin_get_user", "UserNotFoundException")
    cognito.refuses("sign_up", "UsernameExistsException")

    with pytest.raises(Contention):
        accounts.sign_up(EMAIL, PASSWORD, None)


def test_a_failure_takes_as_long(accounts, cognito, clock):
    cognito.refuses("admin_get_user", "InternalErrorException", status=500)

    with pytest.raises(Unavailable):
        accounts.sign_up(EMAIL, PASSWORD, None)

    assert clock.slept == [pytest.approx(0.4)]


def test_those_who_know_the_password_hear_that_the_address_is_confirmed_and_no_session_stays(http, cognito):
    cognito.refuses("confirm_sign_up", "NotAuthorizedException")
    cognito.answers("initiate_auth", {"AuthenticationResult": TOKENS}, **LOGIN)
    cognito.answers("revoke_token", {}, ClientId=CLIENT, Token="refresh")
    cognito.answers("revoke_token", {}, ClientId=SITE_CLIENT, Token="refresh")

    response = http.post("/v1/auth/confirm", json={**BODIES["confirm"], "password": PASSWORD})

    assert (response.status_code, response.json()["code"]) == (409, "already_confirmed")


def test_a_second_factor_is_asked_for_after_the_right_password(http, cognito):
    cognito.refuses("confirm_sign_up", "NotAuthorizedException")
    cognito.answers("initiate_auth", {"ChallengeName": "SOFTWARE_TOKEN_MFA"}, **LOGIN)

    response = http.post("/v1/auth/confirm", json={**BODIES["confirm"], "password": PASSWORD})

    assert response.json()["code"] == "already_confirmed"


@pytest.mark.parametrize("account", ["confirmed", "not confirmed", "unknown"])
def test_with_a_wrong_password_or_code_every_address_gets_one_answer_for_two_calls(
    accounts, cognito, account
):
    refusals = {
        "confirmed": ("NotAuthorizedException", "NotAuthorizedException"),
        "not confirmed": ("CodeMismatchException", "UserNotConfirmedException"),
        "unknown": ("UserNotFoundException", "UserNotFoundException"),
    }
    for operation, code in zip(("confirm_sign_up", "initiate_auth"), refusals[account], strict=True):
        cognito.refuses(operation, code)

    with pytest.raises(InvalidCode):
        accounts.confirm(EMAIL, "000000", PASSWORD)
