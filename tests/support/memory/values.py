"""Values as an engine keeps them: instants in whole milliseconds."""

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from app.models.moments import timestamp


def as_stored(record: Any) -> Any:
    """The record with every instant in UTC, cut to milliseconds."""
    instants = {
        field.name: datetime.fromisoformat(timestamp(value))
        for field in fields(record)
        if isinstance(value := getattr(record, field.name), datetime)
    }
    return replace(record, **instants)
