"""Accounts from sign-up to being locked out, with tokens, codes and triggers that are real."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from app.entrypoints import user_signup
from app.ports.identity import PASSWORD_POLICY
from support.entrypoints import forget_what_was_made
from support.tokens import MANGLED

NEW_PASSWORD = "Battery-Staple-8"


def answer_of(response):
    """All that a client can tell answers apart by, but the id of the request."""
    body = response.content and response.json()
    if body:
        body.pop("requestId", None)
    headers = {k: v for k, v in response.headers.items() if k != "x-request-id"}
    return response.status_code, headers, body


def test_signing_up_confirming_and_logging_in(stranger, user_id_of):
    signed_up = stranger.sign_up(name="Ada Lovelace")
    assert signed_up.status_code == 201
    assert signed_up.json()["confirmationRequired"] is True
    assert signed_up.json()["delivery"]["medium"] == "email"

    assert stranger.log_in().json()["code"] == "invalid_credentials"
    assert (
        stranger.post("/v1/auth/confirm", email=stranger.email, code="000000").json()["code"]
        == "invalid_code"
    )
    assert stranger.confirm().status_code == 204

    assert stranger.log_in().status_code == 200
    me = stranger.get("/v1/users/me").json()
    assert (me["id"], me["email"], me["name"]) == (user_id_of(stranger), stranger.email, "Ada Lovelace")
    assert me["id"] == signed_up.json()["userId"]
    assert me["groups"] == []


def test_confirming_records_the_user_through_the_trigger(newcomer, record_of, user_id_of):
    assert record_of(newcomer) is None

    assert newcomer.confirm().status_code == 204

    record = record_of(newcomer)
    assert record.id == user_id_of(newcomer)
    assert (record.email, record.name, record.status) == (newcomer.email, "Ada", "active")


def test_the_trigger_may_come_twice(confirmed, record_of, user_id_of, stack_env):
    first = record_of(confirmed)
    assert first is not None
    attributes = {"sub": user_id_of(confirmed), "email": confirmed.email, "name": "Another Name"}
    event = {"triggerSource": "PostConfirmation_ConfirmSignUp", "request": {"userAttributes": attributes}}
    forget_what_was_made(user_signup)

    user_signup.handler(event, None)

    assert record_of(confirmed) == first
    forget_what_was_made(user_signup)


def test_a_record_that_was_never_made_is_provisioned_on_first_use(confirmed, record_of, app, user_id_of):
    assert app.state.container.storage.users.delete(user_id_of(confirmed))
    assert record_of(confirmed) is None
    confirmed.log_in()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: confirmed.get("/v1/users/me"), range(8)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert record_of(confirmed).email == confirmed.email


def test_an_address_is_taken_however_it_is_written(confirmed, stranger, user_id_of, mailbox):
    stranger.email = f" {confirmed.email.upper()}"

    response = stranger.sign_up()

    assert response.status_code == 201
    assert response.json()["userId"] != user_id_of(confirmed)
    mailbox.wait_for(confirmed.email, "You have an account already")
    assert confirmed.log_in().status_code == 200


def test_signing_up_gets_the_same_answer_for_every_address(confirmed, stranger, http):
    waiting = type(stranger)(http)
    waiting.sign_up()
    answers = [answer_of(person.sign_up()) for person in (confirmed, stranger, waiting)]

    shapes = []
    for status, headers, body in answers:
        user_id, delivery = body.pop("userId"), body.pop("delivery")
        assert UUID(user_id).version == 4
        assert delivery["destination"][1:] == "***@e***"
        shapes.append((status, {**headers, "content-length": ""}, body, len(user_id), delivery["medium"]))
    assert shapes == shapes[:1] * 3
    assert stranger.confirm().status_code == waiting.confirm().status_code == 204


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short-A1", "password_policy"),
        ("no-capital-letters-1", "password_policy"),
        ("No-Digits-At-All", "password_policy"),
        ("NoSymbolsAtAll1", "password_policy"),
        ("P@ssw0rd-2026", "password_common"),
        ("Lovelace-Horse-7", "password_personal"),
    ],
)
def test_a_weak_password_is_refused_wherever_one_is_set(member, stranger, http, password, code):
    member.http.patch("/v1/users/me", json={"name": "Ada Lovelace"}, headers=member.authorization)
    stranger.email, stranger.password = f"lovelace.{stranger.email}", password
    resetting = {"email": stranger.email, "code": "123456", "password": password}
    changing = {"currentPassword": member.password, "newPassword": password}

    answers = {
        "/password": [stranger.sign_up(), http.post("/v1/auth/reset-password", json=resetting)],
        "/newPassword": [member.post("/v1/users/me/password", **changing)],
    }

    for pointer, refused in answers.items():
        for answer in refused:
            assert answer.status_code == 422
            assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]


def test_the_pool_takes_what_we_take(http, stranger):
    """One password for each symbol that counts, ours and the pool's."""
    for symbol in "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+=":
        person = type(stranger)(http, password=f"Correct{symbol}Horse7x")
        assert person.sign_up().status_code == 201, symbol


