"""What the items of the Todos table share: to-dos, tombstones and pointers."""

from datetime import datetime

from app.ports.feed import TOMBSTONE_KEPT
from app.repositories.dynamodb.attributes import Item, number, string

POINTS = "points"
"""The attribute that pointers have, and to-dos do not: see `app.repositories.dynamodb.pointers`."""


def key(user_id: str, todo_id: str) -> Item:
    return {"userId": string(user_id), "todoId": string(todo_id)}


def expiry(deleted_at: datetime) -> Item:
    """The `ttl` of what was deleted."""
    return number(int((deleted_at + TOMBSTONE_KEPT).timestamp()))
