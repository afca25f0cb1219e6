"""A circuit breaker for reads: after repeated failures Redis is left alone for a while, then asked by one call at a
time. Writers consult it too, but send their commands even while it is open (see `app.cache.protocol`)."""

import logging
from collections.abc import Callable
from threading import Lock

from app.logs import counted

FAILURES = 3
"""Failures in a row that open the circuit, each of a call that began after the one before was reported. One late
answer is no outage, and a server that stands still for a moment fails all calls under way at once."""

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 30.0
"""Seconds without Redis once the circuit is open; doubled by each probe that fails. While there are calls, each
minute of an open circuit has its failed probe, and so its datum of the metric that the alarm watches."""

_log = logging.getLogger("app.cache")


class Circuit:
    """Thread-safe. A call takes a permit first and reports with it afterwards.

    A permit from before the last failure counts for nothing: many calls that time out together are one failure, and
    none of them lengthens the pause.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._permit = 0
        self._failures = 0
        self._pause = 0.0
        self._open_until: float | None = None

    def permit(self, *, may_probe: bool = True) -> int | None:
        """A permit for one call; `None` while the circuit is open. After the pause, one call a pause gets one, if it
        is sure to be sent (`may_probe`): else the pause begins again, and nothing is known."""
        if self._open_until is None:
            return self._permit
        if not may_probe:
            return None
        with self._lock:
            if self._open_until is not None:
                if self._clock() < self._open_until:
                    return None
                self._permit += 1
                self._open_until = self._clock() + self._pause
            return self._permit

    def succeeded(self, permit: int) -> None:
        if self._open_until is None and not self._failures:
            return
        with self._lock:
            if permit == self._permit:
                self._failures, self._pause, self._open_until = 0, 0.0, None

    def failed(self, permit: int, reason: str) -> None:
        with self._lock:
            if permit != self._permit:
                return
            self._permit += 1
            self._failures += 1
            if self._open_until is None and self._failures < FAILURES:
                return
            self._pause = min(self._pause * 2, LONGEST_PAUSE) or FIRST_PAUSE
            self._open_until = self._clock() + self._pause
            pause = self._pause
        _log.warning(
            "cache unavailable", extra=counted("CacheCircuitOpen", reason=reason, pauseSeconds=pause)
        )
