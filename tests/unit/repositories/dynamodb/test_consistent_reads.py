"""An emulator answers consistently in any case, so it is the request that must tell."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.models.todos import Todo, TodoQuery
from app.repositories.dynamodb.storage import DynamoStorage
from contracts.changes import new_todo, store
from engines.dynamodb.items import forget_the_count

Read = Callable[[DynamoStorage, str], object]


@pytest.fixture
def asked(storage: DynamoStorage) -> Iterator[list[dict[str, Any]]]:
    """The requests of the reads, one table each."""
    events, reads = storage.clients.dynamodb.meta.events, list[dict[str, Any]]()
    names = [f"before-parameter-build.dynamodb.{name}" for name in ("GetItem", "BatchGetItem", "Query")]

    def note(params: dict[str, Any], **_: Any) -> None:
        reads.extend(params.get("RequestItems", {"the table": params}).values())

    for name in names:
        events.register_first(name, note)
    yield reads
    for name in names:
        events.unregister(name, note)


def unchanged(current: Todo | None) -> Todo | None:
    return current


def first_counted(storage: DynamoStorage, user_id: str) -> object:
    """A change that decides on two tables, and counts the to-dos of a record from before the quota."""
    forget_the_count(storage, user_id)
    return store(storage.todos, user_id, new_todo())


@pytest.mark.parametrize(
    ("read", "tables"),
    [
        pytest.param(lambda storage, user: storage.todos.get(user, "1"), 1, id="a to-do"),
        pytest.param(lambda storage, user: storage.todos.list(user, TodoQuery(), limit=1), 1, id="a list"),
        pytest.param(lambda storage, user: storage.todos.change(user, "1", unchanged), 2, id="to decide on"),
        pytest.param(first_counted, 3, id="to count"),
        pytest.param(lambda storage, user: list(storage.todos.erase(user)), 1, id="to erase"),
        pytest.param(lambda storage, user: storage.users.get(user), 1, id="a user"),
        pytest.param(lambda storage, user: storage.user_data.get(user), 1, id="user data"),
        pytest.param(lambda storage, user: storage.mail.is_suppressed(user), 1, id="whom not to write to"),
        pytest.param(lambda storage, user: storage.mail.is_erased(user), 1, id="who has left"),
    ],
)
def test_what_others_rest_on_is_read_consistently(
    storage: DynamoStorage, user_id: str, asked: list[dict[str, Any]], read: Read, tables: int
) -> None:
    read(storage, user_id)

    assert [request.get("ConsistentRead") for request in asked] == [True] * tables
