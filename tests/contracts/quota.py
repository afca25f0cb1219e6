"""The contract of the quota of to-dos: the count on the user's record, and what happens when it is used up."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from app.models import TodoQuery
from app.ports import Added, TodoQuotaExceeded, TodoRepository, UserRepository
from app.repositories.dynamodb.storage import DynamoStorage
from contracts.changes import add, delete, edit, new_todo, store
from support.storage import Storage

QUOTA = 3


@pytest.fixture
def limited(storage: Storage) -> TodoRepository:
    return with_quota(storage, QUOTA)


def with_quota(storage: Storage, quota: int) -> TodoRepository:
    return DynamoStorage(storage.clients, replace(storage.settings, todo_quota=quota)).todos


def count_of(users: UserRepository, user_id: str) -> int | None:
    user = users.get(user_id)
    assert user is not None
    return user.todo_count


def live_ones(todos: TodoRepository, user_id: str) -> int:
    return len(todos.list(user_id, TodoQuery(), limit=1000).items)


class QuotaContract:
    def test_the_record_counts_live_todos(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        seen = [count_of(users, user_id)]
        first, second = store(todos, user_id, new_todo()), store(todos, user_id, new_todo())
        seen.append(count_of(users, user_id))
        edit(todos, user_id, first.id, title="x")
        seen.append(count_of(users, user_id))
        delete(todos, user_id, first.id)
        delete(todos, user_id, first.id)
        seen.append(count_of(users, user_id))
        store(todos, user_id, first)
        seen.append(count_of(users, user_id))
        add(todos, user_id, [second, *(new_todo() for _ in range(30))])
        seen.append(count_of(users, user_id))

        assert seen == [0, 2, 2, 1, 2, 32]

    def test_one_too_many_is_refused_with_the_usage_and_changes_nothing(
        self, limited: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        for _ in range(QUOTA):
            store(limited, user_id, new_todo())
        before = users.get(user_id)

        with pytest.raises(TodoQuotaExceeded) as refused:
            store(limited, user_id, new_todo())

        assert refused.value.members == {"usage": {"todos": 3, "maxTodos": 3}}
        assert users.get(user_id) == before
        assert live_ones(limited, user_id) == QUOTA

    def test_a_full_account_may_change_and_delete_and_then_create(
        self, limited: TodoRepository, user_id: str
    ) -> None:
        first, *_ = [store(limited, user_id, new_todo()) for _ in range(QUOTA)]

        edit(limited, user_id, first.id, title="x")
        delete(limited, user_id, first.id)
        with_room = store(limited, user_id, new_todo())

        assert with_room.version == 1
        with pytest.raises(TodoQuotaExceeded):  # a deleted one takes room again, too
            store(limited, user_id, first)

    def test_a_lower_quota_refuses_creations_only(
        self, storage: Storage, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        kept = [store(todos, user_id, new_todo()) for _ in range(QUOTA)]
        lowered = with_quota(storage, 1)

        edit(lowered, user_id, kept[0].id, title="x")
        delete(lowered, user_id, kept[1].id)

        assert count_of(users, user_id) == 2
        with pytest.raises(TodoQuotaExceeded):
            store(lowered, user_id, new_todo())
        assert add(lowered, user_id, [new_todo()]) == Added(over_quota=1)

    def test_adding_stops_at_the_quota_and_says_how_many_were_stored(
        self, storage: Storage, users: UserRepository, user_id: str
    ) -> None:
        limited = with_quota(storage, 40)
        there, gone = store(limited, user_id, new_todo()), store(limited, user_id, new_todo())
        delete(limited, user_id, gone.id)
        added = [there, gone, *(new_todo(str(n)) for n in range(100))]

        first, again = add(limited, user_id, added), add(limited, user_id, added)

        assert first == Added(stored=39, deleted=1, over_quota=61)
        assert again == Added(stored=0, deleted=1, over_quota=61)
        assert count_of(users, user_id) == live_ones(limited, user_id) == 40
        stored = {todo.title for todo in limited.list(user_id, TodoQuery(), limit=100).items}
        assert stored >= {str(n) for n in range(39)}

    def test_beyond_the_quota_what_is_there_or_was_deleted_is_told_from_what_does_not_fit(
        self, storage: Storage, user_id: str
    ) -> None:
        """Wherever it stands in the list."""
        limited = with_quota(storage, 5)
        there = [store(limited, user_id, new_todo()) for _ in range(2)]
        gone = [store(limited, user_id, new_todo()) for _ in range(2)]
        for todo in gone:
            delete(limited, user_id, todo.id)
        new = [new_todo(str(n)) for n in range(56)]

        added = add(limited, user_id, [new[0], there[0], gone[0], *new[1:], there[1], gone[1]])

        assert added == Added(stored=3, deleted=2, over_quota=53)


class QuotaItemContract:
    """How DynamoDB keeps the count, and counts where a record has none yet."""

    @pytest.mark.parametrize("first", ["create", "edit", "delete", "add"])
    def test_a_record_without_a_count_is_counted_once_at_its_next_change(
        self, storage: Storage, user_id: str, first: str
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
        assert count_of(users, user_id) == live_ones(todos, user_id)

    def test_a_change_that_is_refused_counts_nothing(self, storage: Storage, user_id: str) -> None:
        todo = store(storage.todos, user_id, new_todo())
        forget_the_count(storage, user_id)

        with calls(storage) as made:
            storage.todos.change(user_id, todo.id, lambda current: current)

        assert made == ["BatchGetItem"]

    def test_what_others_create_while_it_is_counted_is_counted_too(
        self, storage: Storage, user_id: str
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

        assert count_of(storage.users, user_id) == live_ones(storage.todos, user_id) == 2

    def test_a_creation_costs_two_calls(self, storage: Storage, user_id: str) -> None:
        with calls(storage) as made:
            store(with_quota(storage, QUOTA), user_id, new_todo())

        assert made == ["BatchGetItem", "TransactWriteItems"]

    def test_changes_of_the_profile_leave_the_count_alone(self, storage: Storage, user_id: str) -> None:
        store(storage.todos, user_id, new_todo())

        storage.users.update_profile(user_id, {"name": "Ada"})
        storage.users.set_status(user_id, "disabled")
        storage.users.revoke_tokens(user_id, 7)

        assert count_of(storage.users, user_id) == 1


def forget_the_count(storage: Storage, user_id: str) -> None:
    """As a release from before the quota left the record."""
    storage.clients.dynamodb.update_item(
        TableName=storage.settings.users_table,
        Key={"userId": {"S": user_id}},
        UpdateExpression="REMOVE todoCount",
    )


@contextmanager
def calls(storage: Storage) -> Iterator[list[str]]:
    """The names of the calls of DynamoDB, in order."""
    events, made = storage.clients.dynamodb.meta.events, list[str]()

    def note(model: object, **_: object) -> None:
        made.append(model.name)  # type: ignore[attr-defined]

    events.register_first("before-call.dynamodb", note)
    try:
        yield made
    finally:
        events.unregister("before-call.dynamodb", note)
