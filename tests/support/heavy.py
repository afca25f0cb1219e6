"""Files that are near what a row, an item and a transaction may hold."""

import json
from collections.abc import Callable

from app.models.user_data import EventOrder, UserData
from app.ports.user_data import Observation
from app.services.ingest.transform import MAX_RECORD

ITEM = 400 * 1024
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
_MARGIN = 6 * 1024
"""For what an item holds beside its notes, and for moto, which takes 405 000 bytes."""
_OVERHEAD = 10
"""Bytes that a row of two columns is counted with beside names and values, as DynamoDB counts a map."""
Address = Callable[[str], str]


def japanese(address: Address) -> bytes:
    """120 rows with 30 KB of notes each: together more than a transaction may hold."""
    rows = (f"{address(f'p{number}')},メモ{number}{'日本語の' * 2500}" for number in range(120))
    return "\n".join(["email,notes", *rows]).encode()


def around_the_largest_row(address: Address) -> bytes:
    """Three rows: as large as one may be, one byte more, and nearly twice as large."""
    sizes = {"fits": MAX_RECORD, "over": MAX_RECORD + 1, "twice": 2 * MAX_RECORD - 1024}
    rows = []
    for name, size in sizes.items():
        email = address(name)
        rows.append(f"{email},{'x' * (size - _OVERHEAD - len('emailnotes') - len(email))}")
    return "\n".join(["email,notes", *rows]).encode()


def empty_keys(address: Address) -> bytes:
    """JSON with keys that are empty, or invisible, at any depth."""
    deep: object = 1
    for _ in range(12):
        deep = {"": deep, " ": [{"": "x", "\u200b": None}]}
    records = [
        {"email": address("ada"), "": "top", "  ": "two", "deep": deep},
        {"email": address("bob"), "": {"": {}}},
    ]
    return json.dumps(records).encode()


def item(address: Address, name: str, *, over: int) -> Observation:
    """A row whose item is a little smaller than DynamoDB's limit, or is over it by so many bytes at least."""
    notes = ITEM - _MARGIN if over < 0 else ITEM + over
    return UserData(email=address(name), attributes={"n": "x" * notes}), EventOrder(1, "s", "1")
