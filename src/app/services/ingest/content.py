"""The bytes of a file, decompressed on the way, for files of any size: never more than a piece at a time."""

import codecs
import zlib
from collections.abc import Iterable, Iterator

from app.services.ingest.refusals import FileRefused

MAX_BYTES = 1 << 30
"""Of one file, decompressed: 1 GiB."""
MAX_RATIO = 200
"""Real tables compress by a factor of 3 to 50; a bomb by a thousand."""
_RATIO_COUNTS_FROM = 16 << 20
_PIECE = 1 << 16
_GZIP = b"\x1f\x8b"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def is_gzip(head: bytes) -> bool:
    return head.startswith(_GZIP)


def is_utf16(head: bytes) -> bool:
    """By its byte order mark. UTF-32 begins with the same two bytes, and then with two zeros."""
    return head.startswith(_UTF16) and not head.startswith(codecs.BOM_UTF32_LE)


def transcoded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """UTF-16 as UTF-8, without the byte order mark.

    Raises:
        FileRefused: `not_text`, for half of a surrogate pair or of a character.
    """
    decoder = codecs.getincrementaldecoder("utf-16")()
    try:
        for piece in pieces:
            yield decoder.decode(piece).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError:
        raise FileRefused("not_text") from None


def bounded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Raises:
    FileRefused: `too_large`.
    """
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > MAX_BYTES:
            raise FileRefused("too_large")
        yield piece


def skipped(pieces: Iterable[bytes], count: int) -> Iterator[bytes]:
    """All but the first `count` bytes."""
    for piece in pieces:
        if count >= len(piece):
            count -= len(piece)
            continue
        yield piece[count:]
        count = 0


def gunzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Of a file of one gzip member or several, at most 64 KiB at a time.

    Raises:
        FileRefused: `malformed_gzip`, also when it is cut short; `gzip_bomb`.
    """
    reader = _GzipReader()
    for piece in pieces:
        yield from reader.feed(piece)
    reader.close()


class _GzipReader:
    def __init__(self) -> None:
        self._member: zlib._Decompress | None = None
        self._members = 0
        self._read = 0
        self._written = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._read += len(data)
        while data:
            if self._member is None:
                data = self._begin(data)
                continue
            out = self._inflate(self._member, data)
            if out:
                yield out
            data = self._member.unconsumed_tail
            if self._member.eof:
                data, self._member = self._member.unused_data, None

    def _begin(self, data: bytes) -> bytes:
        """A member may be followed by another, or by zeros (RFC 1952 says nothing of them; tapes have them)."""
        rest = data.lstrip(b"\0") if self._members else data
        if rest:
            self._member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            self._members += 1
        return rest

    def _inflate(self, member: "zlib._Decompress", data: bytes) -> bytes:
        try:
            out = member.decompress(data, _PIECE)
        except zlib.error:
            raise FileRefused("malformed_gzip") from None
        self._written += len(out)
        if self._written > _RATIO_COUNTS_FROM and self._written > MAX_RATIO * self._read:
            raise FileRefused("gzip_bomb")
        return out

    def close(self) -> None:
        if self._member is not None:
            raise FileRefused("malformed_gzip")
