"""The import of files with everything around it in memory."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from app.models.imports import Import, ImportProgress, ImportStatus, Reject, RowWarning
from app.models.mail import Mail
from app.ports.previews import ImportPreview
from app.ports.raw_files import RawFile
from app.services.ingest.events import ObjectCreated
from app.services.ingest.files import FileIngest
from support.mail import Outbox
from support.memory import MemoryImports, MemoryPreviews, MemoryStats, MemoryUserData

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


class LoggedImports(MemoryImports):
    """Notes the progress and the end of an import. Where a test has one import, `only` is its record."""

    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self.log = log

    def advance(self, import_id: str, progress: ImportProgress) -> None:
        self.log.append(f"advance {progress.rows}")
        super().advance(import_id, progress)

    def finish(self, import_id: str, status: ImportStatus, **why: Any) -> Import | None:
        finished = super().finish(import_id, status, **why)
        if finished is not None:
            self.log.append("finish")
        return finished

    @property
    def only(self) -> Import:
        (record,) = self.records.values()
        return record

    @property
    def rejected(self) -> dict[int, Reject]:
        return {line: reject for (_, line), reject in self.reject_rows.items()}

    @property
    def warned(self) -> list[RowWarning]:
        return list(self.warning_rows.values())


class LoggedPreviews(MemoryPreviews):
    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self.log = log

    def save(self, import_id: str, preview: ImportPreview) -> None:
        self.log.append(f"preview {len(preview.rows)}")
        super().save(import_id, preview)


class Setup:
    """`log` has what was written, in order. `meanwhile` is what others do while rows are stored."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.objects, self.imports = Objects(), LoggedImports(self.log)
        self.previews = LoggedPreviews(self.log)
        self.user_data, self.stats, self.outbox = MemoryUserData(), MemoryStats(), Outbox()
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
