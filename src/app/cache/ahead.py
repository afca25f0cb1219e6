"""What a request reads second, fetched with what it reads first: a list or a to-do with the account."""

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


class ReadAhead:
    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    def expect(self, user_id: str, keys: Keys) -> None:
        _expected.set(_Expected(self, user_id, keys))

    def forget(self) -> None:
        """What was fetched may be outdated by now."""
        _expected.set(None)

    def take(self, keys: Keys) -> Found | None:
        """What was fetched ahead of these keys, if anything was. No round trip."""
        expected = _expected.get()
        if expected is None or expected.of is not self or expected.keys.entry != keys.entry:
            return None
        self.forget()
        return expected.found

    def find(self, user_id: str, keys: Keys) -> Found | None:
        """What Redis holds under the keys. What was fetched ahead serves once."""
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
