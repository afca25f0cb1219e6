"""The contract of the quota of to-dos: the count on the user's record, and what happens when it is used up."""

import pytest

from app.models.todos import TodoQuery
from app.models.users import User
from app.ports.todos import Added, TodoQuotaExceeded, TodoRepository
from app.ports.users import UserRepository
from contracts.changes import add, count_of, delete, edit, new_id, new_todo, store, titles
from contracts.fixtures import WithQuota

QUOTA = 3


class QuotaContract:
    @pytest.fixture
    def limited(self, todos_with_quota: WithQuota) -> TodoRepository:
        return todos_with_quota(QUOTA)

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
        assert len(titles(limited, user_id)) == QUOTA

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
        self, todos_with_quota: WithQuota, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        kept = [store(todos, user_id, new_todo()) for _ in range(QUOTA)]
        lowered = todos_with_quota(1)

        edit(lowered, user_id, kept[0].id, title="x")
        delete(lowered, user_id, kept[1].id)

        assert count_of(users, user_id) == 2
        with pytest.raises(TodoQuotaExceeded):
            store(lowered, user_id, new_todo())
        assert add(lowered, user_id, [new_todo()]) == Added(over_quota=1)

    def test_adding_stops_at_the_quota_and_says_how_many_were_stored(
        self, todos_with_quota: WithQuota, users: UserRepository, user_id: str
    ) -> None:
        limited = todos_with_quota(40)
        there, gone = store(limited, user_id, new_todo()), store(limited, user_id, new_todo())
        delete(limited, user_id, gone.id)
        added = [there, gone, *(new_todo(str(n)) for n in range(100))]

        first, again = add(limited, user_id, added), add(limited, user_id, added)

        assert first == Added(stored=39, deleted=1, over_quota=61)
        assert again == Added(stored=0, deleted=1, over_quota=61)
        assert count_of(users, user_id) == len(titles(limited, user_id)) == 40
        assert set(titles(limited, user_id)) >= {str(n) for n in range(39)}

    def test_adding_does_not_go_on_when_there_is_room_again(
        self, todos_with_quota: WithQuota, user_id: str
    ) -> None:
        limited = todos_with_quota(30)
        added = [new_todo(str(n)) for n in range(80)]

        steps = []
        for step in limited.add(user_id, added):
            steps.append(step)
            if step.over_quota:
                delete(limited, user_id, limited.list(user_id, TodoQuery(), limit=1).items[0].id)

        assert sum(steps, Added()) == Added(stored=30, over_quota=50)

    def test_beyond_the_quota_stored_and_deleted_todos_are_counted_apart(
        self, todos_with_quota: WithQuota, user_id: str
    ) -> None:
        """Wherever it stands in the list."""
        limited = todos_with_quota(5)
        there = [store(limited, user_id, new_todo()) for _ in range(2)]
        gone = [store(limited, user_id, new_todo()) for _ in range(2)]
        for todo in gone:
            delete(limited, user_id, todo.id)
        new = [new_todo(str(n)) for n in range(56)]

        added = add(limited, user_id, [new[0], there[0], gone[0], *new[1:], there[1], gone[1]])

        assert added == Added(stored=3, deleted=2, over_quota=53)

    def test_a_record_without_a_count_is_counted_at_its_next_change(
        self, todos: TodoRepository, users: UserRepository
    ) -> None:
        user_id = new_id()
        users.create(User(id=user_id, email=f"{user_id}@example.com", todo_count=None))

        added = add(todos, user_id, [new_todo(), new_todo()])

        assert added == Added(stored=2)
        assert count_of(users, user_id) == 2

    def test_changes_of_the_profile_leave_the_count_alone(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        store(todos, user_id, new_todo())

        users.update_profile(user_id, {"name": "Ada"})
        users.set_status(user_id, "disabled")
        users.revoke_tokens(user_id, 7)

        assert count_of(users, user_id) == 1
