"""Storing rows, without those that the store will never take."""

from collections.abc import Sequence

from app.errors import Unprocessable
from app.ports.user_data import Observation, RowStore

NOT_STORABLE = "not_storable"
"""The reason of such a row: it is larger than an item may be, for example."""


def store(user_data: RowStore, rows: Sequence[Observation]) -> list[int]:
    """Store the rows; returns the indices of those that were refused for good.

    The store refuses a batch as a whole, so a batch with such a row is halved until the row is alone: for one among
    a thousand that takes 20 more calls.

    Raises:
        app.errors.Unavailable: some rows are stored; all of it is safe to repeat.
    """
    return _stored(user_data, rows, 0)


def _stored(user_data: RowStore, rows: Sequence[Observation], first: int) -> list[int]:
    try:
        user_data.upsert(rows)
    except Unprocessable:
        if len(rows) == 1:
            return [first]
    else:
        return []
    middle = len(rows) // 2
    return [
        *_stored(user_data, rows[:middle], first),
        *_stored(user_data, rows[middle:], first + middle),
    ]
