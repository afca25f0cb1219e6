"""How DynamoDB keeps the count of to-dos, and counts where a record has none yet."""

import pytest

from app.repositories.dynamodb.storage import DynamoStorage
from contracts.changes import add, count_of, delete, edit, new_todo, store, titles
from contracts.fixtures import WithQuota
from engines.dynamodb.items import calls, forget_the_count


class TestCounting:
    @pytest.mark.parametrize("first", ["create", "edit", "delete", "add"])
    def test_a_record_without_a_count_is_counted_once_at_its_next_change(
        self, storage: DynamoStorage, user_id: str, first: str
    ) -> None:
        todos, users = storage.todos, storage.users
        kept, gone = store(todos, user_id, new_todo()), store(todos, user_id, new_todo())
        add(todos, user_id, [new_todo() for _ in range(3)])
        delete(todos, user_id, gone.id)
        forget_the_count(storage, user_id)
        assert count_of(users, user_id) is None
        changes = {
            "create": lambda: store(todos, user_id, new_todo()),
            "edit": lambda: edit(todos, user_id, kept.id, title="x"),
            "delete": lambda: delete(todos, user_id, kept.id),
            "add": lambda: add(todos, user_id, [new_todo(), new_todo()]),
        }

        with calls(storage) as made:
            changes[first]()
            store(todos, user_id, new_todo())

        assert made.count("Query") == 1
        assert count_of(users, user_id) == len(titles(todos, user_id))

    def test_a_change_that_is_refused_counts_nothing(self, storage: DynamoStorage, user_id: str) -> None:
        todo = store(storage.todos, user_id, new_todo())
        forget_the_count(storage, user_id)

        with calls(storage) as made:
            storage.todos.change(user_id, todo.id, lambda current: current)

        assert made == ["BatchGetItem"]

    def test_what_others_create_while_it_is_counted_is_counted_too(
        self, storage: DynamoStorage, user_id: str
    ) -> None:
        forget_the_count(storage, user_id)
        interfere = [lambda: store(storage.todos, user_id, new_todo("theirs"))]
        events, event = storage.clients.dynamodb.meta.events, "after-call.dynamodb.Query"

        def meddle(**_: object) -> None:
            if interfere:
                interfere.pop()()

        events.register(event, meddle)
        try:
            store(storage.todos, user_id, new_todo("mine"))
        finally:
            events.unregister(event, meddle)

        assert count_of(storage.users, user_id) == len(titles(storage.todos, user_id)) == 2

    def test_a_creation_costs_two_calls(
        self, storage: DynamoStorage, todos_with_quota: WithQuota, user_id: str
    ) -> None:
        with calls(storage) as made:
            store(todos_with_quota(3), user_id, new_todo())

        assert made == ["BatchGetItem", "TransactWriteItems"]
