"""A file of raw user data, from S3 into the tables, however large and however often interrupted.

Each event that tells of a file has one import, with the progress that was made. First the whole file is read without
storing anything: what cannot be read to its end is refused before it leaves half of itself behind. Then it is stored,
a thousand rows at a time, the progress last. An interrupted worker begins again there, and repeats at most the last
thousand rows, which changes nothing. When the time of an invocation runs out, the event is sent to the queue again.
"""

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from posixpath import basename
from typing import Any

from app.models.imports import Import, ImportProgress, ImportStatus, Reject, RowWarning
from app.models.user_data import EventOrder, UserData
from app.ports.imports import ImportRepository
from app.ports.previews import PreviewRepository
from app.ports.raw_files import DRY_RUNS, IMPORTS, ObjectGone, ObjectReplaced, RawFiles
from app.ports.stats import StatsRepository
from app.ports.user_data import RowStore
from app.services.ingest.attributes import DROPPED_COLUMN
from app.services.ingest.events import ObjectCreated
from app.services.ingest.formats import Row
from app.services.ingest.ids import id_of
from app.services.ingest.previewing import Previewing
from app.services.ingest.refusals import FileRefused
from app.services.ingest.refused import Refused
from app.services.ingest.source import Source
from app.services.ingest.storing import NOT_STORABLE, store
from app.services.ingest.transform import RecordReader
from app.services.mail.kinds import import_report
from app.services.mail.outbox import Outbox
from app.text import nfc

_log = logging.getLogger("app.ingest")

CHUNK_ROWS = 1000
CHUNK_BYTES = 4 << 20
MAX_WARNINGS = 1000
"""Of one import are stored, and as many rejects of a dry run. All are counted: a file may have one in each of a
million rows."""
RESERVE_SECONDS = 30.0
"""A chunk must be done in this time, even where DynamoDB throttles."""
_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class _Chunk:
    """`lines` are those of `rows`. `end` and `next_line` are where the next chunk begins."""

    rows: list[tuple[UserData, EventOrder]]
    lines: list[int]
    rejects: list[Reject]
    warnings: list[RowWarning]
    end: int
    next_line: int


