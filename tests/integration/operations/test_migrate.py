"""Stored data are brought up to this version: step by step, each safe to repeat and to interrupt."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pytest

from app.aws.clients import Clients
from app.errors import Unavailable
from app.models.todos import Todo, TodoQuery, Tombstone
from app.models.user_data import EventOrder, UserData
from app.models.users import User, UserQuery
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.dynamodb.todos import DynamoTodos
from app.repositories.dynamodb.user_data import DynamoUserData
from contracts.files import reserved
from operations.journal import Journal, Work
from operations.migrate import migrate, steps
from operations.restore import Tables, restore
from project.errors import StackError
from support.storage import storage_at
from support.tables import create_table, create_tables, table_schemas

NFD = {"title": "Cafe\u0301", "notes": "Cre\u0300me", "tags": ("e\u0301", "\u00e9"), "list": "A\u030a"}
NFC = {"title": "Caf\u00e9", "notes": "Cr\u00e8me", "tags": ("\u00e9",), "list": "\u00c5"}


@pytest.fixture(scope="module")
def storage(endpoint: str) -> Iterator[DynamoStorage]:
    with storage_at(endpoint) as storage:
        create_tables(storage.clients.dynamodb)
        yield storage


@pytest.fixture
def into(endpoint: str, pool: str) -> Tables:
    return Tables(
        "TodosTableV2",
        "UsersTable",
        "us-east-1",
        endpoint,
        user_data_table="UserDataTable",
        operations_table="OperationsTable",
        files_table="FilesTable",
        user_pool_id=pool,
    )


@pytest.fixture(scope="module")
def pool(storage: DynamoStorage) -> str:
    made = storage.clients.cognito.create_user_pool(
        PoolName="migrated", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"]
    )
    return made["UserPool"]["Id"]


@pytest.fixture
def journal(storage: DynamoStorage) -> Journal:
    journal = Journal(storage.clients.dynamodb, "OperationsTable")
    for step in steps():
        journal.forget(step)
    return journal


@pytest.fixture
def ada(storage: DynamoStorage) -> str:
    user_id = str(uuid.uuid4())
    assert storage.users.create(User(id=user_id, email=f"{user_id}@example.com", name="Rene\u0301"))
    return user_id


def keep(storage: DynamoStorage, user_id: str, **fields) -> Todo:
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
    create_table(dynamodb, "Large", table_schemas()["TodosTableV2"])
    for number in range(7):
        dynamodb.put_item(TableName="Large", Item={"userId": {"S": "ada"}, "todoId": {"S": f"{number}"}})
    clients = Clients(into.aws_region, into.aws_endpoint_url)

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
    create_table(storage.clients.dynamodb, "Copy", table_schemas()["TodosTableV2"])
    todo = keep(storage, ada, **NFD)
    item = storage.clients.dynamodb.get_item(
        TableName="TodosTableV2", Key={"userId": {"S": ada}, "todoId": {"S": todo.id}}
    )["Item"]
    storage.clients.dynamodb.put_item(TableName="Copy", Item=item)
    storage.todos.change(ada, todo.id, lambda _: None)

    restore(cloud, into, "Copy", user=ada, overwrite=False)

    assert storage.todos.get(ada, todo.id).title == "Caf\u00e9"


def test_records_are_found_by_the_one_form_of_their_address_and_names_are_clean(storage, into, journal):
    user_id = str(uuid.uuid4())
    record = User(id=user_id, email=f"{user_id}@faß.example", name="Ada\u202e\u0007King")
    storage.users.create(record)
    fine = User(id=str(uuid.uuid4()), email=f"x{user_id}@example.com", name="Ada King")
    storage.users.create(fine)

    migrate(into, journal)

    address = f"{user_id}@xn--fa-hia.example"
    [found] = storage.users.search(UserQuery(email=address), limit=2).items
    assert found == replace(record, email=address, name="Ada King")
    assert storage.users.get(fine.id) == fine


ORDERS = {"newer": EventOrder(9, "s", "9"), "older": EventOrder(1, "s", "1")}


@pytest.mark.parametrize("there", [None, "newer", "older"])
def test_raw_data_of_every_form_of_an_address_become_one_record_the_newest(storage, into, journal, there):
    user_data = DynamoUserData(storage.clients, storage.tables["user_data"])
    name = uuid.uuid4().hex
    old, address = f"{name}@mu\u0308nchen.example", f"{name}@xn--mnchen-3ya.example"
    user_data.upsert([(UserData(email=old, name="moved", attributes={"a": [1]}), EventOrder(5, "s", "5"))])
    user_data.link(old, "ada")
    if there:
        user_data.upsert([(UserData(email=address, name=there), ORDERS[there])])

    migrate(into, journal)

    held = user_data.get(address)
    assert (held.name, held.user_id) == ("newer" if there == "newer" else "moved", "ada")
    assert user_data.get(old) is None


def test_accounts_of_the_pool_sign_in_by_the_one_form_of_their_address(storage, into, journal, pool):
    cognito, name = storage.clients.cognito, uuid.uuid4().hex
    for email in (f"{name}@faß.example", f"{name}@example.com"):
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        )

    migrate(into, journal)

    found = cognito.admin_get_user(UserPoolId=pool, Username=f"{name}@xn--fa-hia.example")
    said = {one["Name"]: one["Value"] for one in found["UserAttributes"]}
    assert (said["email"], said["email_verified"]) == (f"{name}@xn--fa-hia.example", "true")
    assert cognito.admin_get_user(UserPoolId=pool, Username=f"{name}@example.com")


def test_profiles_and_files_get_their_pointers_once(storage, into, journal, ada):
    files = [reserved(storage.files, ada) for _ in range(95)]
    todo = keep(storage, ada, title="x")
    for item in pointers_of(storage, ada):
        storage.clients.dynamodb.delete_item(TableName="TodosTableV2", Key=key_of(item))
    before = storage.users.get(ada).revision

    migrate(into, journal)
    migrate(into, journal, again=True)

    page = storage.feed.after(ada, before, until=storage.users.get(ada).revision, limit=1000)
    assert {(entry.type, entry.id, entry.version) for entry in page.entries} == {
        ("profile", ada, 1),
        *(("file", file.id, 1) for file in files),
    }
    assert storage.users.get(ada).revision == before + 96
    assert storage.todos.get(ada, todo.id) == todo


def pointers_of(storage: DynamoStorage, user_id: str) -> list[dict]:
    pages = storage.clients.dynamodb.get_paginator("query").paginate(
        TableName="TodosTableV2",
        KeyConditionExpression="userId = :user AND begins_with(todoId, :start)",
        ExpressionAttributeValues={":user": {"S": user_id}, ":start": {"S": "#"}},
    )
    return [item for page in pages for item in page["Items"]]


def key_of(item: dict) -> dict:
    return {name: item[name] for name in ("userId", "todoId")}
