import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock

from app.ports.mail import MailClaim
from support.memory.erasures import MemoryErasures

_LEASE_SECONDS = 60


@dataclass
class _Record:
    """`unsettled` counts the claims that may have sent the mail without telling."""

    owner: str | None = None
    leased_until: float = 0
    unsettled: int = 0
    message_id: str | None = None


class MemoryMail:
    """The `MailRepository` in memory. `clock` gives seconds since the epoch."""

    def __init__(
        self, erasures: MemoryErasures | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.records: dict[str, _Record] = {}
        self.suppressed: dict[str, str] = {}
        self.erasures = erasures or MemoryErasures()
        self._clock = clock
        self._lock = RLock()

    def claim(self, mail_id: str, *, owner: str) -> MailClaim:
        with self._lock:
            record = self.records.setdefault(mail_id, _Record())
            if record.message_id is not None:
                return "sent"
            if record.leased_until <= self._clock():
                record.owner, record.leased_until = owner, self._clock() + _LEASE_SECONDS
                record.unsettled += 1
            elif record.owner != owner:
                return "held"
            return "again" if record.unsettled > 1 else "first"

    def settle_sent(self, mail_id: str, message_id: str) -> None:
        with self._lock:
            self.records.setdefault(mail_id, _Record()).message_id = message_id

    def settle_unsent(self, mail_id: str, *, owner: str) -> None:
        with self._lock:
            record = self.records.get(mail_id)
            if record is not None and record.owner == owner and record.message_id is None:
                record.owner, record.leased_until = None, 0
                record.unsettled -= 1

    def is_suppressed(self, address: str) -> bool:
        return address.lower() in self.suppressed

    def suppress(self, address: str, reason: str) -> None:
        self.suppressed[address.lower()] = reason

    def is_erased(self, user_id: str) -> bool:
        return self.erasures.state(user_id) is not None
