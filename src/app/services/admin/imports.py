"""Imports as administrators know them: a file announced, uploaded straight to S3, and what became of it."""

from dataclasses import dataclass, replace
from datetime import timedelta

from app.errors import NotFound
from app.ids import new_id
from app.models.imports import Import, Reject, RowWarning
from app.models.moments import now
from app.models.pages import Page, Position
from app.models.users import User
from app.ports.imports import ImportRepository
from app.ports.objects import ImportUploads, PresignedForm
from app.ports.raw_files import import_key
from app.services.admin.audit import Audit
from app.services.cursors import Cursor, CursorPage, CursorSigner

MAX_SIZE = 512 << 20
"""Bytes, as uploaded."""
_FORM_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ImportQuery:
    """The list of all imports, as its cursors know it."""


@dataclass(frozen=True, slots=True)
class RejectQuery:
    """The rejects of one import, as their cursors know them."""

    import_id: str


@dataclass(frozen=True, slots=True)
class WarningQuery:
    """The warnings of one import, as their cursors know them."""

    import_id: str


class Imports:
    def __init__(
        self, imports: ImportRepository, uploads: ImportUploads, audit: Audit, cursors: CursorSigner
    ) -> None:
        self._imports = imports
        self._uploads = uploads
        self._audit = audit
        self._cursors = cursors

    def create(
        self,
        actor: User,
        *,
        name: str,
        content_type: str,
        size: int,
        dry_run: bool = False,
        import_id: str | None = None,
    ) -> Import:
        """An import that begins when its file arrives; see `upload`. The report goes to `actor`; a dry run has none.
        An import that is there already, by an earlier request whose answer was lost, stays as it is."""
        moment = now()
        record = Import(
            id=import_id or new_id(moment),
            name=name,
            content_type=content_type,
            size=size,
            started_by=actor.id,
            report_to=actor.email,
            locale=actor.locale,
            created_at=moment,
            dry_run=dry_run,
        )
        with self._audit.recorded(actor, "import.create", record.id, size=size):
            self._imports.create(record)
        return record

    def upload(self, record: Import) -> PresignedForm | None:
        """A form for just its file; `None` when that has come. May be asked for again."""
        if record.status != "pending" or record.content_type is None or record.size is None:
            return None  # only an announced import has a type and a size, and waits for its file
        return self._uploads.form(
            import_key(record.id, dry_run=record.dry_run),
            content_type=record.content_type,
            size=record.size,
            seconds=int(_FORM_LIFE.total_seconds()),
        )

    def find(self, import_id: str) -> Import:
        """Raises:
        NotFound
        """
        record = self._imports.get(import_id)
        if record is None:
            raise NotFound
        return record.as_of(now())

    def get(
        self, reader: User, import_id: str, *, limit: int, cursor: Cursor | None
    ) -> tuple[Import, CursorPage[Reject]]:
        """The import, and a page of its rejected rows.

        Raises:
            NotFound
        """
        query = RejectQuery(import_id)
        position = self._cursors.verify(reader.id, query, cursor)
        record = self.find(import_id)
        page = self._imports.rejects(import_id, limit=limit, position=position)
        return record, self._cursors.sign_page(reader.id, query, page)

    def warnings(
        self, reader: User, import_id: str, *, limit: int, cursor: Cursor | None
    ) -> CursorPage[RowWarning]:
        """A page of the import's warnings, by line.

        Raises:
            NotFound
        """
        query = WarningQuery(import_id)
        position = self._cursors.verify(reader.id, query, cursor)
        self.find(import_id)
        page = self._imports.warnings(import_id, limit=limit, position=position)
        return self._cursors.sign_page(reader.id, query, page)

    def list(self, reader: User, *, limit: int, cursor: Cursor | None) -> CursorPage[Import]:
        """The newest first."""

        def read(position: Position | None) -> Page[Import]:
            return self._imports.list(limit=limit, position=position)

        page = self._cursors.page(reader.id, ImportQuery(), cursor, read)
        moment = now()
        return replace(page, items=tuple(record.as_of(moment) for record in page.items))
