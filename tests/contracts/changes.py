"""Helpers that say in one word what a test does to a to-do, and what to-dos are like."""

import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.models.todos import Todo, TodoQuery, Tombstone
from app.ports.todos import Added, TodoRepository
from app.ports.users import UserRepository
from contracts.paging import everything

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
EPOCH = datetime(2026, 3, 1, tzinfo=UTC)
LISTS = ("inbox", "work", "Work")
TAGS = ("red", "blue", "STRASSE", "re")
DUE = [EPOCH + timedelta(hours=hours) for hours in range(0, 96, 12)]


def new_id() -> str:
    """Of a user, a to-do or a file that there is not yet."""
    return str(uuid.uuid4())


def new_todo(title: str = "Buy milk", **fields: Any) -> Todo:
    return Todo(**{"id": new_id(), "title": title, **fields})


def old_todo(title: str = "old", **fields: Any) -> Todo:
    return new_todo(title, **{"created_at": LONG_AGO, "updated_at": LONG_AGO, **fields})


def random_todo(rng: random.Random) -> Todo:
    """Few different values, so that every filter matches some, and instants coincide."""
    due = rng.choice(["on", "at", "never"])
    return new_todo(
        rng.choice(["Buy milk", "Call Ada", "Water the TULIPS", "Pay"]),
        id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        notes=rng.choice(["", "", "Milk, eggs", "Hauptstraße 1"]),
        completed=rng.random() < 0.4,
        due_on=rng.choice(DUE).date() if due == "on" else None,
        due_at=rng.choice(DUE) if due == "at" else None,
        priority=rng.choice(["none", "low", "medium", "high"]),
        tags=tuple(rng.sample(TAGS, rng.randrange(3))),
        list=rng.choice(LISTS),
        created_at=EPOCH + timedelta(milliseconds=rng.randrange(12)),
    )


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


def walk(todos: TodoRepository, user_id: str, query: TodoQuery, limit: int) -> list[Todo]:
    return everything(todos.list, user_id, query, limit=limit)


def titles(todos: TodoRepository, user_id: str) -> list[str]:
    return sorted(todo.title for todo in walk(todos, user_id, TodoQuery(), 100))


def revision_of(users: UserRepository, user_id: str) -> int:
    user = users.get(user_id)
    assert user is not None
    return user.revision


def count_of(users: UserRepository, user_id: str) -> int | None:
    """The live to-dos, as the user's record counts them."""
    user = users.get(user_id)
    assert user is not None
    return user.todo_count
