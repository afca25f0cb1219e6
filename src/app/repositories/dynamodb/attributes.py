"""DynamoDB's typed attribute values, to and from Python.

An item is the low-level format, one typed attribute value a name: `{"title": {"S": "Buy milk"}}`. These few
converters cost a fraction of boto3's `TypeSerializer` and `resource`, on every request and at a cold start.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from app.models.moments import timestamp

Item = dict[str, Any]


def string(value: str) -> Item:
    return {"S": value}


def number(value: int) -> Item:
    return {"N": str(value)}


def boolean(value: bool) -> Item:
    return {"BOOL": value}


def strings(values: Iterable[str]) -> Item:
    """A list: a string set would lose the order and may not be empty."""
    return {"L": [{"S": value} for value in values]}


def instant(value: datetime) -> Item:
    return {"S": timestamp(value)}


def to_string(item: Item, name: str) -> str | None:
    """The string `name`, or `None` when the item has none."""
    attribute = item.get(name)
    return None if attribute is None else str(attribute["S"])


def to_number(item: Item, name: str) -> int:
    return int(item[name]["N"])


def to_optional_number(item: Item, name: str) -> int | None:
    return to_number(item, name) if name in item else None


def to_strings(item: Item, name: str) -> tuple[str, ...]:
    return tuple(value["S"] for value in item.get(name, {"L": []})["L"])


def to_instant(item: Item, name: str) -> datetime:
    return datetime.fromisoformat(item[name]["S"])


def to_optional_instant(item: Item, name: str) -> datetime | None:
    return to_instant(item, name) if name in item else None
