"""Helpers that say in one word what a test does to a to-do."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from app.models import Todo, Tombstone
from app.ports import Added, TodoRepository


def new_todo(title: str = "Buy milk", **fields: Any) -> Todo:
    return Todo(**{"id": str(uuid.uuid4()), "title": title, **fields})


def store(todos: TodoRepository, user_id: str, todo: Todo) -> Todo:
    stored = todos.change(user_id, todo.id, lambda _current: todo)
    assert stored is not None
    return stored


def add(todos: TodoRepository, user_id: str, added: Sequence[Todo]) -> Added:
    """All steps of an import."""
    return sum(todos.add(user_id, added), Added())


def edit(todos: TodoRepository, user_id: str, todo_id: str, **fields: Any) -> Todo | None:
    return todos.change(user_id, todo_id, editing(**fields))


def editing(**fields: Any) -> Callable[[Todo | Tombstone | None], Todo]:
    def decide(current: Todo | Tombstone | None) -> Todo:
        assert isinstance(current, Todo)
        return replace(current, **fields)

    return decide


def delete(todos: TodoRepository, user_id: str, todo_id: str) -> None:
    assert todos.change(user_id, todo_id, lambda _current: None) is None
