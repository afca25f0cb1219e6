"""What a change makes of a to-do. Storage sets its version and revision."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.models.moments import now
from app.models.todos import Todo, TodoContent, content_of
from app.services.history import Remembered, State, next_history


def new_todo(todo_id: str, content: TodoContent) -> Todo:
    moment = now()
    completed_at = moment if content.completed else None
    return Todo(
        id=todo_id, **content_of(content), completed_at=completed_at, created_at=moment, updated_at=moment
    )


def edited(current: Todo, changes: Mapping[str, Any]) -> Todo:
    """`current` with the changes; `current` itself when nothing differs, so that no version is spent."""
    changed = replace(current, **changes)
    if changed == current:
        return current
    moment = now()
    completed_at = (current.completed_at if current.completed else moment) if changed.completed else None
    return replace(changed, completed_at=completed_at, updated_at=moment)


def recorded(before: State, after: Todo, mutations: Sequence[Remembered] = ()) -> Todo:
    """`after` with the history that it has as the next state of `before`."""
    return after if after is before else replace(after, history=next_history(before, after, mutations))
