"""A to-do as a row of the table `todos`, and the orders of its lists.

The database derives two columns from the due date: `undated`, and `due_order`, which is when it is due (a date: at
its start in UTC), or when it was created. By both, and the id, the list `due` is sorted.
"""

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from app.errors import InvalidCursor
from app.models import Position, Todo, TodoQuery, Tombstone, now, timestamp
from app.repositories.postgres.database import Row, Value

COLUMNS = {
    "todo_id": "text",
    "version": "integer",
    "revision": "bigint",
    "deleted_at": "timestamptz",
    "title": "text",
    "notes": "text",
    "completed": "boolean",
    "completed_at": "timestamptz",
    "due_on": "date",
    "due_at": "timestamptz",
    "priority": "text",
    "tags": "jsonb",
    "list": "text",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
}
_FIELDS = {field.name for field in fields(Todo)} - {"id", "tags"}
_SORTED_BY = {"created": ("created_at", "todo_id"), "due": ("undated", "due_order", "todo_id")}
_KINDS = {"created": (str, str), "due": (bool, str, str)}


def successor(todo_id: str, wanted: Todo | None, *, version: int, revision: int) -> Todo | Tombstone:
    """The next state of a to-do, with `None` its tombstone."""
    if wanted is None:
        return Tombstone(id=todo_id, version=version, deleted_at=now())
    return replace(wanted, id=todo_id, version=version, revision=revision)


def row_of(state: Todo | Tombstone | None, revision: int) -> Row:
    """As JSON: a tombstone has no content, and there is nothing of what there is not."""
    if state is None:
        return {}
    row = {name: _json(getattr(state, name, None)) for name in COLUMNS}
    return row | {"todo_id": state.id, "revision": revision}


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return timestamp(value)
    return value.isoformat() if isinstance(value, date) else value


def state_from(row: Row) -> Todo | Tombstone:
    if row["deleted_at"] is not None:
        return Tombstone(id=row["todo_id"], version=row["version"], deleted_at=row["deleted_at"])
    return todo_from(row)


def todo_from(row: Row) -> Todo:
    return Todo(**{name: row[name] for name in _FIELDS}, id=row["todo_id"], tags=tuple(row["tags"]))


def sorted_by(query: TodoQuery) -> Sequence[str]:
    return _SORTED_BY[query.sort]


def position_of(query: TodoQuery, row: Row) -> Position:
    """The values by which the list is sorted, as JSON."""
    values = (row[name] for name in sorted_by(query))
    return Position(json.dumps([timestamp(it) if isinstance(it, datetime) else it for it in values]))


def values_at(query: TodoQuery, position: Position) -> dict[str, Value]:
    """The values of a position, by column.

    Raises:
        app.errors.InvalidCursor: it is not a position of this list.
    """
    try:
        values = json.loads(position)
        if tuple(map(type, values)) != _KINDS[query.sort]:
            raise ValueError
        datetime.fromisoformat(values[-2])
    except (TypeError, ValueError, RecursionError):
        raise InvalidCursor from None
    return dict(zip(sorted_by(query), values, strict=True))
