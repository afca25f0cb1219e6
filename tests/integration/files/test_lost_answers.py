"""Creations whose answer is lost on the way, and that the client repeats with the same key."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from app.errors import Unavailable
from app.repositories.postgres.statements import Statement
from devstack.seed import ADMIN
from support.files import FileStorage
from support.people import Person
from support.postgres import after_each_statement

LARGE = 600 * 1024 * 1024
SMALL = 10
Losing = Callable[..., Any]


STATEMENTS = {"TransactWriteItems": "reserve a file", "GetItem": "get a file"}
"""What PostgreSQL is sent in the place of an operation of DynamoDB."""


@pytest.fixture
def losing(app, stack) -> Losing:
    """Let an operation's requests through, but none of their answers, for as long as the block runs."""
    clients, is_postgres = app.state.container.clients, "DATABASE_URL" in stack.env

    @contextmanager
    def lose_statement(name: str) -> Iterator[list[bytes]]:
        sent: list[bytes] = []

        def lost(statement: Statement) -> None:
            if statement.name == name:
                sent.append(statement.text.encode())
                raise Unavailable

        with after_each_statement(lost):
            yield sent

    @contextmanager
    def lose(service: str, operation: str, about: bytes = b"") -> Iterator[list[bytes]]:
        client = getattr(clients, service)
        sent: list[bytes] = []

        def send(request: Any, **_: Any) -> None:
            if about in (request.body or b""):
                client._endpoint.http_session.send(request)
                sent.append(request.body)
                raise ConnectionClosedError(endpoint_url=request.url)

        event = f"before-send.{service}.{operation}"
        client.meta.events.register_first(event, send)
        try:
            yield sent
        finally:
            client.meta.events.unregister(event, send)

    def lose_any(service: str, operation: str, about: bytes = b"") -> Any:
        if is_postgres and service == "dynamodb" and operation in STATEMENTS:
            return lose_statement(STATEMENTS[operation])
        return lose(service, operation, about)

    return lose_any


def uploads(storage: FileStorage, person: Person) -> list[str]:
    answer = storage.clients.s3.list_multipart_uploads(Bucket=storage.bucket, Prefix=f"users/{person.id}/")
    return [upload["UploadId"] for upload in answer.get("Uploads", ())]


class Creation:
    """One file that the client wants, and asks for again and again."""

    def __init__(self, person: Person, size: int) -> None:
        self._person = person
        self._body = {"name": "film.mp4", "contentType": "video/mp4", "size": size}
        self._key = {"Idempotency-Key": uuid.uuid4().hex}

    def ask(self) -> Any:
        return self._person.request("POST", "/v1/files", json=self._body, headers=self._key)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["form", "parts"])
@pytest.mark.parametrize(
    "lost",
    [
        ("dynamodb", "TransactWriteItems"),
        ("dynamodb", "PutItem", b"idempotency#"),
        ("s3", "CreateMultipartUpload"),
    ],
    ids=["reservation", "claim", "upload"],
)
def test_a_repetition_finishes_what_the_first_request_began(storage, person, losing, size, lost):
    creation = Creation(person, size)
    with losing(*lost) as sent:
        first = creation.ask()
    if lost[0] == "s3" and size == SMALL:
        assert (sent, first.status_code) == ([], 201)
    else:
        assert (first.status_code, first.json()["code"]) == (503, "unavailable")

    again = creation.ask()

    assert again.status_code == 201, again.text
    assert storage.used(person.id) == (size, 1)
    (listed,) = person.request("GET", "/v1/files").json()["items"]
    assert listed["id"] == again.json()["file"]["id"]
    assert uploads(storage, person) == ([again.json()["upload"]["uploadId"]] if size == LARGE else [])
    assert creation.ask().headers["Idempotency-Replayed"] == "true"
    assert storage.used(person.id) == (size, 1)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["form", "parts"])
def test_a_repetition_that_could_not_read_the_file_is_repeated(storage, person, losing, size):
    creation = Creation(person, size)
    created = creation.ask().json()["file"]
    with losing("dynamodb", "GetItem", b"fileId"):
        assert creation.ask().status_code == 503

    assert creation.ask().json()["file"] == created
    assert storage.used(person.id) == (size, 1)


def test_a_file_that_does_not_fit_leaves_no_upload_and_its_key_is_free(storage, person):
    held = Creation(person, LARGE).ask().json()["file"]["id"]
    creation = Creation(person, LARGE)
    refused = creation.ask()
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_exceeded")
    assert len(uploads(storage, person)) == 1

    person.request("DELETE", f"/v1/files/{held}")

    assert creation.ask().status_code == 201
    assert len(uploads(storage, person)) == 1
    assert storage.used(person.id) == (LARGE, 1)


def test_an_unexpected_error_frees_the_key(app, person, storage, monkeypatch):
    creation = Creation(person, SMALL)
    with monkeypatch.context() as broken:
        broken.setattr(app.state.container.personal_data.files, "create", lambda *_args, **_kwargs: 1 // 0)
        assert creation.ask().status_code == 500

    assert creation.ask().status_code == 201
    assert storage.used(person.id) == (SMALL, 1)


@pytest.mark.parametrize(
    "lost", [("PutItem", b'"imports"'), ("PutItem", b"idempotency#")], ids=["record", "claim"]
)
def test_a_repeated_import_is_one_import(api, losing, lost):
    signed_in = api.post("/v1/auth/login", json={"email": ADMIN.email, "password": ADMIN.password})
    admin = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
    body = {"name": f"{uuid.uuid4()}.csv", "contentType": "text/csv", "size": 10}
    headers = {**admin, "Idempotency-Key": uuid.uuid4().hex}
    with losing("dynamodb", *lost):
        assert api.post("/v1/admin/imports", json=body, headers=headers).status_code == 503

    again = api.post("/v1/admin/imports", json=body, headers=headers)

    assert again.status_code == 201, again.text
    items = api.get("/v1/admin/imports?limit=100", headers=admin).json()["items"]
    assert [item["id"] for item in items if item["name"] == body["name"]] == [again.json()["import"]["id"]]
