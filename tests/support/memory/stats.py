from collections import Counter
from threading import Lock
from typing import Unpack, cast

from app.ports.stats import Deltas


class MemoryStats:
    """The `StatsRepository` in memory."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._lock = Lock()

    def add(self, **deltas: Unpack[Deltas]) -> None:
        with self._lock:
            for name, delta in deltas.items():
                self.counts[name] += cast("int", delta)

    def read(self) -> Deltas:
        return cast("Deltas", dict(self.counts))
