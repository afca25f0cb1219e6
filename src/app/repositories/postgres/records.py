"""Records as rows, which travel as JSON, and positions in lists."""

import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from typing import Any, TypeVar

from app.errors import InvalidCursor
from app.models.moments import timestamp
from app.models.pages import Position
from app.repositories.postgres.statements import Row, Value

T = TypeVar("T")

LAST = "\U0010ffff"
"""Sorts after every id, and after whatever an address goes on with."""


def record_of(kind: type[T], row: Row, id_column: str) -> T:
    """The dataclass `kind` from the columns that are named as its fields; those that end with `_at` and `_on` are
    times and dates."""
    values = {field.name: _read(field.name, row.get(field.name)) for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**values | {"id": row[id_column]})


def _read(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if value is None or name[-3:] not in ("_at", "_on"):
        return value
    return datetime.fromisoformat(value) if name.endswith("_at") else date.fromisoformat(value)


def row_of(record: Any, id_column: str) -> dict[str, Value]:
    """The columns of a dataclass; a field that is a tuple stays one, and is for JSON only."""
    row = {field.name: _written(getattr(record, field.name)) for field in fields(record)}
    return {id_column: row.pop("id"), **row}


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return timestamp(value)
    return value.isoformat() if isinstance(value, date) else value


def position_of(row: Row, columns: Iterable[str]) -> Position:
    return Position(json.dumps([row[name] for name in columns]))


def values_at(position: Position, *kinds: type) -> list[Any]:
    """The values of `position_of`.

    Raises:
        app.errors.InvalidCursor: it does not hold values of these kinds.
    """
    try:
        values = json.loads(position)
        if tuple(map(type, values)) != kinds:
            raise ValueError
    except (TypeError, ValueError, RecursionError):
        raise InvalidCursor from None
    return list(values)
