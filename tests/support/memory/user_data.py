from collections.abc import Sequence
from dataclasses import replace
from threading import RLock

from app.models.user_data import EventOrder, UserData
from app.ports.user_data import Observation


class MemoryUserData:
    """The `UserDataRepository` in memory, and the model that engines are compared with."""

    def __init__(self) -> None:
        self.rows: dict[str, UserData] = {}
        self.orders: dict[str, EventOrder] = {}
        self.links: dict[str, str] = {}
        self._lock = RLock()

    def get(self, email: str) -> UserData | None:
        return self.rows.get(email)

    def get_many(self, emails: Sequence[str]) -> list[UserData]:
        with self._lock:
            return [self.rows[email] for email in emails if email in self.rows]

    def owners(self, emails: Sequence[str]) -> dict[str, str]:
        with self._lock:
            return {email: self.links[email] for email in emails if email in self.links}

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
        self.rows[data.email] = replace(data, user_id=self.links.get(data.email))
        self.orders[data.email] = order
        return True

    def link(self, email: str, user_id: str) -> UserData | None:
        with self._lock:
            self.links[email] = user_id
            if email not in self.rows:
                return None
            self.rows[email] = replace(self.rows[email], user_id=user_id)
            return self.rows[email]

    def unlink(self, email: str, user_id: str) -> None:
        with self._lock:
            if self.links.get(email) == user_id:
                del self.links[email]
                if email in self.rows:
                    self.rows[email] = replace(self.rows[email], user_id=None)

    def erase(self, email: str, user_id: str) -> None:
        with self._lock:
            if self.links.get(email) in (None, user_id):
                self.links.pop(email, None)
                self.rows.pop(email, None)
                self.orders.pop(email, None)
