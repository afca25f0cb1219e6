"""Counters of what may be tried only so often."""

from typing import Protocol

from app.limit_settings import Limit


class LimitRepository(Protocol):
    """Counters of what may be tried only so often. A `key` says nothing of what it stands for. Each counter has a
    window of its own, which begins with the first use and is forgotten when it is over."""

    def take(self, key: str, limit: Limit) -> float:
        """Count one more, unless it is one too many. Concurrent uses are counted one after the other.

        Returns the seconds to wait before the next try: zero when it was counted, else nothing has changed.
        """
        ...

    def give_back(self, key: str) -> None:
        """Count one less: it turned out not to be what the limit is for."""
        ...

    def clear(self, key: str) -> None:
        """Begin again."""
        ...
