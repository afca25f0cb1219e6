"""A list of to-dos as a statement. Each order has an index without tombstones; the text is searched here, folded."""

import json
from datetime import datetime
from typing import Any

from app.errors import InvalidCursor
from app.models.pages import Position
from app.models.todos import TodoQuery
from app.repositories.postgres import records
from app.repositories.postgres.statements import Statement, Value, paged

_FILTERS = {
    "completed": "completed = :completed",
    "list": "list = :list",
    "priority": "priority = :priority",
    "tag": "tags @> CAST(:tag AS jsonb)",
    "due_after": "NOT undated AND due_order > CAST(:due_after AS timestamptz)",
    "due_before": "NOT undated AND due_order < CAST(:due_before AS timestamptz)",
}
ORDERS = {
    "created": {"created_at": "timestamptz", "todo_id": "text"},
    "due": {"undated": "boolean", "due_order": "timestamptz", "todo_id": "text"},
}


def _value(name: str, value: Any) -> Value:
    if name == "tag":
        return json.dumps([value])
    return value.isoformat() if isinstance(value, datetime) else value


def statement(query: TodoQuery, position: Position | None) -> tuple[Statement, dict[str, Value]]:
    """A page of the list that starts after `position`, and the values of its parameters.

    Raises:
        app.errors.InvalidCursor: `position` is not one of this list.
    """
    given = {name: getattr(query, name) for name in _FILTERS}
    values = {name: _value(name, value) for name, value in given.items() if value is not None}
    conditions = ["user_id = :user_id", "deleted_at IS NULL", *(_FILTERS[name] for name in values)]
    order = ORDERS[query.sort]
    if position is not None:
        after = ", ".join(f"CAST(:at_{name} AS {kind})" for name, kind in order.items())
        conditions.append(f"({', '.join(order)}) > ({after})")
        values |= _at(position, order)
    return paged("list to-dos", "todos", " AND ".join(conditions), ", ".join(order)), values


def _at(position: Position, order: dict[str, str]) -> dict[str, Value]:
    values = records.values_at(position, *(bool if kind == "boolean" else str for kind in order.values()))
    try:
        datetime.fromisoformat(values[-2])
    except ValueError:
        raise InvalidCursor from None
    return {f"at_{name}": value for name, value in zip(order, values, strict=True)}