def test_the_policy_that_we_tell_is_the_pools(clients, app):
    pool = app.state.container.settings.user_pool_id

    policy = clients.cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["Policies"]["PasswordPolicy"]

    assert PASSWORD_POLICY == (
        "Use at least 12 characters, with upper-case and lower-case letters, digits and symbols."
    )
    assert policy == {
        "MinimumLength": 12,
        "RequireUppercase": True,
        "RequireLowercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
    }


def test_confirming_twice_looks_like_a_wrong_code_without_the_password(confirmed, stranger):
    again = {"email": confirmed.email, "code": "123456"}

    answers = [
        confirmed.confirm(),
        confirmed.post("/v1/auth/confirm", **again, password="Wrong-Password-9"),
        stranger.confirm(),
        stranger.post("/v1/auth/confirm", email=stranger.email, code="123456", password=stranger.password),
    ]
    known = confirmed.post("/v1/auth/confirm", **again, password=confirmed.password)

    assert answers[0].json()["code"] == "invalid_code"
    assert all(answer_of(answer) == answer_of(answers[0]) for answer in answers)
    assert (known.status_code, known.json()["code"]) == (409, "already_confirmed")


@pytest.mark.parametrize("path", ["/v1/auth/resend", "/v1/auth/forgot-password"])
def test_asking_for_a_code_gets_the_same_answer_for_every_address(confirmed, stranger, http, path):
    newcomer = type(stranger)(http)
    newcomer.sign_up()

    answers = [answer_of(person.post(path, email=person.email)) for person in (stranger, newcomer, confirmed)]

    assert answers[0][0] == 202
    assert answers[0] == answers[1] == answers[2]


def test_a_wrong_login_gets_the_same_answer_for_every_address(confirmed, stranger, admin, user_id_of, http):
    unconfirmed = type(stranger)(http)
    unconfirmed.sign_up()
    disabled = type(stranger)(http)
    disabled.sign_up()
    disabled.confirm()
    admin.post(f"/v1/admin/users/{user_id_of(disabled)}/disable")
    confirmed.password = "Wrong-Password-9"

    answers = [answer_of(person.log_in()) for person in (confirmed, stranger, disabled, unconfirmed)]

    assert answers[0][0] == 401
    assert answers == answers[:1] * 4


def test_swaggers_form_logs_in(confirmed, http):
    form = {"grant_type": "password", "username": confirmed.email.upper(), "password": confirmed.password}

    response = http.post("/v1/auth/token", data=form)

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    confirmed.tokens = response.json()
    assert confirmed.is_in


def test_only_the_access_token_opens_the_door(member):
    for kind in ("id_token", "refresh_token"):
        bearer = {"Authorization": f"Bearer {member.tokens[kind]}"}
        assert member.http.get("/v1/users/me", headers=bearer).status_code == 401


