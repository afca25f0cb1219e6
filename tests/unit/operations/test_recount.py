"""A recount replaces the sums over the user records, also where the records lack the number of their to-dos."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.errors import Unavailable
from app.models.users import User
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.dynamodb.user_totals import UserTotals
from contracts.changes import new_todo, store
from contracts.fixtures import new_user
from operations import recount as command
from operations.recount import recount
from operations.restore import Tables
from support.aws_in_process import aws_in_process
from support.storage import storage_at
from support.tables import create_tables

INTO = Tables(
    "TodosTableV2", "UsersTable", "us-east-1", None, user_data_table="", operations_table="OperationsTable"
)
COUNTERS = {"pk": {"S": "stats"}, "sk": {"S": "counters"}}


@pytest.fixture
def storage() -> Iterator[DynamoStorage]:
    with aws_in_process(), storage_at(None) as storage:
        create_tables(storage.clients.dynamodb)
        yield storage


def write(storage: DynamoStorage, table: str, key: Any, expression: str, **values: str) -> None:
    storage.clients.dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression=expression,
        **({"ExpressionAttributeValues": {f":{n}": {"N": v} for n, v in values.items()}} if values else {}),
    )


@pytest.fixture
def people(storage: DynamoStorage) -> list[str]:
    """One with a count, one of an early version without, and one who has no to-do; with files of the first."""
    people = [new_user(storage.users) for _ in range(3)]
    for user in people[:2]:
        for _ in range(3):
            store(storage.todos, user, new_todo())
    write(storage, "UsersTable", {"userId": {"S": people[1]}}, "REMOVE todoCount")
    use = "SET usedFiles = :files, usedBytes = :bytes"
    write(storage, "UsersTable", {"userId": {"S": people[0]}}, use, files="2", bytes="30")
    return people


def test_the_sums_are_those_of_the_records(storage: DynamoStorage, people: list[str]) -> None:
    storage.stats.add(mailSent=5)
    former = "SET todos = :todos, #u = :users"
    storage.clients.dynamodb.update_item(  # as an earlier version counted
        TableName="OperationsTable",
        Key=COUNTERS,
        UpdateExpression=former,
        ExpressionAttributeNames={"#u": "users"},
        ExpressionAttributeValues={":todos": {"N": "99"}, ":users": {"N": "-1"}},
    )

    for _ in range(2):
        assert recount(storage.clients, INTO) == {"users": 3, "todos": 6, "files": 2, "bytes": 30}

    assert storage.stats.read() == {"users": 3, "todos": 6, "files": 2, "bytes": 30, "mailSent": 5}


def test_records_without_a_count_get_theirs(storage: DynamoStorage, people: list[str]) -> None:
    before = storage.users.get(people[1])

    recount(storage.clients, INTO)

    after = storage.users.get(people[1])
    assert (before and before.todo_count, after and after.todo_count) == (None, 3)
    assert before
    assert after
    assert before.revision == after.revision


def test_a_to_do_that_comes_meanwhile_is_left_to_the_stream(
    storage: DynamoStorage, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = command.count_items

    def meanwhile(*args: Any, **options: Any) -> int:
        found = counting(*args, **options)
        store(storage.todos, people[1], new_todo())
        return found

    monkeypatch.setattr(command, "count_items", meanwhile)

    assert recount(storage.clients, INTO)["todos"] == 3
    user = storage.users.get(people[1])
    assert user
    assert user.todo_count == 4


def test_what_is_interrupted_replaces_nothing(
    storage: DynamoStorage, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    recount(storage.clients, INTO)
    assert storage.users.create(User(id="late", email="late@example.com"))
    write(storage, "UsersTable", {"userId": {"S": people[1]}}, "REMOVE todoCount")

    def failing(*_args: Any, **_options: Any) -> int:
        raise Unavailable

    monkeypatch.setattr(command, "count_items", failing)
    with pytest.raises(Unavailable):
        recount(storage.clients, INTO)

    assert storage.stats.read()["users"] == 3


def test_counting_goes_on_from_the_sums(storage: DynamoStorage, people: list[str]) -> None:
    from app.repositories.dynamodb.user_totals import change_of

    recount(storage.clients, INTO)
    image = {"userId": {"S": people[2]}, "revision": {"N": "1"}}

    UserTotals(storage.clients, "OperationsTable").count(
        [change_of({"dynamodb": {"SequenceNumber": "1", "OldImage": image}})]
    )

    assert storage.stats.read()["users"] == 2
