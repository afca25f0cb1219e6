"""Creations in a row, over DynamoDB by moto: one write each, and no answer that the guard would not give."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.auth.principal import Principal
from app.aws.errors import TransactionConflict
from app.config.api import Settings
from app.container import Container
from app.models.todos import TodoContent, TodoQuery
from app.models.users import User
from app.ports.users import UserRepository
from app.repositories.dynamodb.recent_accounts import RecentAccounts
from app.repositories.dynamodb.storage import DynamoStorage
from contracts.changes import count_of, new_id
from support.aws_in_process import aws_in_process
from support.clock import Clock
from support.environment import ENVIRONMENT
from support.memory_app import KnownTokens, app_over
from support.storage import storage_at
from support.storage_calls import requests_to
from support.tables import create_tables

TODOS = "/v1/todos"
TODO = {"title": "Buy oat milk", "tags": ["shopping"]}
CONTENT = TodoContent(title="Buy oat milk")
WRITE = "TransactWriteItems"
BEGAN = 1_700_000_000
LATER = BEGAN + 60


class Sessions(KnownTokens):
    """Tokens of sessions that began at `signed_in_at`."""

    signed_in_at = BEGAN

    def verify(self, token: str) -> Principal:
        return replace(super().verify(token), signed_in_at=self.signed_in_at)


@pytest.fixture(scope="module")
def tables() -> Iterator[DynamoStorage]:
    with aws_in_process(), storage_at(None) as storage:
        create_tables(storage.clients.dynamodb)
        yield storage


@pytest.fixture
def storage(tables: DynamoStorage) -> Iterator[DynamoStorage]:
    tables.users.create(User(id="user-a", email="a@example.com", name="Ann"))
    yield tables
    list(tables.todos.erase("user-a"))
    tables.users.delete("user-a")


@pytest.fixture
def process(storage: DynamoStorage) -> Callable[..., TestClient]:
    """The API in a process of its own, as it were."""

    def made(**options: Any) -> TestClient:
        own = DynamoStorage(storage.clients, storage.tables, storage.clock, **options)
        own.todos._recent = RecentAccounts(Clock())  # however long a test takes
        app = app_over(own)
        container = app.state.container
        container.verifier = Sessions()
        container.identity = SimpleNamespace(get_user=lambda _username: None)
        return TestClient(app, headers={"Authorization": "Bearer user-a"})

    return made


@pytest.fixture
def client(process: Callable[..., TestClient]) -> TestClient:
    """The user has created a to-do through this process."""
    client = process()
    assert client.post(TODOS, json=TODO).status_code == 201
    return client


def container_of(client: TestClient) -> Container:
    container: Container = client.app.state.container  # type: ignore[attr-defined]
    return container


def test_creations_in_a_row_are_answered_alike(
    client: TestClient, process: Callable[..., TestClient], storage: DynamoStorage
) -> None:
    """By a process that remembers the account, and by one that does not."""
    ids = [new_id(), new_id()]
    with requests_to(storage) as calls:
        answers = [
            one.post(TODOS, json={**TODO, "id": todo_id})
            for one, todo_id in zip((client, process()), ids, strict=True)
        ]

    assert calls == [WRITE, "GetItem", WRITE]
    at_once, usual = (
        (
            answer.status_code,
            [
                (name, value.replace(todo_id, "id"))
                for name, value in answer.headers.items()
                if name != "x-request-id"
            ],
            answer.text.replace(todo_id, "id")
            .replace(f'"revision":{answer.json()["revision"]}', "")
            .replace(answer.json()["createdAt"], "now")
            .replace(answer.json()["updatedAt"], "now"),
        )
        for answer, todo_id in zip(answers, ids, strict=True)
    )
    assert at_once == usual
    assert at_once[0] == 201
    assert client.get(f"{TODOS}/{ids[0]}").json() == answers[0].json()
    assert count_of(storage.users, "user-a") == 3


def test_many_in_a_row_are_one_call_each(client: TestClient, storage: DynamoStorage) -> None:
    with requests_to(storage) as calls:
        answers = [client.post(TODOS, json=TODO).status_code for _ in range(5)]

    assert (answers, calls) == ([201] * 5, [WRITE] * 5)


ACTS: dict[str, Callable[[UserRepository], object]] = {
    "signed out everywhere": lambda users: users.revoke_tokens("user-a", LATER),
    "disabled": lambda users: users.set_status("user-a", "disabled"),
    "deleting": lambda users: users.close("user-a"),
    "deleted": lambda users: users.delete("user-a"),
}


@pytest.mark.parametrize("same", [True, False], ids=["this process", "another process"])
@pytest.mark.parametrize("act", ACTS)
def test_an_account_that_lets_no_one_in_is_refused_at_once(
    client: TestClient, process: Callable[..., TestClient], storage: DynamoStorage, act: str, same: bool
) -> None:
    ACTS[act](container_of(client if same else process()).user_repository)
    before = storage.users.get("user-a")

    answers = [client.post(TODOS, json=TODO) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert {answer.json()["code"] for answer in answers} == {"unauthenticated"}
    assert storage.users.get("user-a") == before
    assert len(storage.todos.list("user-a", TodoQuery(), limit=9).items) == 1


def test_who_signs_in_again_is_let_in_and_an_older_session_is_not(
    client: TestClient, process: Callable[..., TestClient]
) -> None:
    verifier = container_of(client).verifier
    container_of(process()).user_repository.revoke_tokens("user-a", LATER)

    verifier.signed_in_at = LATER  # type: ignore[attr-defined]
    again = [client.post(TODOS, json=TODO).status_code for _ in range(2)]
    verifier.signed_in_at = BEGAN  # type: ignore[attr-defined]

    assert again == [201, 201]
    assert client.post(TODOS, json=TODO).status_code == 401


def test_an_id_that_is_taken_and_one_that_was_deleted_are_said_as_ever(client: TestClient) -> None:
    todo = client.post(TODOS, json={**TODO, "id": new_id()}).json()
    taken = client.post(TODOS, json=TODO | {"id": todo["id"]})
    client.delete(f"{TODOS}/{todo['id']}")
    deleted = client.post(TODOS, json=TODO | {"id": todo["id"]})

    assert [(answer.status_code, answer.json()["code"]) for answer in (taken, deleted)] == [
        (409, "todo_exists"),
        (409, "todo_deleted"),
    ]


def test_the_quota_is_said_as_ever(process: Callable[..., TestClient]) -> None:
    client = process(todo_quota=2)

    answers = [client.post(TODOS, json=TODO) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [201, 201, 409, 409]
    assert answers[2].json()["usage"] == {"todos": 2, "maxTodos": 2}


def test_with_an_idempotency_key_the_account_is_looked_at(client: TestClient, storage: DynamoStorage) -> None:
    with requests_to(storage) as calls:
        first, again = [client.post(TODOS, json=TODO, headers={"Idempotency-Key": "a-key"}) for _ in range(2)]

    assert calls[0] == calls[4] == "GetItem"
    assert (first.status_code, again.json()) == (201, first.json())

    storage.users.set_status("user-a", "disabled")
    replay = client.post(TODOS, json=TODO, headers={"Idempotency-Key": "a-key"})
    assert replay.status_code == 401


@pytest.mark.parametrize("is_presumed", [True, False])
def test_a_write_that_was_refused_and_still_arrives_is_the_same_todo(
    is_presumed: bool,
    client: TestClient,
    process: Callable[..., TestClient],
    storage: DynamoStorage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As when a sending is delayed, and its repetition cancelled by the conflict with a third write."""
    writer = client if is_presumed else process()
    transactions = container_of(writer).storage.todos._transactions
    write = transactions.write
    late = [TransactionConflict()]

    def arrives_late(*arguments: Any, **options: Any) -> None:
        write(*arguments, **options)
        if late:
            raise late.pop()

    monkeypatch.setattr(transactions, "write", arrives_late)
    before = len(client.get(TODOS).json()["items"])

    answer = writer.post(TODOS, json=TODO)

    assert answer.status_code == 201
    assert not late
    assert len(client.get(TODOS).json()["items"]) == before + 1
    assert client.get(answer.headers["Location"]).json() == answer.json()


def test_where_requests_of_accounts_are_counted_each_creation_looks_at_the_account(
    storage: DynamoStorage,
) -> None:
    """The look counts them: a creation without it would not count."""
    limited = {"LIMITS": "requests=5/60", "REDIS_URL": "redis://127.0.0.1:1"}

    counting, plain = (
        Container(Settings.from_env({**ENVIRONMENT, **variables})) for variables in (limited, {})
    )
    for container in (counting, plain):
        container.storage = DynamoStorage(storage.clients, storage.tables)
        container.redis = None
        account = storage.users.get("user-a")
        assert account is not None
        container.todos.create("user-a", CONTENT, todo_id=None, retry_token=new_id(), account=account)

    made = [
        container.todos.create_at_once(
            "user-a", CONTENT, todo_id=None, retry_token=new_id(), admits=lambda _account: True
        )
        for container in (counting, plain)
    ]

    assert [todo is not None for todo in made] == [False, True]
