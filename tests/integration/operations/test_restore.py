"""To-dos that were lost come back from a restored copy of their table, and everybody notices."""

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.models.moments import now
from app.models.todos import Todo, TodoQuery
from app.models.users import User
from app.repositories.dynamodb.storage import DynamoStorage
from operations.restore import Restored, Tables, restore
from support.storage import storage_at
from support.tables import create_table, create_tables, table_schemas

COPY = "TodosTableV2-restored"


@pytest.fixture(scope="module")
def storage(endpoint: str) -> Iterator[DynamoStorage]:
    with storage_at(endpoint) as storage:
        create_tables(storage.clients.dynamodb)
        create_table(storage.clients.dynamodb, COPY, table_schemas()["TodosTableV2"])
        yield storage


@pytest.fixture
def into(endpoint: str) -> Tables:
    return Tables("TodosTableV2", "UsersTable", "us-east-1", endpoint)


@pytest.fixture
def ada(storage: DynamoStorage) -> str:
    return new_user(storage)


def new_user(storage: DynamoStorage) -> str:
    user_id = str(uuid.uuid4())
    assert storage.users.create(User(id=user_id, email=f"{user_id}@example.com"))
    return user_id


def keep(storage: DynamoStorage, user_id: str, title: str) -> Todo:
    moment = now()
    todo = Todo(id=str(uuid.uuid4()), title=title, created_at=moment, updated_at=moment)
    stored = storage.todos.change(user_id, todo.id, lambda current: todo)
    assert stored is not None
    return stored


def copy_table(storage: DynamoStorage) -> None:
    """As point-in-time recovery would make it at this moment."""
    dynamodb = storage.clients.dynamodb
    for page in dynamodb.get_paginator("scan").paginate(TableName="TodosTableV2"):
        for item in page["Items"]:
            dynamodb.put_item(TableName=COPY, Item=item)


def titles(storage: DynamoStorage, user_id: str) -> dict[str, str]:
    return {todo.id: todo.title for todo in storage.todos.list(user_id, TodoQuery(), limit=100).items}


def revision(storage: DynamoStorage, user_id: str) -> int:
    user = storage.users.get(user_id)
    assert user is not None
    return user.revision


def test_what_is_gone_comes_back_and_what_changed_stays(cloud, storage, into, ada):
    gone, changed, same = (keep(storage, ada, title) for title in ("Gone", "Before", "Same"))
    copy_table(storage)
    storage.todos.change(ada, gone.id, lambda current: None)
    storage.todos.change(ada, changed.id, lambda current: replace(current, title="After"))
    later = keep(storage, ada, "Later")
    before = revision(storage, ada)

    result = restore(cloud, into, COPY, user=ada, overwrite=False)

    assert result == Restored(changed=1, unchanged=2)
    assert titles(storage, ada) == {gone.id: "Gone", changed.id: "After", same.id: "Same", later.id: "Later"}
    # its version is none that a client may hold already, and the owner's revision tells everybody
    back = storage.todos.get(ada, gone.id)
    assert back.version > gone.version + 1
    assert back.revision == revision(storage, ada) == before + 1


def test_what_changed_becomes_what_it_was_when_asked_for(cloud, storage, into, ada):
    changed, same = keep(storage, ada, "Before"), keep(storage, ada, "Same")
    copy_table(storage)
    storage.todos.change(ada, changed.id, lambda current: replace(current, title="Damaged"))

    result = restore(cloud, into, COPY, user=ada, overwrite=True)

    assert result == Restored(changed=1, unchanged=1)
    assert titles(storage, ada) == {changed.id: "Before", same.id: "Same"}
    # and doing it again changes nothing
    assert restore(cloud, into, COPY, user=ada, overwrite=True) == Restored(unchanged=2)


def test_what_a_copy_says_of_changes_is_no_longer_true(cloud, storage, into, ada):
    """Sync would otherwise take a restored field for one that has not changed since."""
    changed, same = keep(storage, ada, "Before"), keep(storage, ada, "Same")
    storage.todos.change(ada, changed.id, lambda current: replace(current, history="old"))
    copy_table(storage)
    for todo, title in ((changed, "Damaged"), (same, "Same")):
        storage.todos.change(ada, todo.id, lambda now, title=title: replace(now, title=title, history="new"))

    result = restore(cloud, into, COPY, user=ada, overwrite=True)

    assert result == Restored(changed=1, unchanged=1)
    states = {todo.title: todo.history for todo in storage.todos.list(ada, TodoQuery(), limit=9).items}
    assert states == {"Before": "", "Same": "new"}


def test_one_user_is_restored_alone_and_all_without_one(cloud, storage, into, ada):
    bob = new_user(storage)
    lost = {user: keep(storage, user, "Lost") for user in (ada, bob)}
    copy_table(storage)
    for user, todo in lost.items():
        storage.todos.change(user, todo.id, lambda current: None)

    assert restore(cloud, into, COPY, user=ada, overwrite=False).changed == 1
    assert (titles(storage, ada), titles(storage, bob)) == ({lost[ada].id: "Lost"}, {})

    restore(cloud, into, COPY, user=None, overwrite=False)
    assert titles(storage, bob) == {lost[bob].id: "Lost"}


def test_what_was_deleted_at_that_time_stays_deleted(cloud, storage, into, ada):
    todo = keep(storage, ada, "Deleted before")
    storage.todos.change(ada, todo.id, lambda current: None)
    copy_table(storage)

    assert restore(cloud, into, COPY, user=ada, overwrite=True) == Restored()
    assert titles(storage, ada) == {}


def test_who_has_left_gets_nothing_back(cloud, storage, into, ada):
    keep(storage, ada, "Private")
    copy_table(storage)
    for _ in storage.todos.erase(ada):
        pass
    assert storage.users.delete(ada)

    assert restore(cloud, into, COPY, user=ada, overwrite=False) == Restored(ownerless=1)
    assert titles(storage, ada) == {}
