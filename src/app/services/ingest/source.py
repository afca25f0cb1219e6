"""The rows of a file in the bucket of raw user data, however it is compressed, encoded and written."""

from collections.abc import Iterator

from app.models.imports import Import, ImportProgress
from app.ports.raw_files import RawFile, RawFiles
from app.services.ingest.content import bounded, gunzipped, is_gzip, is_utf16, skipped, transcoded
from app.services.ingest.events import ObjectCreated
from app.services.ingest.formats import Format, Row, detect

READ_ONCE = 256 << 10
"""Bytes. A file that is no larger is asked for once, and kept for all that reads it."""

_PIECE = 1 << 16


class Source:
    """The rows of the file that an event is about, read for one import."""

    def __init__(self, files: RawFiles, event: ObjectCreated, record: Import) -> None:
        self._files = files
        self._file = RawFile(event.bucket, event.key, event.version_id, event.etag)
        self._whole = self._read_whole() if event.size is None or event.size <= READ_ONCE else None
        self._gzip = is_gzip(next(self._pieces(), b""))
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
        return bounded(self._pieces(offset))

    def _decompressed(self) -> Iterator[bytes]:
        return gunzipped(self._pieces()) if self._gzip else self._pieces()

    def _pieces(self, offset: int = 0) -> Iterator[bytes]:
        if self._whole is None:
            return self._files.pieces(self._file, offset)
        whole = self._whole
        return (whole[begin : begin + _PIECE] for begin in range(offset, len(whole), _PIECE))

    def _read_whole(self) -> bytes | None:
        """`None` for a file that is larger: what an event says of the size is not relied on."""
        read = bytearray()
        for piece in self._files.pieces(self._file):
            read += piece
            if len(read) > READ_ONCE:
                return None
        return bytes(read)
