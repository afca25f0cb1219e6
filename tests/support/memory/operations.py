import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock

from app.ports.idempotency import KeyClaim, OperationRecord, StoredAnswer

_CLAIM_SECONDS = 60
_KEPT_SECONDS = 24 * 60 * 60


@dataclass
class _Held:
    fingerprint: str
    owner: str
    resource_id: str
    leased_until: float
    kept_until: float
    answer: StoredAnswer | None = None

    def is_running(self, owner: str) -> bool:
        return self.owner == owner and self.answer is None

    def is_over(self, moment: float) -> bool:
        return self.answer is None and self.leased_until <= moment


class MemoryOperations:
    """The `OperationRepository` in memory. `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.rows: dict[tuple[str, str], _Held] = {}
        self._clock = clock
        self._lock = RLock()

    def claim(
        self, user_id: str, key: str, fingerprint: str, *, owner: str, resource_id: str
    ) -> KeyClaim | OperationRecord:
        moment = self._clock()
        with self._lock:
            held = self.rows.get((user_id, key))
            if held is None or self._gives_way(held, fingerprint, moment):
                until, kept = moment + _CLAIM_SECONDS, moment + _KEPT_SECONDS
                self.rows[user_id, key] = _Held(fingerprint, owner, resource_id, until, kept)
                return KeyClaim(resource_id)
            if held.is_running(owner):
                return KeyClaim(held.resource_id)
            if held.is_over(moment):
                held.owner, held.leased_until = owner, moment + _CLAIM_SECONDS
                held.kept_until = moment + _KEPT_SECONDS
                return KeyClaim(held.resource_id, resumed=True)
            return OperationRecord(held.fingerprint, held.answer)

    def _gives_way(self, held: _Held, fingerprint: str, moment: float) -> bool:
        return held.kept_until <= moment or (held.is_over(moment) and held.fingerprint != fingerprint)

    def complete(self, user_id: str, key: str, answer: StoredAnswer, *, owner: str) -> None:
        with self._lock:
            held = self.rows.get((user_id, key))
            if held is not None and held.is_running(owner):
                held.answer, held.kept_until = answer, self._clock() + _KEPT_SECONDS

    def release(self, user_id: str, key: str, *, owner: str) -> None:
        with self._lock:
            held = self.rows.get((user_id, key))
            if held is not None and held.is_running(owner):
                held.leased_until = 0

    def erase(self, user_id: str) -> int:
        """Delete the user's keys; how many there were."""
        with self._lock:
            keys = [key for key in self.rows if key[0] == user_id]
            for key in keys:
                del self.rows[key]
        return len(keys)
