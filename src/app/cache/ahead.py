"""Prefetch: a request's second read, a list or a to-do, in the round trip of its first, the account."""

from contextvars import ContextVar
from dataclasses import dataclass, field

from app import context
from app.cache.commands import Commands, Found
from app.cache.entries import Keys
from app.context import RequestContext


@dataclass(slots=True)
class _Request:
    of: "ReadAhead"
    user_id: str
    expected: Keys | None
    context: RequestContext | None = field(default_factory=context.current)
    found: dict[str, Found | None] = field(default_factory=dict)
    """By the key of the entry. Each serves once; `None` where Redis did not answer."""


_request: ContextVar[_Request | None] = ContextVar("request", default=None)
"""It fetches ahead after it has begun, so serving that is as coherent as fetching when it is read. uvicorn may serve
a request in the context of another that is over: what that one has fetched is not served."""


_writer: ContextVar[str | None] = ContextVar("writer", default=None)
"""The user whose data this request will write."""


class ReadAhead:
    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    def expect(self, user_id: str, keys: Keys) -> None:
        request = self._of(user_id)
        if request is None or request.expected is None or request.expected.entry != keys.entry:
            _request.set(_Request(self, user_id, keys))

    def expect_write(self, user_id: str) -> None:
        _writer.set(user_id)

    def expects_write(self, user_id: str) -> bool:
        return _writer.get() == user_id

    def forget(self) -> None:
        """Forget prefetched values: they may be outdated by now."""
        _request.set(None)

    async def fetch(self, user_id: str, keys: Keys) -> bool:
        """Fetch these keys, and those expected, on the event loop; return whether Redis has both."""
        request = self._of(user_id)
        if request is None:
            request = _Request(self, user_id, None)
            _request.set(request)
        wanted = [keys] if request.expected is None else [keys, request.expected]
        found = await self._commands.look(wanted)
        request.found = {one.entry: value for one, value in zip(wanted, found, strict=False)}
        return len(found) > 0 and all(value is not None and value.entry is not None for value in found)

    def take(self, user_id: str, keys: Keys) -> Found | None:
        """Return the prefetched values of these keys, if any. No round trip."""
        request = self._of(user_id)
        return None if request is None else request.found.pop(keys.entry, None)

    def find(self, user_id: str, keys: Keys) -> Found | None:
        """Return the values in Redis under the keys. A prefetched value serves once."""
        request = self._of(user_id)
        if request is None:
            return self._commands.find(keys)
        expected = request.expected
        if expected is not None and expected.entry == keys.entry:
            request.expected = None
        if keys.entry in request.found:
            return request.found.pop(keys.entry)
        if request.expected is None or request.expected.entry in request.found:
            return self._commands.find(keys)
        both = self._commands.find_both(keys, request.expected)
        if both is None:
            return None
        found, request.found[request.expected.entry] = both
        return found

    def _of(self, user_id: str) -> _Request | None:
        request = _request.get()
        is_own = (
            request is not None
            and request.of is self
            and request.user_id == user_id
            and request.context is context.current()
        )
        return request if is_own else None
