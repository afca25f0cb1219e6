"""Pages of sorted items. A position is the key of the last item of its page, as JSON."""

import json
from collections.abc import Callable, Iterable
from typing import TypeVar

from app.errors import InvalidCursor
from app.models.pages import Page, Position

T = TypeVar("T")
Key = tuple[str, ...]


def page(
    items: Iterable[T],
    key: Callable[[T], Key],
    *,
    parts: int,
    limit: int,
    position: Position | None,
    newest_first: bool = False,
) -> Page[T]:
    """At most `limit` items after `position`, by their keys, of `parts` texts each.

    Raises:
        InvalidCursor: `position` is no key of such items.
    """
    after = None if position is None else _key_at(position, parts)
    found = sorted(items, key=key, reverse=newest_first)
    if after is not None:
        found = [item for item in found if (key(item) < after if newest_first else key(item) > after)]
    more = len(found) > limit
    return Page(tuple(found[:limit]), Position(json.dumps(key(found[limit - 1]))) if more else None)


def _key_at(position: Position, parts: int) -> Key:
    try:
        key = json.loads(position)
    except ValueError:
        key = None
    if not isinstance(key, list) or len(key) != parts or not all(isinstance(part, str) for part in key):
        raise InvalidCursor
    return tuple(key)
