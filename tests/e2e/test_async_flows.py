"""The flows behind the API under `make run`: each from its own trigger to the result that a person sees."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.repositories.dynamodb.user_totals import SUMS, counts
from devstack.aws import Aws
from devstack.seed import ADMIN
from support.launch import Launch
from support.mail import Mailbox
from support.people import PASSWORD, Person, sign_up
from support.processes import wait_until

SECONDS = 90
"""For what takes a moment: two cores start Python for each function that is new."""


@pytest.fixture(scope="module")
def api(running: Launch) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.api, timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def aws(running: Launch) -> Aws:
    return running.aws


@pytest.fixture(scope="module")
def env(running: Launch) -> dict[str, str]:
    """As a person gets it with `set -a; . .local/env`."""
    return running.env


@pytest.fixture
def mailbox(aws: Aws, running: Launch) -> Mailbox:
    return Mailbox(aws.endpoint, running.credentials)


@pytest.fixture
def admin(api: httpx.Client) -> Person:
    login = api.post("/v1/auth/login", json={"email": ADMIN.email, "password": ADMIN.password})
    assert login.status_code == 200, login.text
    return Person(api, ADMIN.email, "", login.json())


def test_who_signs_up_finds_a_welcome_in_the_mailbox(api, mailbox):
    ada = sign_up(api, name="Ada")

    assert wait_until(lambda: subjects(mailbox, ada) == ["Welcome"], SECONDS), subjects(mailbox, ada)


def subjects(mailbox: Mailbox, person: Person) -> list[str]:
    return [mail["Subject"].split()[0].strip(",!") for mail in mailbox.of(person.email)]


def test_an_uploaded_file_becomes_available_and_can_be_saved_again(api):
    ada = sign_up(api)

    file = upload(ada, b"hello")

    listed = ada.request("GET", "/v1/files").json()["items"]
    assert [(f["id"], f["status"], f["size"]) for f in listed] == [(file["id"], "available", 5)]
    link = ada.request("GET", f"/v1/files/{file['id']}/download").json()
    saved = httpx.get(link["url"], timeout=60, trust_env=False)
    assert saved.content == b"hello"
    assert saved.headers["Content-Disposition"].startswith("attachment")


def upload(person: Person, content: bytes) -> dict[str, Any]:
    announced = {"name": "a.txt", "contentType": "text/plain", "size": len(content)}
    created = person.request("POST", "/v1/files", json=announced).json()
    form = created["upload"]
    posted = httpx.post(
        form["url"], data=form["fields"], files={"file": content}, timeout=60, trust_env=False
    )
    assert posted.status_code in (200, 201, 204), posted.text
    url = f"/v1/files/{created['file']['id']}"
    assert wait_until(lambda: person.request("GET", url).json()["status"] == "available", SECONDS)
    return created["file"]


def test_a_csv_in_the_ingest_bucket_fills_rows_and_the_profile_of_who_signs_up(api, aws, env):
    email = f"p{uuid.uuid4().hex[:12]}@example.com"
    csv = f"email;name;phone;shoe size\n {email.upper()} ;Ada Lovelace;+44 20 7946 0000;39\n"

    aws.client("s3").put_object(Bucket=env["INGEST_BUCKET"], Key="users/people one.csv", Body=csv.encode())

    assert wait_until(lambda: row(aws, env, email) is not None, SECONDS)
    assert row(aws, env, email)["name"] == {"S": "Ada Lovelace"}

    ada = sign_up(api, email=email)
    me = ada.request("GET", "/v1/users/me").json()
    assert (me["name"], me["phone"]) == ("Ada Lovelace", "+442079460000")
    exported = ada.request("GET", "/v1/users/me/export").json()
    assert exported["userData"]["attributes"] == {"shoe size": "39"}


def test_a_record_in_the_ingest_queue_becomes_a_row(aws, env):
    email = f"p{uuid.uuid4().hex[:12]}@example.com"

    send(aws, env["INGEST_QUEUE_URL"], json.dumps({"email": email, "name": "Grace"}))

    assert wait_until(lambda: row(aws, env, email) is not None, SECONDS)


def row(aws: Aws, env: dict[str, str], email: str) -> dict[str, Any] | None:
    return (
        aws.client("dynamodb")
        .get_item(TableName=env["USER_DATA_TABLE"], Key={"email": {"S": email}}, ConsistentRead=True)
        .get("Item")
    )


def send(aws: Aws, queue_url: str, body: str) -> None:
    aws.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body)


@pytest.mark.parametrize("queue", ["email", "ingest"])
def test_a_poison_message_ends_among_the_dead_letters_and_can_be_redriven_and_discarded(
    aws, env, admin, queue
):
    poison = f"poison {uuid.uuid4()}"

    send(aws, env[f"{queue.upper()}_QUEUE_URL"], poison)
    first = wait_for_letter(admin, queue, poison)
    assert first["reason"]

    redriven = admin.request("POST", f"/v1/admin/dead-letters/{first['id']}/redrive?queue={queue}")
    assert redriven.status_code == 204

    again = wait_for_letter(admin, queue, poison)  # it is as bad as before
    assert again["id"] != first["id"]
    discarded = admin.request("DELETE", f"/v1/admin/dead-letters/{again['id']}?queue={queue}")
    assert discarded.status_code == 204
    assert letter(admin, queue, poison) is None


def test_a_mail_that_died_while_something_was_down_is_sent_when_it_is_redriven(api, aws, env, admin, mailbox):
    email = f"p{uuid.uuid4().hex[:12]}@example.com"
    welcome = {"kind": "welcome", "to": email, "id": uuid.uuid4().hex, "data": {"name": "Ada"}}
    send(aws, env["EMAIL_DLQ_URL"], json.dumps(welcome))
    found = wait_for_letter(admin, "email", email)

    redriven = admin.request("POST", f"/v1/admin/dead-letters/{found['id']}/redrive?queue=email")
    assert redriven.status_code == 204, redriven.text

    assert wait_until(lambda: len(mailbox.of(email)) == 1, SECONDS)
    assert letter(admin, "email", email) is None


def letter(admin: Person, queue: str, text: str) -> dict[str, Any] | None:
    listed = admin.request("GET", f"/v1/admin/dead-letters?queue={queue}&limit=100")
    assert listed.status_code == 200, listed.text
    return next((item for item in listed.json()["items"] if text in item["payload"]), None)


def wait_for_letter(admin: Person, queue: str, text: str) -> dict[str, Any]:
    seen: list[dict[str, Any] | None] = []
    assert wait_until(lambda: seen.append(letter(admin, queue, text)) or seen[-1] is not None, SECONDS)
    assert seen[-1] is not None
    return seen[-1]


def test_who_leaves_takes_everything_along_and_gets_one_last_mail(api, aws, env, mailbox):
    ada, bob = sign_up(api), sign_up(api)
    todo = ada.create_todo(title="Buy oat milk", completed=True)
    upload(ada, b"hello")
    exported = ada.request("GET", "/v1/users/me/export").json()

    assert ada.leave().status_code == 204

    assert ada.request("GET", "/v1/users/me").status_code == 401
    login = {"email": ada.email, "password": PASSWORD}
    assert api.post("/v1/auth/login", json=login).status_code == 401
    objects = aws.client("s3").list_object_versions(Bucket=env["DATA_BUCKET"], Prefix=f"users/{ada.id}/")
    assert "Versions" not in objects
    assert wait_until(lambda: "Your account is deleted" in all_subjects(mailbox, ada), SECONDS)

    imported = bob.request("POST", "/v1/todos/import", json=exported)
    assert imported.json() == {"imported": 1, "skipped": 0, "deleted": 0, "overQuota": 0}
    restored = bob.request("GET", f"/v1/todos/{todo['id']}").json()
    assert restored == {**todo, "revision": restored["revision"], "version": 1}


def all_subjects(mailbox: Mailbox, person: Person) -> list[str]:
    return [mail["Subject"] for mail in mailbox.of(person.email)]


def test_the_statistics_follow_a_user_within_seconds(
    api: httpx.Client, admin: Person, aws: Aws, env: dict[str, str]
) -> None:
    """From the stream of the Users table: they are what the records add up to."""

    def shown() -> dict[str, int]:
        stats = admin.request("GET", "/v1/admin/stats").json()
        return {name: stats[name] for name in SUMS}

    def recorded() -> dict[str, int]:
        items = aws.client("dynamodb").scan(TableName=env["USERS_TABLE"])["Items"]
        return {name: sum(counts(item)[name] for item in items) for name in SUMS}

    assert wait_until(lambda: shown() == recorded(), SECONDS)
    before = shown()
    person = sign_up(api)
    todos = [person.create_todo() for _ in range(3)]
    assert person.request("DELETE", f"/v1/todos/{todos[0]['id']}").status_code == 204
    wanted = {**before, "users": before["users"] + 1, "todos": before["todos"] + 2}
    assert wait_until(lambda: shown() == wanted, SECONDS)

    assert person.leave().status_code == 204

    assert wait_until(lambda: shown() == before, SECONDS)