class FileIngest:
    """`again` sends an event to the queue once more."""

    def __init__(
        self,
        *,
        files: RawFiles,
        user_data: RowStore,
        imports: ImportRepository,
        previews: PreviewRepository,
        outbox: Outbox,
        stats: StatsRepository,
        again: Callable[[dict[str, Any]], None],
    ) -> None:
        self._files = files
        self._user_data = user_data
        self._imports = imports
        self._previews = previews
        self._outbox = outbox
        self._stats = stats
        self._again = again

    def run(self, event: ObjectCreated, remaining: Callable[[], float]) -> None:
        """Import the file, or go on with it. `remaining`: seconds until we are stopped.

        Raises:
            app.errors.Unavailable: a dependency failed; the same event goes on from here.
        """
        record = self._claimed(event)
        if record is None or record.status != "running":
            return
        try:
            finished = self._import(record, event, remaining)
        except FileRefused as refused:
            self._finish(record, refused.reason, refused.line, refused.detail)
        except ObjectGone:
            self._finish(record, "object_gone")
        except ObjectReplaced:
            self._finish(record, "object_replaced")
        else:
            if finished:
                self._finish(record)
            else:
                self._again(event.raw)

    def give_up(self, event: ObjectCreated, reason: str) -> None:
        """End the import of an event that is not tried again; its message goes to the dead letters.

        Raises:
            app.errors.Unavailable: the store or the mail queue did not take it.
        """
        record = self._claimed(event)
        if record is not None and record.status == "running":
            self._finish(record, reason)

    def _claimed(self, event: ObjectCreated) -> Import | None:
        """The import of this event; `None` for a run that is gone. A file that came through the API has one waiting,
        for its first upload only."""
        waiting = event.import_id or _announced(event.key)
        if waiting is not None and (record := self._imports.get(waiting)) is not None:
            claimed = self._imports.begin(waiting, event.id) or self._imports.get(waiting) or record
            if claimed.event == event.id:
                return claimed
        if event.import_id is not None:
            _log.warning("run of an unknown import", extra={"fields": {"import": event.import_id}})
            return None
        return self._recorded(event)

    def _recorded(self, event: ObjectCreated) -> Import:
        record = Import(
            id=id_of(event),
            name=nfc(basename(event.key))[:_NAME_LENGTH] or "file",
            size=event.size,
            status="running",
            event=event.id,
            dry_run=event.key.startswith(DRY_RUNS),
        )
        is_new = self._imports.create(record)
        return record if is_new else self._imports.get(record.id) or record

    def _import(self, record: Import, event: ObjectCreated, remaining: Callable[[], float]) -> bool:
        """Import from where it stopped; return whether all of the file is stored now."""
        if remaining() < RESERVE_SECONDS:
            return False
        source = Source(self._files, event, record)
        reader = RecordReader(datetime.fromtimestamp(event.order.at / 1000, UTC).date(), record.mapping)
        progress = record.progress
        preview = self._previewing(record, event) if record.dry_run else None
        if not progress.checked:
            progress = source.beginning(checked=True) if preview else self._check(record, source)
        for chunk in _chunks(source.rows(progress), reader, progress.offset, event.order):
            if remaining() < RESERVE_SECONDS:
                return False
            if preview is None:
                progress = self._store(record, chunk, progress)
            else:
                preview.take(chunk.rows, chunk.lines, (*source.columns, *reader.headers))
                progress = self._note(record, chunk, progress)
        if preview is not None:
            preview.end((*source.columns, *reader.headers))
        return True

    def _previewing(self, record: Import, event: ObjectCreated) -> Previewing:
        earlier = self._previews.get(record.id) if record.progress.checked else None
        return Previewing(event.raw, earlier, lambda preview: self._previews.save(record.id, preview))

    def _check(self, record: Import, source: Source) -> ImportProgress:
        for _row in source.rows(source.beginning()):
            pass
        progress = source.beginning(checked=True)
        self._imports.advance(record.id, progress)
        return progress

    def _store(self, record: Import, chunk: _Chunk, before: ImportProgress) -> ImportProgress:
        refused = {chunk.lines[index] for index in store(self._user_data, chunk.rows)}
        return self._note(record, chunk, before, refused)

    def _note(
        self, record: Import, chunk: _Chunk, before: ImportProgress, refused: Collection[int] = ()
    ) -> ImportProgress:
        """Keep what has become of the rows. `refused`: lines that the store did not take."""
        rejects = [*chunk.rejects, *(Reject(line, None, NOT_STORABLE) for line in sorted(refused))]
        warnings = [warning for warning in chunk.warnings if warning.line not in refused]
        kept = max(0, MAX_WARNINGS - before.rejected) if record.dry_run else None
        self._imports.add_rejects(record.id, rejects[:kept])
        self._imports.add_warnings(record.id, warnings[: max(0, MAX_WARNINGS - before.warnings)])
        progress = ImportProgress(
            offset=chunk.end,
            line=chunk.next_line,
            rows=before.rows + len(chunk.rows) + len(chunk.rejects),
            accepted=before.accepted + len(chunk.rows) - len(refused),
            warnings=before.warnings + len(warnings),
            checked=True,
        )
        self._imports.advance(record.id, progress)
        return progress

    def _finish(
        self, record: Import, reason: str | None = None, line: int | None = None, detail: str | None = None
    ) -> None:
        """The report goes first: repeated, it is sent once all the same; forgotten, it would never be."""
        good: ImportStatus = "previewed" if record.dry_run else "completed"
        status = good if reason is None else "failed"
        if record.report_to is not None and not record.dry_run:
            current = self._imports.get(record.id) or record
            if current.status == "running":
                self._outbox.send(import_report(current, record.report_to, status))
        done = self._imports.finish(record.id, status, reason=reason, line=line, detail=detail)
        if done is not None:
            if not done.dry_run:
                self._stats.add(
                    imports=1, rowsAccepted=done.progress.accepted, rowsRejected=done.progress.rejected
                )
            _log.info(
                "import", extra={"fields": {"import": done.id, "status": done.status, "reason": reason}}
            )


def _announced(key: str) -> str | None:
    """The id of the import that a key of the API's forms names."""
    return key.removeprefix(DRY_RUNS).removeprefix(IMPORTS) if key.startswith(IMPORTS) else None


def _chunks(rows: Iterator[Row], reader: RecordReader, offset: int, order: EventOrder) -> Iterator[_Chunk]:
    while taken := list(_bounded_rows(rows, offset)):
        good: list[tuple[UserData, EventOrder]] = []
        lines: list[int] = []
        rejects: list[Reject] = []
        warnings: list[RowWarning] = []
        for row in taken:
            if row.record is None:
                rejects.append(Reject(row.line, None, row.fault or "malformed"))
                continue
            try:
                reading = reader.read(row.record)
            except Refused as refused:
                rejects.append(Reject(row.line, refused.field, refused.reason))
                continue
            good.append((reading.data, order.nth(row.line)))
            lines.append(row.line)
            warnings.extend(RowWarning(row.line, field, reason) for field, reason in reading.warnings)
        offset = taken[-1].end
        yield _Chunk(good, lines, rejects, _told_once(warnings), offset, taken[-1].next_line)


def _told_once(warnings: list[RowWarning]) -> list[RowWarning]:
    """Without the repetitions, in a chunk, that one column is dropped: that is a fact of the column, not of a row."""
    reported: set[str] = set()
    kept = []
    for warning in warnings:
        if warning.reason != DROPPED_COLUMN or warning.field not in reported:
            kept.append(warning)
        if warning.reason == DROPPED_COLUMN:
            reported.add(warning.field)
    return kept


def _bounded_rows(rows: Iterator[Row], offset: int) -> Iterator[Row]:
    for row in islice(rows, CHUNK_ROWS):
        yield row
        if row.end - offset > CHUNK_BYTES:
            return
