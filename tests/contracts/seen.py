"""The contract of changes whose caller says what it has seen: that is never an answer without the write."""

from dataclasses import replace

import pytest

from app.errors import AppError, NotFound
from app.models.todos import Todo, Tombstone, live
from app.models.users import User
from app.ports.todos import Seen, TodoRepository
from app.ports.users import UserRecordMissing, UserRepository
from contracts.changes import count_of, delete, edit, editing, new_todo, revision_of, store


def account_of(users: UserRepository, user_id: str) -> User:
    account = users.get(user_id)
    assert account is not None
    return account


class SeenContract:
    @pytest.fixture
    def todo(self, todos: TodoRepository, user_id: str) -> Todo:
        return store(todos, user_id, new_todo())

    @pytest.fixture
    def seen(self, users: UserRepository, user_id: str, todo: Todo) -> Seen:
        return Seen(account_of(users, user_id), todo)

    def test_a_change_of_what_is_still_so(
        self, todos: TodoRepository, users: UserRepository, user_id: str, todo: Todo, seen: Seen
    ) -> None:
        changed = todos.change(user_id, todo.id, editing(title="mine"), seen=seen)

        assert changed == todos.get(user_id, todo.id) == replace(todo, title="mine", version=2, revision=2)
        assert (revision_of(users, user_id), count_of(users, user_id)) == (2, 1)

    def test_what_was_seen_keeps_its_history(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        todo = store(todos, user_id, new_todo(history="one"))

        edited = todos.change(
            user_id, todo.id, editing(title="x"), seen=Seen(account_of(users, user_id), todo)
        )
        todos.change(user_id, todo.id, lambda _: None, seen=Seen(account_of(users, user_id), edited))
        tombstone = todos.get(user_id, todo.id)

        def restore(current: Todo | Tombstone | None) -> Todo:
            assert isinstance(current, Tombstone)
            return replace(todo, history=f"{current.history}, two")

        back = todos.change(user_id, todo.id, restore, seen=Seen(account_of(users, user_id), tombstone))

        assert edited is not None
        assert (edited.history, back and back.history) == ("one", "one, two")
        assert todos.get(user_id, todo.id) == back

    def test_a_creation_beside_an_account_that_is_still_so(
        self, todos: TodoRepository, users: UserRepository, user_id: str, todo: Todo, seen: Seen
    ) -> None:
        new = new_todo("new")

        created = todos.change(user_id, new.id, lambda _: new, seen=replace(seen, todo=None))

        assert created == todos.get(user_id, new.id) == replace(new, version=1, revision=2)
        assert count_of(users, user_id) == 2

    def test_an_account_that_has_changed_since(
        self, todos: TodoRepository, users: UserRepository, user_id: str, todo: Todo, seen: Seen
    ) -> None:
        store(todos, user_id, new_todo("another"))

        changed = todos.change(user_id, todo.id, editing(title="mine"), seen=seen)

        assert changed == replace(todo, title="mine", version=2, revision=3)
        assert count_of(users, user_id) == 2

    def test_a_todo_that_has_changed_since_is_decided_again(
        self, todos: TodoRepository, user_id: str, todo: Todo, seen: Seen
    ) -> None:
        edit(todos, user_id, todo.id, notes="theirs")

        changed = todos.change(user_id, todo.id, editing(title="mine"), seen=seen)

        assert changed == replace(todo, title="mine", notes="theirs", version=3, revision=3)

    def test_a_todo_that_was_deleted_since_is_decided_again(
        self, todos: TodoRepository, user_id: str, todo: Todo, seen: Seen
    ) -> None:
        delete(todos, user_id, todo.id)
        found: list[object] = []

        def decide(current: Todo | Tombstone | None) -> Todo:
            found.append(current)
            if isinstance(current, Tombstone):
                raise NotFound
            return replace(todo, title="mine")

        with pytest.raises(NotFound):
            todos.change(user_id, todo.id, decide, seen=seen)
        assert isinstance(found[-1], Tombstone)
        assert isinstance(todos.get(user_id, todo.id), Tombstone)

    def test_a_creation_of_what_is_there_is_decided_again(
        self, todos: TodoRepository, user_id: str, todo: Todo, seen: Seen
    ) -> None:
        kept = todos.change(
            user_id, todo.id, lambda current: live(current) or new_todo("mine"), seen=replace(seen, todo=None)
        )

        assert kept == todos.get(user_id, todo.id) == todo

    def test_a_refusal_is_no_answer_where_what_was_seen_is_outdated(
        self, todos: TodoRepository, user_id: str, todo: Todo, seen: Seen
    ) -> None:
        edit(todos, user_id, todo.id, notes="theirs")

        def decide(current: Todo | Tombstone | None) -> Todo:
            if not isinstance(current, Todo) or current.version != 2:
                raise AppError
            return replace(current, title="mine")

        changed = todos.change(user_id, todo.id, decide, seen=seen)

        assert changed is not None
        assert (changed.title, changed.version) == ("mine", 3)

    def test_no_change_is_no_answer_where_what_was_seen_is_outdated(
        self, todos: TodoRepository, user_id: str, todo: Todo, seen: Seen
    ) -> None:
        theirs = edit(todos, user_id, todo.id, notes="theirs")

        assert todos.change(user_id, todo.id, live, seen=seen) == theirs

    def test_an_account_that_is_being_deleted_takes_nothing(
        self, todos: TodoRepository, users: UserRepository, user_id: str, todo: Todo, seen: Seen
    ) -> None:
        """Its erasure may have passed the to-dos already."""
        users.close(user_id)

        for known in (seen, replace(seen, todo=None), Seen(seen.account)):
            with pytest.raises(UserRecordMissing):
                todos.change(user_id, todo.id, lambda _: new_todo("late"), seen=known)
        assert todos.get(user_id, todo.id) == todo

    @pytest.fixture
    def read(self, todos: TodoRepository, user_id: str, todo: Todo) -> Seen:
        """What a request reads of a to-do that it will change."""
        return seen_of(todos, user_id, todo.id)

    def test_the_account_and_a_todo_are_read(
        self, users: UserRepository, user_id: str, todo: Todo, read: Seen
    ) -> None:
        assert read == Seen(account_of(users, user_id), todo, is_read=True)

    def test_what_is_deleted_and_what_never_was_are_read(
        self, todos: TodoRepository, users: UserRepository, user_id: str, todo: Todo
    ) -> None:
        delete(todos, user_id, todo.id)

        assert seen_of(todos, user_id, todo.id).todo == todos.get(user_id, todo.id)
        assert seen_of(todos, user_id, "other").todo is None
        assert todos.see("nobody", todo.id) is None

    def test_a_change_of_what_was_read(
        self, todos: TodoRepository, users: UserRepository, user_id: str, todo: Todo, read: Seen
    ) -> None:
        changed = todos.change(user_id, todo.id, editing(title="mine"), seen=read)

        assert changed == todos.get(user_id, todo.id) == replace(todo, title="mine", version=2, revision=2)
        assert (revision_of(users, user_id), count_of(users, user_id)) == (2, 1)

    def test_a_deleted_todo_that_was_read_is_restored(
        self, todos: TodoRepository, users: UserRepository, user_id: str, todo: Todo
    ) -> None:
        delete(todos, user_id, todo.id)
        read = seen_of(todos, user_id, todo.id)

        restored = todos.change(user_id, todo.id, lambda _: todo, seen=read)

        assert restored == todos.get(user_id, todo.id) == replace(todo, version=3, revision=3)
        assert count_of(users, user_id) == 1

    def test_what_has_changed_since_it_was_read_is_decided_again(
        self, todos: TodoRepository, user_id: str, todo: Todo, read: Seen
    ) -> None:
        edit(todos, user_id, todo.id, notes="theirs")

        changed = todos.change(user_id, todo.id, editing(title="mine"), seen=read)

        assert changed == replace(todo, title="mine", notes="theirs", version=3, revision=3)

    def test_nothing_changes_for_an_account_read_as_one_that_goes(
        self, todos: TodoRepository, users: UserRepository, user_id: str, todo: Todo
    ) -> None:
        users.close(user_id)

        with pytest.raises(UserRecordMissing):
            todos.change(user_id, todo.id, live, seen=seen_of(todos, user_id, todo.id))


def seen_of(todos: TodoRepository, user_id: str, todo_id: str) -> Seen:
    seen = todos.see(user_id, todo_id)
    assert seen is not None
    return seen