@pytest.mark.parametrize(("client", "rotates"), [("app", False), ("site", True)])
def test_refreshing_gives_tokens_that_work(confirmed, client, rotates):
    assert confirmed.log_in(client).status_code == 200
    before = confirmed.tokens

    response = confirmed.refresh(client)

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    refreshed = response.json()
    assert (refreshed["refresh_token"] != before["refresh_token"]) is rotates
    assert refreshed["access_token"] != before["access_token"]
    confirmed.tokens = refreshed
    assert confirmed.is_in


@pytest.mark.parametrize(("client", "other"), [("app", "site"), ("site", "app")])
def test_a_refresh_token_is_refused_at_the_other_client_and_stays_good_at_its_own(confirmed, client, other):
    confirmed.log_in(client)

    refused = confirmed.refresh(other)

    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_refresh_token")
    assert confirmed.refresh(client).status_code == 200


@pytest.mark.parametrize("client", ["app", "site"])
@pytest.mark.parametrize(("name", "mangle"), MANGLED.items(), ids=MANGLED)
def test_a_refresh_token_that_is_none_is_refused(confirmed, client, name, mangle):
    confirmed.log_in(client)
    token = confirmed.tokens["refresh_token"]
    confirmed.tokens["refresh_token"] = mangle(token)

    response = confirmed.refresh(client)

    assert (response.status_code, response.json()["code"]) == (401, "invalid_refresh_token")
    confirmed.tokens["refresh_token"] = token
    assert confirmed.refresh(client).status_code == 200


@pytest.mark.parametrize("client", ["app", "site"])
def test_a_mangled_token_ends_no_session(confirmed, client):
    confirmed.log_in(client)

    for mangle in MANGLED.values():
        body = {"refresh_token": mangle(confirmed.tokens["refresh_token"])}
        assert confirmed.http.post("/v1/auth/logout", json=body).status_code == 204

    assert confirmed.refresh(client).status_code == 200


@pytest.mark.parametrize("client", ["app", "site"])
def test_logging_out_ends_a_session_of_either_client(confirmed, client):
    confirmed.log_in(client)

    body = {"refresh_token": confirmed.tokens["refresh_token"]}
    assert confirmed.http.post("/v1/auth/logout", json=body).status_code == 204

    assert confirmed.refresh(client).status_code == 401


def test_logging_out_ends_this_session_alone_and_may_be_repeated(member):
    other = member.on_another_device()

    for token in (member.tokens["refresh_token"], member.tokens["refresh_token"], "garbage"):
        assert member.http.post("/v1/auth/logout", json={"refresh_token": token}).status_code == 204

    assert not member.can_refresh
    assert other.can_refresh


def test_logging_out_everywhere_ends_all_sessions_at_once_and_admits_the_next_login(member):
    """Every token here may be of one second: that is the second to get right."""
    sessions = [member, member.on_another_device(), member.on_another_device()]
    assert all(session.is_in for session in sessions)
    # Remembered by the verifier and cached by now.

    assert sessions[2].post("/v1/auth/logout-all").status_code == 204

    assert not any(session.is_in for session in sessions)
    assert not any(session.can_refresh for session in sessions)
    assert member.on_another_device().is_in


def test_logging_out_everywhere_affects_no_other_user(member, http):
    bystander = type(member)(http)
    bystander.sign_up()
    bystander.confirm()
    bystander.log_in()

    member.post("/v1/auth/logout-all")

    assert bystander.is_in
    assert bystander.can_refresh


def test_resetting_the_password_ends_every_session(member, stranger):
    old = member.password
    assert member.post("/v1/auth/forgot-password", email=member.email).status_code == 202
    wrong = member.post("/v1/auth/reset-password", email=member.email, code="000000", password=NEW_PASSWORD)
    unknown = member.post(
        "/v1/auth/reset-password", email=stranger.email, code="654321", password=NEW_PASSWORD
    )
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_code")
    assert answer_of(wrong) == answer_of(unknown)
    assert member.is_in

    done = member.post("/v1/auth/reset-password", email=member.email, code="654321", password=NEW_PASSWORD)

    assert done.status_code == 204
    assert not member.is_in
    assert not member.can_refresh
    assert member.log_in().status_code == 401
    member.password = NEW_PASSWORD
    assert member.log_in().status_code == 200
    assert member.is_in
    assert old != NEW_PASSWORD


