"""How DynamoDB adds and erases many to-dos: in transactions and batches."""

import pytest

from app.errors import Unavailable
from app.ports.todos import Added, TodoRepository
from app.repositories.dynamodb.storage import DynamoStorage
from contracts.changes import add, delete, new_todo, old_todo, store, titles
from engines.dynamodb.items import count_items


class TestAdding:
    def test_what_is_all_there_costs_no_write(
        self, todos: TodoRepository, user_id: str, storage: DynamoStorage
    ):
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

    def test_a_change_in_between_is_not_lost(
        self, todos: TodoRepository, user_id: str, storage: DynamoStorage
    ):
        todo = old_todo()
        interfere = [lambda: store(todos, user_id, new_todo("theirs", id=todo.id))]
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
        self, todos: TodoRepository, user_id: str, storage: DynamoStorage
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


class TestErasing:
    def test_no_item_is_left_of_a_user(
        self, todos: TodoRepository, user_id: str, storage: DynamoStorage
    ) -> None:
        add(todos, user_id, [old_todo(str(n)) for n in range(30)])
        delete(todos, user_id, store(todos, user_id, new_todo()).id)

        assert sum(todos.erase(user_id)) == 30

        assert count_items(storage, storage.tables["todos"], "userId", user_id) == 0

    def test_what_is_left_over_of_a_batch_is_sent_again(
        self, todos: TodoRepository, user_id: str, storage: DynamoStorage
    ):
        add(todos, user_id, [old_todo() for _ in range(30)])
        events, refused = storage.clients.dynamodb.meta.events, []

        def keep_some(params: dict, **_: object) -> None:
            """DynamoDB takes what it can; here one item less than it was sent, for a while."""
            body = params["body"].decode() if isinstance(params["body"], bytes) else params["body"]
            refused.append(body.count("DeleteRequest"))

        def leave_over(parsed: dict, **_: object) -> None:
            table = storage.tables["todos"]
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

        assert refused == [25, 1, 1, 6]  # the pointer to the profile is the 31st

    def test_of_who_has_left_the_marker_alone_is_kept(
        self, storage: DynamoStorage, user_id: str, other_user_id: str
    ) -> None:
        for owner in (user_id, other_user_id):
            for key in range(3):
                storage.operations.claim(owner, f"key-{key}", "fingerprint", owner="me", resource_id="r")

        storage.erasures.begin(user_id)
        assert sum(storage.erasures.erase_operations(user_id)) == 3
        storage.erasures.finish(user_id)

        table = storage.tables["operations"]
        assert count_items(storage, table, "pk", f"user#{user_id}") == 1
        assert count_items(storage, table, "pk", f"user#{other_user_id}") == 3
