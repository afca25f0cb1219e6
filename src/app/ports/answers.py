"""Lists that are kept as they are sent, so that a cached read builds no model."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from app.models.pages import Position


class RenderedPage(NamedTuple):
    items: bytes
    """A JSON array."""
    position: Position | None
    """Where the next page begins; `None` at the end."""


class AnswerCache(Protocol):
    def expect(self, user_id: str, name: str) -> None:
        """Say that `read` follows in this request, so that the read of the account fetches this page, too."""
        ...

    def read(
        self, user_id: str, name: str, revision: int, render: Callable[[], RenderedPage]
    ) -> RenderedPage:
        """The page kept under this name for exactly this revision of the user, or what `render` returns: it must read
        consistently, after `revision` was read."""
        ...


class NoAnswerCache(AnswerCache):
    def expect(self, user_id: str, name: str) -> None:
        pass

    def read(
        self, user_id: str, name: str, revision: int, render: Callable[[], RenderedPage]
    ) -> RenderedPage:
        return render()
