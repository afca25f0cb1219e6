"""Dry runs of imports: what they show, and the import that an administrator makes of one."""

import hashlib
import json
from collections.abc import Mapping

from app.errors import Conflict, FieldError, Gone, NotFound, Unprocessable, pointer
from app.ids import version_7
from app.models import IMPORT_LEASE, Import, ImportTarget, User, now, timestamp
from app.ports import ImportRepository
from app.ports.previews import ImportPreview, PreviewColumn, PreviewRepository
from app.ports.queues import Queue
from app.services.admin.audit import Audit

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

        There is one run of each dry run. Its id follows from the dry run's, so a repetition after an interruption
        finds it: until it begins, it is put on the queue again, with the mapping of the repetition.

        Raises:
            NotFound
            Conflict: it is not a dry run that has ended well, or its run has begun with another mapping.
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
            if self._imports.announce(run):
                self._queue.send(_message(preview, run))
            else:
                run = self._begun(run)
            self._imports.link(record.id, run.id)
        return run

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

    def _begun(self, run: Import) -> Import:
        """The run that has begun already, if it is the one that is asked for."""
        begun = self._found(run.id)
        if begun.mapping != run.mapping:
            raise Conflict(
                "This dry run has been imported with another mapping.",
                code="import_already_run",
                members={"importId": begun.id},
            )
        return begun.as_of(now())


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
