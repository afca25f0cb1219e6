"""The contract of erasing: what closes, what goes, and what is added in bulk."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.errors import Unavailable
from app.models import Todo, TodoQuery
from app.ports import Added, TodoRepository, UserRecordMissing, UserRepository
from app.repositories.dynamodb.erasures import DynamoErasures
from app.repositories.dynamodb.mail import DynamoMail
from contracts.changes import add, new_todo, store
from support.storage import Storage

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def old_todo(title: str = "old", **fields) -> Todo:
    times = {"created_at": LONG_AGO, "updated_at": LONG_AGO}
    return Todo(id=str(uuid.uuid4()), title=title, **{**times, **fields})


def titles(todos: TodoRepository, user_id: str) -> list[str]:
    return sorted(todo.title for todo in todos.list(user_id, TodoQuery(), limit=1000).items)


class ClosingContract:
    def test_a_closed_record_stays_closed_whoever_opens_or_locks_it(
        self, users: UserRepository, user_id: str
    ):
        closed = users.close(user_id)

        assert closed is not None
        assert closed.status == "deleting"
        assert users.set_status(user_id, "active") is None
        assert users.set_status(user_id, "disabled") is None
        assert users.get(user_id) == closed

    def test_nothing_changes_after_it_has_closed(
        self, users: UserRepository, todos: TodoRepository, user_id: str
    ):
        todo = store(todos, user_id, new_todo())
        users.close(user_id)

        with pytest.raises(UserRecordMissing):
            todos.change(user_id, todo.id, lambda _: None)
        with pytest.raises(UserRecordMissing):
            add(todos, user_id, [old_todo()])

        assert todos.get(user_id, todo.id) == todo

    def test_a_change_that_was_under_way_when_it_closed_fails(
        self, users: UserRepository, todos: TodoRepository, user_id: str
    ):
        def decide(_current: Todo | None) -> Todo:
            users.close(user_id)
            return new_todo("late")

        with pytest.raises(UserRecordMissing):
            todos.change(user_id, str(uuid.uuid4()), decide)

        assert titles(todos, user_id) == []

    def test_there_is_no_closing_or_deleting_of_nobody(self, users: UserRepository):
        assert users.close("nobody") is None
        assert users.delete("nobody") is False
        assert users.get("nobody") is None

    def test_a_deleted_record_is_gone(self, users: UserRepository, user_id: str):
        assert users.delete(user_id) is True

        assert users.get(user_id) is None
        assert users.delete(user_id) is False


class AddingContract:
    def test_keeps_every_field_and_gives_each_its_own_revision(self, todos: TodoRepository, user_id: str):
        before = store(todos, user_id, new_todo("before"))
        added = [old_todo("one", completed=True, completed_at=LONG_AGO), old_todo("two", tags=("a",))]

        assert add(todos, user_id, added) == Added(stored=2)

        for revision, todo in enumerate(added, before.revision + 1):
            assert todos.get(user_id, todo.id) == replace(todo, version=1, revision=revision)
        after = store(todos, user_id, new_todo("after"))
        assert after.revision == before.revision + 3

    def test_leaves_what_is_there_and_what_was_deleted(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ):
        there, deleted = store(todos, user_id, new_todo()), store(todos, user_id, new_todo())
        todos.change(user_id, deleted.id, lambda _: None)
        tombstone, before = todos.get(user_id, deleted.id), users.get(user_id)

        added = add(todos, user_id, [replace(there, title="other"), replace(deleted, title="back")])

        assert added == Added(deleted=1)
        assert todos.get(user_id, there.id) == there
        assert todos.get(user_id, deleted.id) == tombstone
        assert users.get(user_id) == before

    def test_what_is_all_there_costs_no_write(self, todos: TodoRepository, user_id: str, storage: Storage):
        there = store(todos, user_id, new_todo())
        events, event = storage.clients.dynamodb.meta.events, "before-call.dynamodb.TransactWriteItems"
        written: list[object] = []

        def note(**call: object) -> None:
            written.append(call)

        events.register(event, note)
        try:
            assert add(todos, user_id, [there]) == Added()
        finally:
            events.unregister(event, note)

        assert written == []

    def test_a_change_in_between_is_not_lost(self, todos: TodoRepository, user_id: str, storage: Storage):
        todo = old_todo()
        interfere = [lambda: store(todos, user_id, replace(new_todo("theirs"), id=todo.id))]
        events = storage.clients.dynamodb.meta.events

        def meddle(**_: object) -> None:
            if interfere:
                interfere.pop()()

        events.register("before-call.dynamodb.TransactWriteItems", meddle)
        try:
            assert add(todos, user_id, [todo]) == Added()
        finally:
            events.unregister("before-call.dynamodb.TransactWriteItems", meddle)

        assert titles(todos, user_id) == ["theirs"]

    def test_what_was_stored_before_a_failure_stays_and_a_repetition_stores_the_rest(
        self, todos: TodoRepository, user_id: str, storage: Storage
    ):
        added, written = [old_todo(str(n)) for n in range(60)], []
        events, event = storage.clients.dynamodb.meta.events, "before-call.dynamodb.TransactWriteItems"

        def fail_the_second(**_: object) -> None:
            written.append(None)
            if len(written) == 2:
                raise Unavailable

        events.register(event, fail_the_second)
        try:
            with pytest.raises(Unavailable):
                add(todos, user_id, added)
        finally:
            events.unregister(event, fail_the_second)
        stored = len(titles(todos, user_id))

        assert 0 < stored < 60
        assert add(todos, user_id, added) == Added(stored=60 - stored)
        assert len(titles(todos, user_id)) == 60

    def test_takes_the_largest_there_can_be(self, todos: TodoRepository, user_id: str):
        largest = {"notes": "🦊" * 10_000, "tags": tuple(f"{n:02}" + "🦊" * 48 for n in range(20))}
        added = [old_todo("🦊" * 500, **largest) for _ in range(30)]

        assert add(todos, user_id, added) == Added(stored=30)

        assert todos.get(user_id, added[-1].id) is not None


class ErasingContract:
    def test_erases_every_todo_and_tombstone_of_one_user(
        self, todos: TodoRepository, user_id: str, other_user_id: str, storage: Storage
    ):
        add(todos, user_id, [old_todo(str(n)) for n in range(300)])
        deleted = store(todos, user_id, new_todo())
        todos.change(user_id, deleted.id, lambda _: None)
        store(todos, other_user_id, new_todo("theirs"))

        assert sum(todos.erase(user_id)) == 300

        assert count_items(storage, storage.settings.todos_table, "userId", user_id) == 0
        assert titles(todos, other_user_id) == ["theirs"]
        assert sum(todos.erase(user_id)) == 0

    def test_what_is_left_over_of_a_batch_is_sent_again(
        self, todos: TodoRepository, user_id: str, storage: Storage
    ):
        add(todos, user_id, [old_todo() for _ in range(30)])
        events, refused = storage.clients.dynamodb.meta.events, []

        def keep_some(params: dict, **_: object) -> None:
            """DynamoDB takes what it can; here one item less than it was sent, for a while."""
            body = params["body"].decode() if isinstance(params["body"], bytes) else params["body"]
            refused.append(body.count("DeleteRequest"))

        def leave_over(parsed: dict, **_: object) -> None:
            table = storage.settings.todos_table
            if len(refused) < 3:
                left = {"DeleteRequest": {"Key": {"userId": {"S": user_id}, "todoId": {"S": "left"}}}}
                parsed["UnprocessedItems"] = {table: [left]}

        events.register("before-call.dynamodb.BatchWriteItem", keep_some)
        events.register("after-call.dynamodb.BatchWriteItem", leave_over)
        try:
            assert sum(todos.erase(user_id)) == 30
        finally:
            events.unregister("before-call.dynamodb.BatchWriteItem", keep_some)
            events.unregister("after-call.dynamodb.BatchWriteItem", leave_over)

        assert refused == [25, 1, 1, 5]

    def test_no_mail_goes_to_who_has_left_or_is_leaving(
        self, storage: Storage, user_id: str, other_user_id: str
    ):
        """The marker is written by one repository and read by the other."""
        erasures = DynamoErasures(storage.clients, storage.settings.operations_table, storage.clock)
        mail = DynamoMail(storage.clients, storage.settings.operations_table, storage.clock)
        assert not mail.is_erased(user_id)

        erasures.begin(user_id)
        assert mail.is_erased(user_id)
        erasures.finish(user_id)

        assert mail.is_erased(user_id)
        assert not mail.is_erased(other_user_id)

    def test_the_marker_says_how_far_it_is_and_nothing_else_of_the_user_stays(
        self, storage: Storage, user_id: str, other_user_id: str
    ):
        erasures = DynamoErasures(storage.clients, storage.settings.operations_table, storage.clock)
        for owner in (user_id, other_user_id):
            for key in range(3):
                storage.operations.claim(owner, f"key-{key}", "fingerprint", owner="me", resource_id="r")
        assert erasures.state(user_id) is None

        erasures.begin(user_id)
        assert erasures.state(user_id) == "begun"
        assert sum(erasures.erase_operations(user_id)) == 3
        erasures.finish(user_id)
        erasures.begin(user_id)

        assert erasures.state(user_id) == "finished"
        table = storage.settings.operations_table
        assert count_items(storage, table, "pk", f"user#{user_id}") == 1
        assert count_items(storage, table, "pk", f"user#{other_user_id}") == 3
        assert erasures.state(other_user_id) is None


def count_items(storage: Storage, table: str, name: str, value: str) -> int:
    return storage.clients.dynamodb.query(
        TableName=table,
        KeyConditionExpression=f"{name} = :value",
        ExpressionAttributeValues={":value": {"S": value}},
        ConsistentRead=True,
    )["Count"]
