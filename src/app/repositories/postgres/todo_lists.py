"""A list of to-dos as a statement. Each order has an index without tombstones; the text is searched here, folded."""

import json
from datetime import datetime
from typing import Any

from app.models import Position, TodoQuery
from app.repositories.postgres.database import Statement, Value
from app.repositories.postgres.todo_rows import sorted_by, values_at

_FILTERS = {
    "completed": "completed = :completed",
    "list": "list = :list",
    "priority": "priority = :priority",
    "tag": "tags @> CAST(:tag AS jsonb)",
    "due_after": "NOT undated AND due_order > CAST(:due_after AS timestamptz)",
    "due_before": "NOT undated AND due_order < CAST(:due_before AS timestamptz)",
}
_CASTS = {
    "created_at": "CAST(:at_created_at AS timestamptz)",
    "due_order": "CAST(:at_due_order AS timestamptz)",
    "undated": "CAST(:at_undated AS boolean)",
    "todo_id": ":at_todo_id",
}


def filters(query: TodoQuery) -> dict[str, Value]:
    """The values that rows are filtered by, by the name of their parameter."""
    given = {name: getattr(query, name) for name in _FILTERS}
    return {name: _value(name, value) for name, value in given.items() if value is not None}


def _value(name: str, value: Any) -> Value:
    if name == "tag":
        return json.dumps([value])
    return value.isoformat() if isinstance(value, datetime) else value


def start(query: TodoQuery, position: Position | None) -> dict[str, Value]:
    """Raises:
    app.errors.InvalidCursor: `position` is not one of this list.
    """
    at = {} if position is None else values_at(query, position)
    return {f"at_{name}": value for name, value in at.items()}


def statement(query: TodoQuery, *, from_start: bool) -> Statement:
    order = ", ".join(sorted_by(query))
    conditions = ["user_id = :user_id", "deleted_at IS NULL", *(_FILTERS[name] for name in filters(query))]
    if not from_start:
        after = ", ".join(_CASTS[name] for name in sorted_by(query))
        conditions.append(f"({order}) > ({after})")
    where = " AND ".join(conditions)
    return Statement("list to-dos", f"SELECT * FROM todos WHERE {where} ORDER BY {order} LIMIT :limit")  # noqa: S608
