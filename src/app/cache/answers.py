"""Pages of lists, kept as the JSON that is sent."""

import json
from collections.abc import Callable

from pydantic_core import from_json

from app.cache.protocol import Cache
from app.models.pages import Position
from app.ports.answers import AnswerCache, RenderedPage


class CachedAnswers(AnswerCache):
    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def expect(self, user_id: str, name: str) -> None:
        self._cache.expect(user_id, name)

    def read(
        self, user_id: str, name: str, revision: int, render: Callable[[], RenderedPage]
    ) -> RenderedPage:
        return self._cache.read(user_id, name, lambda: _AtRevision(revision), render)


class _AtRevision:
    """Writes the revision before the page, and reads no page of another. Where the cache missed a write, a page lives
    longer than an account: an old page must not go out with the entity tag of a new account."""

    def __init__(self, revision: int) -> None:
        self._revision = revision

    def dump_json(self, page: RenderedPage, /) -> bytes:
        return json.dumps([self._revision, page.position]).encode() + b"\n" + page.items

    def validate_json(self, data: bytes, /, *, strict: bool) -> RenderedPage:
        head, _, items = data.partition(b"\n")
        match from_json(head):
            case [self._revision, None]:
                return RenderedPage(items, None)
            case [self._revision, str(position)]:
                return RenderedPage(items, Position(position))
        raise ValueError("no page of this revision")
