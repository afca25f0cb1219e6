"""The users whose fence could not be settled, because Redis did not answer."""

from threading import Lock

_MOST = 1024
"""The oldest is forgotten beyond this: what was stored before expires within a minute in any case."""


class Debts:
    """The intent of the last unsettled write of each user. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._intents: dict[str, bytes] = {}

    def get(self, user_id: str) -> bytes | None:
        return self._intents.get(user_id)

    def add(self, user_id: str, intent: bytes) -> None:
        with self._lock:
            self._intents.pop(user_id, None)
            self._intents[user_id] = intent
            if len(self._intents) > _MOST:
                del self._intents[next(iter(self._intents))]

    def remove(self, user_id: str, intent: bytes) -> None:
        """Settled, unless another write has failed to settle meanwhile."""
        with self._lock:
            if self._intents.get(user_id) == intent:
                del self._intents[user_id]
