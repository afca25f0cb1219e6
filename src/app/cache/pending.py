"""Invalidations that Redis has not confirmed, kept by this process for as long as they matter."""

from collections.abc import Mapping
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class _Recent(Generic[T]):
    """Something of each user's last write, and when that ended. Thread-safe.

    Args:
        seconds: how long a write is remembered. Every value that a reader may have read before it has expired then,
            so there is no need to remember it longer, and an outage of any length fills no memory.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._writes: dict[str, tuple[T, float]] = {}

    def _put(self, user_id: str, value: T, moment: float) -> None:
        with self._lock:
            self._writes.pop(user_id, None)  # the oldest stays first
            self._writes[user_id] = (value, moment)
            self._forget_before(moment - self._seconds)

    def _forget_before(self, moment: float) -> None:
        for user_id, (_, ended) in list(self._writes.items()):
            if ended >= moment:
                return
            del self._writes[user_id]


class PendingInvalidations(_Recent[bytes]):
    """The intent of the last write of each user whose settling Redis has not confirmed."""

    def get(self, user_id: str) -> bytes | None:
        found = self._writes.get(user_id)
        return None if found is None else found[0]

    def all(self) -> Mapping[str, bytes]:
        """By user id. Cheap while there are none."""
        if not self._writes:
            return {}
        with self._lock:
            return {user_id: intent for user_id, (intent, _) in self._writes.items()}

    def add(self, user_id: str, intent: bytes, moment: float) -> None:
        self._put(user_id, intent, moment)

    def remove(self, user_id: str, intent: bytes) -> None:
        """Forget a settled write, unless a later one of the user is pending."""
        with self._lock:
            if self.get(user_id) == intent:
                del self._writes[user_id]


class UnconfirmedWrites(_Recent[None]):
    """When each user's last write ended of which Redis has not confirmed both commands."""

    def add(self, user_id: str, moment: float) -> None:
        self._put(user_id, None, moment)

    def last(self, user_id: str) -> float | None:
        found = self._writes.get(user_id)
        return None if found is None else found[1]

    def confirm(self, user_id: str, moment: float) -> None:
        """A settling that was sent at this moment is confirmed: what was cached before it is served no more."""
        with self._lock:
            if (ended := self.last(user_id)) is not None and ended <= moment:
                del self._writes[user_id]
