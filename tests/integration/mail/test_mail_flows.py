"""From the front door to the mailbox, by the emulator's own triggers."""

import json
import uuid
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from fastapi.testclient import TestClient

from app.aws.queue import SqsQueue
from app.main import create_app
from app.models.mail import Mail
from app.services.mail.outbox import Outbox
from support.people import PASSWORD, sign_up

NEW_PASSWORD = "Battery-Staple-8"


def test_a_new_user_is_welcomed_once(api, mailbox):
    person = sign_up(api, name="Ada <b>Lovelace</b>")

    mail = mailbox.wait_for(person.email, "Welcome!")

    assert "Hello Ada <b>Lovelace</b>," in mail["BodyText"]
    assert "Hello Ada &lt;b&gt;Lovelace&lt;/b&gt;," in mail["BodyHtml"]
    assert len(mailbox.of(person.email)) == 1


def test_a_changed_password_sends_a_mail(api, mailbox):
    person = sign_up(api)
    body = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}

    assert person.request("POST", "/v1/users/me/password", json=body).status_code == 204

    assert "was changed on" in mailbox.wait_for(person.email, "Your password was changed")["BodyText"]


def test_a_reset_password_sends_a_mail(api, mailbox):
    person = sign_up(api)
    api.post("/v1/auth/forgot-password", json={"email": person.email})
    body = {"email": person.email, "code": "654321", "password": NEW_PASSWORD}

    assert api.post("/v1/auth/reset-password", json=body).status_code == 204

    mailbox.wait_for(person.email, "Your password was changed")


def test_signing_out_everywhere_sends_a_mail(api, mailbox):
    person = sign_up(api)

    assert person.request("POST", "/v1/auth/logout-all").status_code == 204

    mailbox.wait_for(person.email, "You are signed out everywhere")


def test_a_queue_that_refuses_stops_nothing_that_it_should_only_tell_of(stack):
    settings = replace(stack.settings, email_queue_url=stack.env["EMAIL_QUEUE_URL"] + "-that-is-not-there")
    with TestClient(create_app(settings), raise_server_exceptions=False) as api:
        person = sign_up(api)
        body = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}

        assert person.request("POST", "/v1/users/me/password", json=body).status_code == 204
        assert person.request("POST", "/v1/auth/logout-all").status_code == 204


def test_a_welcome_that_the_trigger_could_not_send_comes_with_first_use(stack, api, mailbox):
    with without_mail(stack):
        person = sign_up(api)
        assert mailbox.of(person.email) == []

    assert person.request("GET", "/v1/users/me").status_code == 200

    mailbox.wait_for(person.email, "Welcome!")


def test_all_kinds_arrive_through_the_producers_queue(stack, mailbox, address):
    queue = Outbox(SqsQueue(stack.clients(), stack.env["EMAIL_QUEUE_URL"]))
    report = {
        "file": "people.csv",
        "status": "completed",
        "rows": 3,
        "accepted": 2,
        "rejected": 1,
        "warnings": 0,
    }

    queue.send(Mail(kind="import_report", to=address, id=str(uuid.uuid4()), data=report))
    queue.send(Mail(kind="account_deleted", to=address, id=str(uuid.uuid4())))

    assert "people.csv" in mailbox.wait_for(address, "Your import is done")["BodyText"]
    mailbox.wait_for(address, "Your account is deleted")


@contextmanager
def without_mail(stack):
    """The sign-up trigger may not put anything on the queue meanwhile."""
    iam, role = stack.local.aws.client("iam"), stack.local.physical_id("UserSignupRole")
    policy = iam.get_role_policy(RoleName=role, PolicyName="user-signup")["PolicyDocument"]
    statements = [statement for statement in policy["Statement"] if statement["Sid"] != "Mail"]
    put = partial(iam.put_role_policy, RoleName=role, PolicyName="user-signup")
    put(PolicyDocument=json.dumps({**policy, "Statement": statements}))
    try:
        yield
    finally:
        put(PolicyDocument=json.dumps(policy))
