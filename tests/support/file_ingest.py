"""The import of files with everything around it in memory."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from app.models import Import, ImportProgress, ImportStatus, Mail, Reject, RowWarning, now
from app.ports.objects import RawFile
from app.ports.previews import ImportPreview
from app.services.ingest.events import ObjectCreated
from app.services.ingest.files import FileIngest
from support.ingest import MemoryUserData
from support.mail import CountingStats, Outbox

WAITING = Import(id="i1", name="people.csv", started_by="a1", report_to="admin@example.com", locale="de")
HEADER = b"email,name\n"


def event(key: str = "users/people.csv", sequencer: str = "01") -> ObjectCreated:
    return ObjectCreated("ingest", key, 9, "etag", "v1", sequencer, "2026-11-21T09:30:00Z", {"raw": key})


def rows(count: int, start: int = 0) -> bytes:
    return b"".join(b"p%d@example.com,Person %d\n" % (n, n) for n in range(start, start + count))


class Objects:
    """One object, given piece by piece. `fault` is raised instead; `asked` is what was read, and from where."""

    def __init__(self) -> None:
        self.body = HEADER + rows(2)
        self.fault: Exception | None = None
        self.asked: list[tuple[RawFile, int]] = []

    def pieces(self, file: RawFile, offset: int = 0) -> Iterator[bytes]:
        self.asked.append((file, offset))
        if self.fault:
            raise self.fault
        for start in range(offset, len(self.body), 1 << 12):
            yield self.body[start : start + (1 << 12)]


class MemoryImports:
    def __init__(self, log: list[str]) -> None:
        self.records: dict[str, Import] = {}
        self.rejected: dict[int, Reject] = {}
        self.warned: list[RowWarning] = []
        self.log = log

    def create(self, record: Import) -> bool:
        return self.records.setdefault(record.id, record) is record

    def announce(self, record: Import) -> bool:
        begun = record.id in self.records and self.records[record.id].event is not None
        if not begun:
            self.records[record.id] = record
        return not begun

    def get(self, import_id: str) -> Import | None:
        return self.records.get(import_id)

    def begin(self, import_id: str, event: str) -> Import | None:
        record = self.records.get(import_id)
        if record is None or record.event is not None:
            return None
        return self._change(import_id, event=event, status="running")

    def advance(self, import_id: str, progress: ImportProgress) -> None:
        self.log.append(f"advance {progress.rows}")
        self._change(import_id, progress=progress)

    def add_rejects(self, import_id: str, rejects: Sequence[Reject]) -> None:
        self.rejected |= {reject.line: reject for reject in rejects}

    def add_warnings(self, import_id: str, warnings: Sequence[RowWarning]) -> None:
        self.warned += warnings

    def finish(
        self,
        import_id: str,
        status: ImportStatus,
        *,
        reason: str | None = None,
        line: int | None = None,
        detail: str | None = None,
    ) -> Import | None:
        if self.records[import_id].status != "running":
            return None
        self.log.append("finish")
        ended = {"status": status, "reason": reason, "reason_line": line, "reason_detail": detail}
        return self._change(import_id, **ended, finished_at=now())

    def link(self, import_id: str, run_id: str) -> None:
        self._change(import_id, run_id=run_id)

    def _change(self, import_id: str, **changes: Any) -> Import:
        self.records[import_id] = replace(self.records[import_id], **changes)
        return self.records[import_id]

    @property
    def only(self) -> Import:
        (record,) = self.records.values()
        return record


class MemoryPreviews:
    def __init__(self, log: list[str]) -> None:
        self.previews: dict[str, ImportPreview] = {}
        self.log = log

    def save(self, import_id: str, preview: ImportPreview) -> None:
        self.log.append(f"preview {len(preview.rows)}")
        self.previews[import_id] = preview

    def get(self, import_id: str) -> ImportPreview | None:
        return self.previews.get(import_id)


class Setup:
    """`log` has what was written, in order. `meanwhile` is what others do while rows are stored."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.objects, self.imports = Objects(), MemoryImports(self.log)
        self.previews = MemoryPreviews(self.log)
        self.user_data, self.stats, self.outbox = MemoryUserData(), CountingStats(), Outbox()
        self.again: list[dict[str, Any]] = []
        self.meanwhile: Callable[[], object] = lambda: None
        self.ingest = FileIngest(
            files=self.objects,
            user_data=self,
            imports=self.imports,
            previews=self.previews,
            outbox=self,
            stats=self.stats,
            again=self.again.append,
        )

    def upsert(self, said: Sequence[Any]) -> int:
        self.log.append(f"store {len(said)}")
        self.meanwhile()
        return self.user_data.upsert(said)

    def send(self, mail: Mail) -> None:
        self.log.append("report")
        self.outbox.send(mail)

    def run(self, created: ObjectCreated | None = None, *, left: float = 900, checks: int = 10**9) -> None:
        """With `left` seconds, until they were asked for `checks` times: then the time is over."""
        asked = itertools.count()
        self.ingest.run(created or event(), lambda: left if next(asked) < checks else 0)
