import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock

from app.limit_settings import Limit


@dataclass
class _Counter:
    used: int
    next_at: float
    ends_at: float


class MemoryLimits:
    """The `LimitRepository` in memory. `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.counters: dict[str, _Counter] = {}
        self._clock = clock
        self._lock = RLock()

    def take(self, key: str, limit: Limit) -> float:
        now = self._clock()
        with self._lock:
            counter = self.counters.get(key)
            if counter is None or counter.ends_at <= now:
                counter = self.counters[key] = _Counter(0, now, now + limit.seconds)
            if counter.used >= limit.count:
                return counter.ends_at - now
            if limit.free is not None and counter.used >= limit.free and counter.next_at > now:
                return min(counter.next_at, counter.ends_at) - now
            counter.used += 1
            if limit.free is not None:
                counter.next_at = now + 2.0 ** (counter.used - limit.free)
            return 0.0

    def give_back(self, key: str) -> None:
        with self._lock:
            if key in self.counters and self.counters[key].used > 0:
                self.counters[key].used -= 1

    def clear(self, key: str) -> None:
        with self._lock:
            self.counters.pop(key, None)
