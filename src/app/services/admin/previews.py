"""Dry runs of imports: what they show, and the import that an administrator makes of one."""

import hashlib
import json
from collections.abc import Mapping

from app.errors import Conflict, FieldError, Gone, NotFound, Unprocessable, pointer
from app.ids import version_7
from app.models.imports import IMPORT_LEASE, Import, ImportTarget
from app.models.moments import now, timestamp
from app.models.users import User
from app.ports.imports import ImportRepository
from app.ports.previews import ImportPreview, PreviewColumn, PreviewRepository
from app.ports.queues import Queue
from app.services.admin.audit import Audit
from app.services.ingest.mapping import DROPPED, ColumnMapping

Mapped = Mapping[str, ImportTarget]
"""Targets of columns by their headers, instead of those that were recognised."""


class Previews:
    """`queue` is the ingest queue."""

    def __init__(
        self, imports: ImportRepository, previews: PreviewRepository, queue: Queue, audit: Audit
    ) -> None:
        self._imports = imports
        self._previews = previews
        self._queue = queue
        self._audit = audit

    def get(self, import_id: str) -> ImportPreview:
        """Raises:
        NotFound: there is no such import, or it is not a dry run that has ended well.
        Gone: the preview has expired.
        """
        record = self._found(import_id)
        if record.status != "previewed":
            raise NotFound
        return self._kept(record)

    def run(self, actor: User, import_id: str, mapping: Mapped) -> Import:
        """Import the file of a dry run. The report goes to `actor`.

        There is one run of each dry run, with the mapping of the first request. Its id follows from the dry run's, so
        a repetition after an interruption finds it; until it begins, it is put on the queue again.

        Raises:
            NotFound
            Conflict: it is not a dry run that has ended well, or it has a run with another mapping.
            Gone: the preview has expired.
            Unprocessable: the mapping does not fit the columns.
            app.errors.Unavailable: it may run or not; the same request may be repeated.
        """
        record = self._found(import_id)
        if record.status != "previewed":
            raise Conflict("This is not a dry run that has been previewed.", code="import_not_previewed")
        preview = self._kept(record)
        _check(preview, mapping)
        run = _run_of(record, actor, mapping)
        with self._audit.recorded(actor, "import.run", record.id, importId=run.id):
            if not self._imports.announce(run):
                run = self._announced(run, preview)
            if run.event is None:
                self._queue.send(_message(preview, run))
            self._imports.link(record.id, run.id)
        return run.as_of(now())

    def _found(self, import_id: str) -> Import:
        record = self._imports.get(import_id)
        if record is None:
            raise NotFound
        return record

    def _kept(self, record: Import) -> ImportPreview:
        preview = self._previews.get(record.id)
        if preview is None or record.expires_at is None or record.expires_at <= now():
            raise Gone("The preview has expired. Upload the file again.", code="preview_expired")
        return preview

    def _announced(self, run: Import, preview: ImportPreview) -> Import:
        """The run that is there already, if its mapping says the same."""
        there = self._found(run.id)
        if not _say_the_same(there.mapping, run.mapping, preview):
            raise Conflict(
                "This dry run has been imported with another mapping. Upload the file again.",
                code="import_already_run",
                members={"importId": there.id},
            )
        return there


def _run_of(record: Import, actor: User, mapping: Mapped) -> Import:
    moment = now()
    ended = int((record.finished_at or record.created_at).timestamp() * 1000)
    return Import(
        id=version_7(ended, hashlib.sha256(f"run {record.id}".encode()).digest()),
        name=record.name,
        content_type=record.content_type,
        size=record.size,
        started_by=actor.id,
        report_to=actor.email,
        locale=actor.locale,
        created_at=moment,
        lease_until=moment + IMPORT_LEASE,
        preview_of=record.id,
        mapping=dict(mapping),
    )


def _message(preview: ImportPreview, run: Import) -> str:
    """S3's event about the file once more, of now: what the import brings replaces what came since the upload."""
    event = {**preview.event, "eventTime": timestamp(run.created_at), "importId": run.id}
    return json.dumps({"Records": [event]})


def _check(preview: ImportPreview, mapping: Mapped) -> None:
    """Raises:
    Unprocessable
    """
    columns = {column.header: column for column in preview.columns}
    faults = [_fault(columns.get(header), header, target) for header, target in mapping.items()]
    errors = tuple(fault for fault in faults if fault is not None)
    if errors:
        raise Unprocessable(errors=errors)
    targets = {mapping.get(column.header, column.target) for column in preview.columns}
    if "email" not in targets and not preview.left_out:
        message = "One column must hold the e-mail addresses."
        raise Unprocessable(errors=(FieldError("/mapping", "no_email_column", message),))


def _fault(column: PreviewColumn | None, header: str, target: ImportTarget) -> FieldError | None:
    if column is None:
        return FieldError(pointer("mapping", header), "unknown_column", "The file has no such column.")
    if column.secret and target != "dropped":
        message = "A column of passwords, tokens or card numbers is always dropped."
        return FieldError(pointer("mapping", header), "secret_column", message)
    return None


def _say_the_same(first: Mapped, second: Mapped, preview: ImportPreview) -> bool:
    """Return whether both fill the same fields from the same columns in the same order. A column that is not shown
    may come before one that a mapping does not name."""
    if preview.left_out:
        return first == second
    return _effect(first, preview) == _effect(second, preview)


def _effect(mapping: Mapped, preview: ImportPreview) -> tuple[dict[str, list[str]], set[str]]:
    """The columns of each field, the first in rank first, and those that are dropped."""
    columns = ColumnMapping.of([column.header for column in preview.columns], mapping)
    by_field = {field: [column.header for column in ranked] for field, ranked in columns.by_field.items()}
    return by_field, {column.header for column in columns.columns if column.target == DROPPED}
