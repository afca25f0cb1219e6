import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from app.errors import Unavailable
from app.models.audit import AuditEntry
from app.models.moments import timestamp
from app.models.pages import Page, Position
from support.memory.paging import page
from support.memory.values import as_stored

_KEPT_MONTHS = 13


class MemoryAudit:
    """The `AuditRepository` in memory. `fails` names the methods that do."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.rows: dict[str, AuditEntry] = {}
        self.fails: set[str] = set()
        self._clock = clock

    def append(self, entry: AuditEntry) -> None:
        if "append" in self.fails:
            raise Unavailable
        self.rows[entry.id] = as_stored(entry)

    def settle(self, entry: AuditEntry) -> None:
        if "settle" in self.fails:
            raise Unavailable
        self.rows[entry.id] = replace(self.rows[entry.id], outcome=entry.outcome, details=entry.details)

    def list(self, *, limit: int, position: Position | None = None) -> Page[AuditEntry]:
        newest = _month(datetime.fromtimestamp(self._clock(), UTC))
        kept = (entry for entry in self.rows.values() if newest - _KEPT_MONTHS <= _month(entry.at) <= newest)
        return page(
            kept,
            lambda entry: (timestamp(entry.at), entry.id),
            parts=2,
            limit=limit,
            position=position,
            newest_first=True,
        )

    @property
    def only(self) -> AuditEntry:
        (entry,) = self.rows.values()
        return entry


def _month(moment: datetime) -> int:
    return moment.year * 12 + moment.month
