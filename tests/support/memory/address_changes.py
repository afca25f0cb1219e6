import time
from collections.abc import Callable
from dataclasses import replace
from threading import RLock

from app.errors import Conflict, Contention
from app.ports.address_changes import AddressRecord


class MemoryAddressChanges:
    """The `AddressChangeRepository` in memory."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.records: dict[str, AddressRecord] = {}
        self.reserved: dict[str, tuple[str, int]] = {}
        self._clock = clock
        self._lock = RLock()

    def get(self, user_id: str) -> AddressRecord:
        return self.records.get(user_id, AddressRecord())

    def put(self, user_id: str, record: AddressRecord, *, was: AddressRecord) -> AddressRecord:
        with self._lock:
            if self.get(user_id).version != was.version:
                raise Contention
            if any(self.holder(email) not in (None, user_id) for email in record.reserved):
                raise Conflict(code="email_taken")
            self._release(user_id)
            self.reserved |= {email: (user_id, until) for email, until in record.reserved.items()}
            self.records[user_id] = replace(record, version=was.version + 1)
            return self.records[user_id]

    def holder(self, email: str) -> str | None:
        user_id, until = self.reserved.get(email, (None, 0))
        return user_id if until > self._clock() else None

    def erase(self, user_id: str) -> bool:
        with self._lock:
            self._release(user_id)
            return self.records.pop(user_id, None) is not None

    def _release(self, user_id: str) -> None:
        self.reserved = {email: held for email, held in self.reserved.items() if held[0] != user_id}
