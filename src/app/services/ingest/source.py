"""The rows of a file in the bucket of raw user data, however it is compressed, encoded and written."""

from collections.abc import Iterator

from app.models.imports import Import, ImportProgress
from app.ports.objects import RawFile, RawFiles
from app.services.ingest.content import bounded, gunzipped, is_gzip, is_utf16, skipped, transcoded
from app.services.ingest.events import ObjectCreated
from app.services.ingest.formats import Format, Row, detect


class Source:
    """The rows of the file that an event is about, read for one import."""

    def __init__(self, files: RawFiles, event: ObjectCreated, record: Import) -> None:
        self._files = files
        self._file = RawFile(event.bucket, event.key, event.version_id, event.etag)
        self._gzip = is_gzip(next(files.pieces(self._file), b""))
        self._utf16 = is_utf16(next(self._decompressed(), b""))
        self._format: Format = detect(self._content(0), record.mapping, needs_email=not record.dry_run)

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers of a CSV file; other formats have them in each row."""
        return self._format.columns

    def beginning(self, *, checked: bool = False) -> ImportProgress:
        return ImportProgress(self._format.start, self._format.line, checked=checked)

    def rows(self, after: ImportProgress) -> Iterator[Row]:
        return self._format.read(self._content(after.offset), after.offset, after.line)

    def _content(self, offset: int) -> Iterator[bytes]:
        """UTF-8 from `offset` on. What is compressed or in UTF-16 has to be read from its beginning."""
        if self._utf16:
            return skipped(transcoded(bounded(self._decompressed())), offset)
        if self._gzip:
            return skipped(bounded(self._decompressed()), offset)
        return bounded(self._files.pieces(self._file, offset))

    def _decompressed(self) -> Iterator[bytes]:
        pieces = self._files.pieces(self._file)
        return gunzipped(pieces) if self._gzip else pieces
