"""The accounts as this process's last changes have left them: what the next creation presumes."""

import time
from collections.abc import Callable
from threading import Lock

from app.models.users import RecentAccount

KEPT_S = 10.0
MOST = 1_000


class RecentAccounts:
    """At most `MOST` users, for `KEPT_S` seconds each.

    A user for whom a presumption has failed is not remembered for as long: others write, too, and each failure is
    charged.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._kept: dict[str, tuple[float, RecentAccount | None]] = {}
        """Until when, the oldest first; `None` of those who are not to be remembered."""

    def find(self, user_id: str) -> RecentAccount | None:
        with self._lock:
            until, account = self._kept.get(user_id, (0.0, None))
            return account if self._clock() < until else None

    def remember(self, account: RecentAccount) -> None:
        with self._lock:
            until, known = self._kept.get(account.user_id, (0.0, account))
            if known is not None or self._clock() >= until:
                self._put(account.user_id, account)

    def forget(self, user_id: str) -> None:
        """For each write that begins: it outdates the account."""
        with self._lock:
            if self._kept.get(user_id, (0.0, None))[1] is not None:
                del self._kept[user_id]

    def distrust(self, user_id: str) -> None:
        """A presumption has failed."""
        with self._lock:
            self._put(user_id, None)

    def _put(self, user_id: str, account: RecentAccount | None) -> None:
        self._kept.pop(user_id, None)
        self._kept[user_id] = (self._clock() + KEPT_S, account)
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
