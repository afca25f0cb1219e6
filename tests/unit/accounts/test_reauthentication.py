"""Who changes the password or deletes the account knows the password; and what a lost answer leaves behind."""

import pytest

from app.errors import Forbidden, Unavailable, WrongPassword
from unit.accounts.doubles import CLIENT, EMAIL, PASSWORD, SITE_CLIENT, USER_ID, pool_user
from unit.accounts.test_accounts_routes import LOGIN, TOKENS

NEW = "Battery-Staple-8"
PATH = "/v1/users/me/password"
BODY = {"currentPassword": PASSWORD, "newPassword": NEW}
NEW_LOGIN = {**LOGIN, "AuthParameters": {"USERNAME": EMAIL, "PASSWORD": NEW}}


def lets_in(cognito, login):
    """And ends the session that has proven it."""
    cognito.answers("initiate_auth", {"AuthenticationResult": TOKENS}, **login)
    for client in (CLIENT, SITE_CLIENT):
        cognito.answers("revoke_token", {}, ClientId=client, Token="refresh")


def changes(cognito, token=USER_ID):
    cognito.answers("change_password", {}, AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=NEW)


def test_a_change_whose_answer_was_lost_is_success_and_no_second_mail(accounts, ada, cognito, mail):
    cognito.refuses("change_password", "NotAuthorizedException")
    lets_in(cognito, NEW_LOGIN)

    accounts.change_password(ada, "token", PASSWORD, NEW)

    assert mail.mails == []


def test_neither_of_the_two_passwords_is_a_wrong_one(accounts, ada, cognito):
    cognito.refuses("change_password", "NotAuthorizedException")
    cognito.refuses("initiate_auth", "NotAuthorizedException")

    with pytest.raises(WrongPassword) as refused:
        accounts.change_password(ada, "token", PASSWORD, NEW)

    assert refused.value.errors[0].pointer == "/currentPassword"


def test_other_sessions_end_and_the_caller_goes_on_with_new_tokens(bearing, ada, cognito, users, clock):
    changes(cognito)
    cognito.signs_out()
    cognito.answers("initiate_auth", {"AuthenticationResult": TOKENS}, **NEW_LOGIN)

    response = bearing(USER_ID).post(PATH, json={**BODY, "endOtherSessions": True})

    assert response.status_code == 200
    assert response.json()["access_token"] == "access"
    assert response.headers["Cache-Control"] == "no-store"
    assert users.get(USER_ID).tokens_valid_after == int(clock())


def test_a_browsers_session_goes_on_at_the_sites_client(accounts, ada, cognito):
    cognito.signs_out()
    cognito.answers(
        "initiate_auth", {"AuthenticationResult": TOKENS}, **{**NEW_LOGIN, "ClientId": SITE_CLIENT}
    )

    assert accounts.end_other_sessions(ada, NEW, "site").access_token == "access"


def test_an_account_with_a_second_factor_signs_in_again(bearing, ada, cognito):
    changes(cognito)
    cognito.signs_out()
    cognito.answers("initiate_auth", {"ChallengeName": "SOFTWARE_TOKEN_MFA"}, **NEW_LOGIN)

    response = bearing(USER_ID).post(PATH, json={**BODY, "endOtherSessions": True})

    assert (response.status_code, response.content) == (204, b"")


def test_a_change_that_could_not_end_the_sessions_says_so_and_can_be_repeated(bearing, ada, cognito):
    changes(cognito)
    cognito.refuses("admin_user_global_sign_out", "InternalErrorException", 500)

    response = bearing(USER_ID).post(PATH, json={**BODY, "endOtherSessions": True})

    assert (response.status_code, response.json()["code"]) == (503, "sessions_not_ended")


def test_those_who_know_the_password_may_go_on_and_no_session_stays(accounts, ada, cognito):
    lets_in(cognito, LOGIN)

    accounts.reauthenticate(ada, PASSWORD, 0)


def test_a_second_factor_is_asked_for_after_the_right_password(accounts, ada, cognito):
    cognito.answers("initiate_auth", {"ChallengeName": "SOFTWARE_TOKEN_MFA"}, **LOGIN)

    accounts.reauthenticate(ada, PASSWORD, 0)


def test_a_wrong_password_stops(accounts, ada, cognito, clock):
    cognito.refuses("initiate_auth", "NotAuthorizedException")

    with pytest.raises(WrongPassword) as refused:
        accounts.reauthenticate(ada, "wrong", int(clock()))

    assert refused.value.errors[0].pointer == "/password"


def test_an_account_with_a_password_does_not_do_without(accounts, ada, cognito, clock):
    cognito.knows(USER_ID, pool_user())

    with pytest.raises(Forbidden) as refused:
        accounts.reauthenticate(ada, None, int(clock()))

    assert refused.value.code == "reauthentication_required"


@pytest.mark.parametrize("age", [0, 299])
def test_an_account_without_a_password_has_signed_in_just_now(accounts, ada, cognito, clock, age):
    cognito.knows(USER_ID, pool_user(UserStatus="EXTERNAL_PROVIDER"))

    accounts.reauthenticate(ada, None, int(clock()) - age)


@pytest.mark.parametrize("age", [300, 86_400])
def test_an_account_without_a_password_signs_in_again(accounts, ada, cognito, clock, age):
    cognito.knows(USER_ID, pool_user(UserStatus="EXTERNAL_PROVIDER"))

    with pytest.raises(Forbidden) as refused:
        accounts.reauthenticate(ada, None, int(clock()) - age)

    assert refused.value.code == "reauthentication_required"


def test_an_outage_is_no_wrong_password(accounts, ada, cognito):
    cognito.refuses("initiate_auth", "InternalErrorException", 500)

    with pytest.raises(Unavailable):
        accounts.reauthenticate(ada, PASSWORD, 0)


def test_an_account_is_not_deleted_by_a_request_from_before_it_asked_for_the_password(bearing, ada, users):
    response = bearing(USER_ID).delete("/v1/users/me")

    assert response.status_code == 415
    assert users.get(USER_ID) == ada
