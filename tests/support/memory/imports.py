from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from threading import RLock
from typing import Any

from app.models.imports import IMPORT_LEASE, Import, ImportProgress, ImportStatus, Reject, RowWarning
from app.models.moments import now
from app.models.pages import Page, Position
from support.memory.paging import page
from support.memory.values import as_stored


class MemoryImports:
    """The `ImportRepository` in memory."""

    def __init__(self) -> None:
        self.records: dict[str, Import] = {}
        self.reject_rows: dict[tuple[str, int], Reject] = {}
        self.warning_rows: dict[tuple[str, int, int], RowWarning] = {}
        self._lock = RLock()

    def create(self, record: Import) -> bool:
        with self._lock:
            if record.id in self.records:
                return False
            self.records[record.id] = as_stored(record)
            if record.status == "running":
                self._change(record.id, lease_until=now() + IMPORT_LEASE)
            return True

    def announce(self, record: Import) -> bool:
        with self._lock:
            there = self.records.get(record.id)
            if there is not None and (there.event is not None or there.mapping != record.mapping):
                return False
            self.records[record.id] = as_stored(record)
            return True

    def link(self, import_id: str, run_id: str) -> None:
        with self._lock:
            if import_id in self.records:
                self._change(import_id, run_id=run_id)

    def get(self, import_id: str) -> Import | None:
        return self.records.get(import_id)

    def begin(self, import_id: str, event: str) -> Import | None:
        with self._lock:
            record = self.records.get(import_id)
            if record is None or record.event is not None:
                return None
            return self._change(import_id, event=event, status="running", lease_until=now() + IMPORT_LEASE)

    def advance(self, import_id: str, progress: ImportProgress) -> None:
        with self._lock:
            record = self._running(import_id)
            if record is not None and record.progress.offset <= progress.offset:
                self._change(import_id, progress=progress, lease_until=now() + IMPORT_LEASE)

    def finish(
        self,
        import_id: str,
        status: ImportStatus,
        *,
        reason: str | None = None,
        line: int | None = None,
        detail: str | None = None,
    ) -> Import | None:
        with self._lock:
            if self._running(import_id) is None:
                return None
            outcome = {"reason": reason, "reason_line": line, "reason_detail": detail}
            return self._change(import_id, status=status, finished_at=now(), **outcome)

    def _running(self, import_id: str) -> Import | None:
        record = self.records.get(import_id)
        return record if record is not None and record.status == "running" else None

    def _change(self, import_id: str, **changes: Any) -> Import:
        self.records[import_id] = replace(self.records[import_id], **changes)
        return self.records[import_id]

    def add_rejects(self, import_id: str, rejects: Sequence[Reject]) -> None:
        self.reject_rows.update(((import_id, reject.line), reject) for reject in rejects)

    def add_warnings(self, import_id: str, warnings: Sequence[RowWarning]) -> None:
        numbers: Counter[int] = Counter()
        for warning in warnings:
            self.warning_rows[import_id, warning.line, numbers[warning.line]] = warning
            numbers[warning.line] += 1

    def rejects(self, import_id: str, *, limit: int, position: Position | None = None) -> Page[Reject]:
        found = [reject for (owner, _), reject in self.reject_rows.items() if owner == import_id]
        return page(found, lambda reject: (f"{reject.line:010}",), parts=1, limit=limit, position=position)

    def warnings(self, import_id: str, *, limit: int, position: Position | None = None) -> Page[RowWarning]:
        found = [row for row in self.warning_rows.items() if row[0][0] == import_id]
        rows = page(
            found,
            lambda row: (f"{row[0][1]:010}", f"{row[0][2]:04}"),
            parts=2,
            limit=limit,
            position=position,
        )
        return Page(tuple(warning for _, warning in rows.items), rows.position)

    def list(self, *, limit: int, position: Position | None = None) -> Page[Import]:
        return page(
            self.records.values(),
            lambda record: (record.id,),
            parts=1,
            limit=limit,
            position=position,
            newest_first=True,
        )
