"""The contract of closing and deleting an account's record."""

import pytest

from app.models.todos import Todo
from app.ports.todos import TodoRepository
from app.ports.users import UserRecordMissing, UserRepository
from contracts.changes import add, new_id, new_todo, old_todo, store, titles


class ClosingContract:
    def test_a_closed_record_stays_closed_for_each_caller(self, users: UserRepository, user_id: str):
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
            todos.change(user_id, new_id(), decide)

        assert titles(todos, user_id) == []

    def test_closing_or_deleting_an_unknown_user_does_nothing(self, users: UserRepository):
        unknown = new_id()

        assert users.close(unknown) is None
        assert users.delete(unknown) is False
        assert users.get(unknown) is None

    def test_a_deleted_record_is_gone(self, users: UserRepository, user_id: str):
        assert users.delete(user_id) is True

        assert users.get(user_id) is None
        assert users.delete(user_id) is False
