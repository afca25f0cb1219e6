"""Stored data are brought up to this version: step by step, each safe to repeat and to interrupt."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pytest

from app.clients import Clients
from app.errors import Unavailable
from app.models import Todo, TodoQuery, Tombstone, User
from app.repositories.todos import DynamoTodos
from devstack.errors import StackError
from operations.journal import Journal, Work
from operations.migrate import migrate, steps
from operations.restore import Tables, restore
from support.storage import Storage, storage_at
from support.tables import create_table, create_tables, table_schemas

NFD = {"title": "Cafe\u0301", "notes": "Cre\u0300me", "tags": ("e\u0301", "\u00e9"), "list": "A\u030a"}
NFC = {"title": "Caf\u00e9", "notes": "Cr\u00e8me", "tags": ("\u00e9",), "list": "\u00c5"}


@pytest.fixture(scope="module")
def storage(endpoint: str) -> Iterator[Storage]:
    with storage_at(endpoint) as storage:
        create_tables(storage.clients.dynamodb)
        yield storage


@pytest.fixture
def into(endpoint: str) -> Tables:
    return Tables("TodosTable", "UsersTable", "us-east-1", endpoint)


@pytest.fixture
def journal(storage: Storage) -> Journal:
    journal = Journal(storage.clients.dynamodb, "OperationsTable")
    for step in steps():
        journal.forget(step)
    return journal


@pytest.fixture
def ada(storage: Storage) -> str:
    user_id = str(uuid.uuid4())
    assert storage.users.create(User(id=user_id, email=f"{user_id}@example.com", name="Rene\u0301"))
    return user_id


def keep(storage: Storage, user_id: str, **fields) -> Todo:
    todo = Todo(id=str(uuid.uuid4()), **fields)
    stored = storage.todos.change(user_id, todo.id, lambda _: todo)
    assert stored is not None
    return stored


def test_text_is_composed_as_a_change_that_every_device_notices(storage, into, journal, ada):
    old, fine = keep(storage, ada, **NFD), keep(storage, ada, **NFC)
    gone = keep(storage, ada, title="e\u0301")
    storage.todos.change(ada, gone.id, lambda _: None)
    before = storage.users.get(ada).revision

    migrate(into, journal)

    new = storage.todos.get(ada, old.id)
    assert new == replace(old, **NFC, version=old.version + 1, revision=before + 1)
    assert storage.todos.get(ada, fine.id) == fine
    assert isinstance(storage.todos.get(ada, gone.id), Tombstone)
    assert storage.users.get(ada).revision == before + 1
    assert storage.users.get(ada).name == "Ren\u00e9"
    assert [
        todo.id for todo in storage.todos.list(ada, TodoQuery(tag="\u00e9", list="\u00c5"), limit=9).items
    ] == [
        old.id,
        fine.id,
    ]


def test_a_repetition_changes_nothing(storage, into, journal, ada, capsys):
    keep(storage, ada, **NFD)
    migrate(into, journal)
    before = storage.users.get(ada)
    capsys.readouterr()

    migrate(into, journal)
    assert capsys.readouterr().out.splitlines() == [f"{name}: done before" for name in steps()]
    migrate(into, journal, again=True)

    assert storage.users.get(ada) == before


def test_an_interrupted_step_is_run_again_and_what_was_done_stays(storage, into, journal, ada, monkeypatch):
    todos = [keep(storage, ada, **NFD) for _ in range(3)]
    change, calls = DynamoTodos.change, iter([None, Unavailable()])

    def interrupted(*given):
        if error := next(calls, None):
            raise error
        return change(*given)

    with monkeypatch.context() as patch:
        patch.setattr(DynamoTodos, "change", interrupted)
        with pytest.raises(StackError, match="run it again"):
            migrate(into, journal)
    migrate(into, journal)

    assert {storage.todos.get(ada, todo.id).title for todo in todos} == {"Caf\u00e9"}
    assert {storage.todos.get(ada, todo.id).version for todo in todos} == {2}


def test_a_large_table_is_read_on_from_where_it_stopped(storage, into, journal, endpoint):
    dynamodb = storage.clients.dynamodb
    create_table(dynamodb, "Large", table_schemas()["TodosTable"])
    for number in range(7):
        dynamodb.put_item(TableName="Large", Item={"userId": {"S": "ada"}, "todoId": {"S": f"{number}"}})
    clients = Clients(into)

    first = Work("m0001_todo_text", into, clients, journal, page_size=2)
    read = [item["todoId"]["S"] for item in islice(first.items("Large"), 5)]
    second = Work("m0001_todo_text", into, clients, journal, page_size=2)
    rest = [item["todoId"]["S"] for item in second.items("Large")]

    assert read == ["0", "1", "2", "3", "4"]
    assert rest == ["4", "5", "6"]


def test_todos_of_an_account_that_is_being_deleted_are_left_alone(storage, into, journal, ada):
    todo = keep(storage, ada, **NFD)
    assert storage.users.close(ada)

    migrate(into, journal)

    assert storage.todos.get(ada, todo.id) == todo


def test_a_restored_todo_is_composed_too(cloud, storage, into, ada):
    create_table(storage.clients.dynamodb, "Copy", table_schemas()["TodosTable"])
    todo = keep(storage, ada, **NFD)
    item = storage.clients.dynamodb.get_item(
        TableName="TodosTable", Key={"userId": {"S": ada}, "todoId": {"S": todo.id}}
    )["Item"]
    storage.clients.dynamodb.put_item(TableName="Copy", Item=item)
    storage.todos.change(ada, todo.id, lambda _: None)

    restore(cloud, into, "Copy", user=ada, overwrite=False)

    assert storage.todos.get(ada, todo.id).title == "Caf\u00e9"