def test_a_weak_password_does_not_spend_the_reset_code(member):
    member.post("/v1/auth/forgot-password", email=member.email)

    weak = member.post("/v1/auth/reset-password", email=member.email, code="654321", password="weak")
    strong = member.post("/v1/auth/reset-password", email=member.email, code="654321", password=NEW_PASSWORD)

    assert [error["pointer"] for error in weak.json()["errors"]] == ["/password"]
    assert strong.status_code == 204


def test_changing_the_password(member):
    path = "/v1/users/me/password"

    wrong = member.post(path, currentPassword="Wrong-Password-9", newPassword=NEW_PASSWORD)
    weak = member.post(path, currentPassword=member.password, newPassword="weak")
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/currentPassword"]
    assert [error["pointer"] for error in weak.json()["errors"]] == ["/newPassword"]
    assert member.log_in().status_code == 200

    assert member.post(path, currentPassword=member.password, newPassword=NEW_PASSWORD).status_code == 204

    assert member.log_in().status_code == 401
    member.password = NEW_PASSWORD
    assert member.log_in().status_code == 200


def test_a_change_that_is_repeated_is_success(member):
    path, change = (
        "/v1/users/me/password",
        {"currentPassword": member.password, "newPassword": NEW_PASSWORD},
    )

    answers = [member.post(path, **change).status_code for _ in range(2)]

    assert answers == [204, 204]


def test_changing_the_password_may_end_the_other_sessions(member):
    other = member.on_another_device()
    change = {"currentPassword": member.password, "newPassword": NEW_PASSWORD, "endOtherSessions": True}

    answer = member.post("/v1/users/me/password", **change)

    assert answer.status_code == 200
    assert not other.is_in
    assert not other.can_refresh
    assert not member.is_in  # with the tokens from before
    member.tokens = answer.json()
    assert member.is_in
    assert member.can_refresh


def test_deleting_the_account_asks_for_the_password(member):
    delete = lambda **body: member.http.request(  # noqa: E731
        "DELETE", "/v1/users/me", json=body, headers=member.authorization
    )

    without, wrong = delete(), delete(password="Wrong-Password-9")
    assert (without.status_code, without.json()["code"]) == (403, "reauthentication_required")
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/password"]
    assert member.is_in

    assert delete(password=member.password).status_code == 204
    assert not member.is_in


def test_a_disabled_account_is_out_at_once_and_stays_out_of_its_old_sessions(
    member, admin, user_id_of: Callable[..., str]
):
    path = f"/v1/admin/users/{user_id_of(member)}"
    assert member.is_in

    assert admin.post(f"{path}/disable").json()["status"] == "disabled"

    assert not member.is_in
    assert not member.can_refresh
    assert admin.get(path).json()["status"] == "disabled"

    assert admin.post(f"{path}/enable").json()["status"] == "active"
    assert not member.is_in
    assert not member.can_refresh
    assert member.on_another_device().is_in


def test_members_administrate_nothing(member, admin, user_id_of):
    path = f"/v1/admin/users/{user_id_of(admin)}"

    assert member.get(path).status_code == 403
    assert member.post(f"{path}/disable").status_code == 403
    assert admin.get(path).json()["status"] == "active"


def test_an_unknown_account_is_not_found(admin):
    for request in (admin.get, lambda path: admin.post(f"{path}/disable")):
        assert request("/v1/admin/users/00000000-0000-4000-8000-000000000000").status_code == 404


def test_a_profile_is_kept(member, http):
    profile = {"name": "Ada King", "phone": "+442079460000", "locale": "en-GB", "timeZone": "Europe/London"}
    patch = lambda body: http.patch("/v1/users/me", json=body, headers=member.authorization)  # noqa: E731

    assert patch(profile).json().items() >= profile.items()
    assert patch({"phone": None}).json()["phone"] is None

    me = member.get("/v1/users/me").json()
    assert me.items() >= {**profile, "phone": None}.items()
    assert me["updatedAt"] > me["createdAt"]
