from collections.abc import Sequence
from dataclasses import replace
from threading import RLock

from app.models import EventOrder, UserData
from app.ports import Observation


class MemoryUserData:
    """The `UserDataRepository` in memory, and the model that engines are compared with."""

    def __init__(self) -> None:
        self.rows: dict[str, UserData] = {}
        self.orders: dict[str, EventOrder] = {}
        self._lock = RLock()

    def get(self, email: str) -> UserData | None:
        return self.rows.get(email)

    def upsert(self, rows: Sequence[Observation]) -> int:
        newest: dict[str, Observation] = {}
        for data, order in rows:
            if data.email not in newest or order.follows(newest[data.email][1]):
                newest[data.email] = data, order
        with self._lock:
            return sum(self._write(data, order) for data, order in newest.values())

    def _write(self, data: UserData, order: EventOrder) -> bool:
        if data.email in self.orders and not order.follows(self.orders[data.email]):
            return False
        linked = self.rows[data.email].user_id if data.email in self.rows else None
        self.rows[data.email] = replace(data, user_id=linked)
        self.orders[data.email] = order
        return True

    def link(self, email: str, user_id: str) -> UserData | None:
        with self._lock:
            if email not in self.rows:
                return None
            self.rows[email] = replace(self.rows[email], user_id=user_id)
            return self.rows[email]

    def unlink(self, email: str, user_id: str) -> None:
        with self._lock:
            if email in self.rows and self.rows[email].user_id == user_id:
                self.rows[email] = replace(self.rows[email], user_id=None)

    def erase(self, email: str, user_id: str) -> None:
        with self._lock:
            if email in self.rows and self.rows[email].user_id in (None, user_id):
                del self.rows[email], self.orders[email]
