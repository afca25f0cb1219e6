"""Lists as clients read them."""

from collections.abc import Callable
from typing import Any, TypeVar

from app.models.pages import Page

T = TypeVar("T")


def everything(read: Callable[..., Page[T]], *args: Any, limit: int = 10) -> list[T]:
    """Read all pages of `read(*args, limit=, position=)`, until there is no position; return the items. A page may
    hold fewer items than asked for, even none, while more follow."""
    found: list[T] = []
    position: str | None = None
    positions: set[str] = set()
    while True:
        page = read(*args, limit=limit, position=position)
        assert len(page.items) <= limit
        found += page.items
        if page.position is None:
            return found
        assert page.position not in positions, "a list that never ends"
        positions.add(page.position)
        position = page.position
