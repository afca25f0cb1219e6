"""A change of address and its undo, over HTTP, the embedded AWS and the mails that are really sent."""

import re
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from integration.accounts.conftest import PASSWORD, Person

CODE = "Confirm your new e-mail address"
CHANGED = "The e-mail address of your account was changed"
TAKEN = "This e-mail address belongs to an account"


@pytest.fixture
def new():
    return f"{uuid4()}@example.com"


def code_to(mailbox, email):
    return re.search(r"^\d{8}$", mailbox.wait_for(email, CODE)["BodyText"], re.MULTILINE)[0]


def link_to(mailbox, email):
    text = mailbox.wait_for(email, CHANGED)["BodyText"]
    return re.search(r"http://localhost:\d+/undo-email#(\S+)", text)[1]


def asks(person, email, password=PASSWORD):
    return person.post("/v1/users/me/email", email=email, password=password)


def changes(person, mailbox, email):
    assert asks(person, email).status_code == 202
    answer = person.post("/v1/users/me/email/confirm", code=code_to(mailbox, email))
    assert answer.status_code == 204, answer.text


def undoes(http, token):
    return http.post("/v1/auth/email-undo", json={"token": token})


def test_an_address_is_changed_and_given_back(http, member, mailbox, new):
    former = member.email
    changes(member, mailbox, new)

    assert member.get("/v1/users/me").json()["email"] == new
    assert member.post("/v1/users/me/email/confirm", code=code_to(mailbox, new)).status_code == 204
    assert member.log_in().status_code == 401
    moved = Person(http, new)
    assert moved.log_in().status_code == 200
    exported = moved.get("/v1/users/me/export").json()["addresses"]
    assert [(each["email"], each["pending"]) for each in exported] == [(former, False)]

    token = link_to(mailbox, former)
    assert undoes(http, token).status_code == 204
    assert undoes(http, token).status_code == 204

    assert (moved.is_in, moved.can_refresh, moved.log_in().status_code) == (False, False, 401)
    assert member.log_in().status_code == 401
    member.tokens = {}
    reset = member.post("/v1/auth/reset-password", email=former, code="654321", password="Battery-Staple-8")
    assert reset.status_code == 204
    member.password = "Battery-Staple-8"
    assert member.log_in().status_code == 200
    assert member.get("/v1/users/me").json()["email"] == former


def test_a_former_address_is_kept_from_others_through_every_door(http, app, clients, member, mailbox, new):
    former = member.email
    changes(member, mailbox, new)
    stranger, free = Person(http, former), Person(http)

    answers = [person.sign_up() for person in (stranger, free)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json().keys() == answers[1].json().keys()
    assert app.state.container.identity.get_user(former) is None
    mailbox.wait_for(former, TAKEN)
    with pytest.raises(ClientError) as refused:
        clients.cognito.sign_up(
            ClientId=app.state.container.settings.user_pool_client_id,
            Username=former,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": former}],
        )
    assert refused.value.response["Error"]["Code"] == "UserLambdaValidationException"
    other = Person(http)
    assert (other.sign_up().status_code, other.confirm().status_code, other.log_in().status_code) == (
        201,
        204,
        200,
    )
    assert asks(other, former).status_code == 202
    assert [mail["Subject"] for mail in mailbox.of(former)].count(CODE) == 0


def test_an_address_of_another_account_is_not_revealed(http, member, mailbox):
    other = Person(http)
    assert (other.sign_up().status_code, other.confirm().status_code) == (201, 204)

    answers = [asks(member, email) for email in (other.email, f"{uuid4()}@example.com")]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    mailbox.wait_for(other.email, TAKEN)


def test_an_address_that_is_signed_up_meanwhile_is_a_conflict(http, member, mailbox, new):
    assert asks(member, new).status_code == 202
    other = Person(http, new)
    assert (other.sign_up().status_code, other.confirm().status_code) == (201, 204)

    answer = member.post("/v1/users/me/email/confirm", code=code_to(mailbox, new))

    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert member.log_in().status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "ada", "password": PASSWORD}, 422, "validation_failed"),
        ({"email": "a@example.com"}, 403, "reauthentication_required"),
        ({"email": "a@example.com", "password": "Wrong-Horse-7"}, 422, "validation_failed"),
    ],
)
def test_a_request_that_is_refused(member, body, status, code):
    answer = member.post("/v1/users/me/email", **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_wrong_code_and_a_made_up_link_are_refused(http, member):
    wrong = member.post("/v1/users/me/email/confirm", code="00000000")
    made_up = undoes(http, "someone.made-up")

    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_code")
    assert (made_up.status_code, made_up.json()["code"]) == (400, "invalid_link")


def test_only_who_is_signed_in_changes_an_address(http, stranger, new):
    assert asks(stranger, new).status_code == 401
    assert stranger.post("/v1/users/me/email/confirm", code="00000000").status_code == 401
