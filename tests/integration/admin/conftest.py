"""Administrators and others, over the deployed local stack."""

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from app.aws.clients import Clients
from devstack.seed import ADMIN
from support.people import Person, sign_up
from support.stack import RunningStack


@pytest.fixture(scope="session")
def api(stack: RunningStack) -> Iterator[httpx.Client]:
    with TestClient(stack.app(), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def clients(stack: RunningStack) -> Clients:
    return stack.clients()


@pytest.fixture(scope="session")
def admin(api: httpx.Client) -> Person:
    login = api.post("/v1/auth/login", json={"email": ADMIN.email, "password": ADMIN.password})
    assert login.status_code == 200, login.text
    person = Person(api, ADMIN.email, "", login.json())
    person.id = person.request("GET", "/v1/users/me").json()["id"]
    return person


@pytest.fixture
def member(api: httpx.Client) -> Person:
    return sign_up(api)


def eventually(found: Callable[[], Any], seconds: float = 60) -> Any:
    """Return the first result of `found` that is not empty."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
    return value


@pytest.fixture
def dead_letter(stack: RunningStack, clients: Clients) -> Callable[..., str]:
    """Put a message on a dead-letter queue, as a consumer does; returns its id."""

    def put(body: str, *, queue: str = "email", **attributes: str) -> str:
        answer = clients.sqs.send_message(
            QueueUrl=stack.env[f"{queue.upper()}_DLQ_URL"],
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )
        return answer["MessageId"]

    return put


@pytest.fixture
def listed(admin: Person) -> Callable[..., dict[str, Any] | None]:
    """A dead letter as an administrator sees it."""

    def find(letter_id: str | None = None, *, payload: str | None = None) -> dict[str, Any] | None:
        response = admin.request("GET", "/v1/admin/dead-letters?limit=100")
        assert response.status_code == 200, response.text
        letters = response.json()["items"]
        return next((item for item in letters if letter_id == item["id"] or payload == item["payload"]), None)

    return find


@pytest.fixture
def unique() -> str:
    return uuid.uuid4().hex
