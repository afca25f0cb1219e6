"""Prefetch: a request's second read, a list or a to-do, in the round trip of its first, the account."""

from contextvars import ContextVar
from dataclasses import dataclass

from app.cache.commands import Commands, Found
from app.cache.entries import Keys


@dataclass(slots=True)
class _Expected:
    of: "ReadAhead"
    user_id: str
    keys: Keys
    found: Found | None = None


_expected: ContextVar[_Expected | None] = ContextVar("expected", default=None)
"""Of one request. It fetches ahead after it has begun, so serving that is as coherent as fetching when it is read."""


_writer: ContextVar[str | None] = ContextVar("writer", default=None)
"""The user whose data this request will write."""


class ReadAhead:
    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    def expect(self, user_id: str, keys: Keys) -> None:
        _expected.set(_Expected(self, user_id, keys))

    def expect_write(self, user_id: str) -> None:
        _writer.set(user_id)

    def expects_write(self, user_id: str) -> bool:
        return _writer.get() == user_id

    def forget(self) -> None:
        """Forget prefetched values: they may be outdated by now."""
        _expected.set(None)

    def take(self, keys: Keys) -> Found | None:
        """Return the prefetched values of these keys, if any. No round trip."""
        expected = _expected.get()
        if expected is None or expected.of is not self or expected.keys.entry != keys.entry:
            return None
        self.forget()
        return expected.found

    def find(self, user_id: str, keys: Keys) -> Found | None:
        """Return the values in Redis under the keys. A prefetched value serves once."""
        expected = _expected.get()
        if expected is None or expected.of is not self or expected.user_id != user_id:
            return self._commands.find(keys)
        if expected.keys.entry == keys.entry:
            return self.take(keys) or self._commands.find(keys)
        both = self._commands.find_both(keys, expected.keys)
        if both is None:
            return None
        found, expected.found = both
        return found
