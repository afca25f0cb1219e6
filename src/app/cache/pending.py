"""What this process remembers of writes that Redis has not confirmed."""

from collections.abc import Mapping
from threading import Lock

_MOST = 1024
"""Users; the oldest is dropped beyond this. What was cached before expires within a minute in any case."""


class PendingInvalidations:
    """The intent of the last write of each user whose settling Redis has not confirmed. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._intents: dict[str, bytes] = {}

    def get(self, user_id: str) -> bytes | None:
        return self._intents.get(user_id)

    def all(self) -> Mapping[str, bytes]:
        """By user id. Cheap while there are none."""
        if not self._intents:
            return {}
        with self._lock:
            return dict(self._intents)

    def add(self, user_id: str, intent: bytes) -> None:
        with self._lock:
            self._intents.pop(user_id, None)
            self._intents[user_id] = intent
            if len(self._intents) > _MOST:
                del self._intents[next(iter(self._intents))]

    def remove(self, user_id: str, intent: bytes) -> None:
        """Forget a settled write, unless a later one of the user is pending."""
        with self._lock:
            if self._intents.get(user_id) == intent:
                del self._intents[user_id]


class UnconfirmedWrites:
    """When each user's last write ended of which Redis has not confirmed both commands. Thread-safe.

    Args:
        seconds: how long a write is remembered.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._ended: dict[str, float] = {}

    def add(self, user_id: str, moment: float) -> None:
        with self._lock:
            self._ended.pop(user_id, None)
            self._ended[user_id] = moment
            while self._ended[oldest := next(iter(self._ended))] < moment - self._seconds:
                del self._ended[oldest]

    def last(self, user_id: str) -> float | None:
        return self._ended.get(user_id)
