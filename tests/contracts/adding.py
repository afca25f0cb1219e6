"""The contract of adding to-dos in bulk, and of erasing all of a user's."""

from dataclasses import replace

from app.models.users import User
from app.ports.todos import Added, TodoRepository
from app.ports.users import UserRepository
from contracts.changes import LONG_AGO, add, delete, new_todo, old_todo, revision_of, store, titles


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

    def test_takes_the_largest_there_can_be(self, todos: TodoRepository, user_id: str):
        largest = {"notes": "🦊" * 10_000, "tags": tuple(f"{n:02}" + "🦊" * 48 for n in range(20))}
        added = [old_todo("🦊" * 500, **largest) for _ in range(30)]

        assert add(todos, user_id, added) == Added(stored=30)

        assert todos.get(user_id, added[-1].id) is not None

    def test_what_was_stored_before_it_was_given_up_stays_and_a_repetition_stores_the_rest(
        self, todos: TodoRepository, user_id: str
    ) -> None:
        added = [old_todo(str(n)) for n in range(60)]

        first = next(iter(todos.add(user_id, added)))

        assert 0 < first.stored <= 60
        assert len(titles(todos, user_id)) == first.stored
        assert add(todos, user_id, added) == Added(stored=60 - first.stored)
        assert len(titles(todos, user_id)) == 60

    def test_nothing_added_is_nothing_stored(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        assert add(todos, user_id, []) == Added()
        assert revision_of(users, user_id) == 0


class ErasingTodosContract:
    def test_erases_every_todo_and_tombstone_of_one_user(
        self, todos: TodoRepository, user_id: str, other_user_id: str
    ) -> None:
        added = [old_todo(str(n)) for n in range(300)]
        add(todos, user_id, added)
        deleted = store(todos, user_id, new_todo())
        delete(todos, user_id, deleted.id)
        store(todos, other_user_id, new_todo("theirs"))

        assert sum(todos.erase(user_id)) == 300

        assert titles(todos, user_id) == []
        assert [todos.get(user_id, todo.id) for todo in (*added, deleted)] == [None] * 301
        assert titles(todos, other_user_id) == ["theirs"]
        assert sum(todos.erase(user_id)) == 0

    def test_what_was_erased_may_be_made_again(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        gone = store(todos, user_id, new_todo())
        sum(todos.erase(user_id))
        users.delete(user_id)
        users.create(User(id=user_id, email="again@example.com"))

        assert store(todos, user_id, gone) == replace(gone, version=1, revision=1)
