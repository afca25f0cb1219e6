"""Lines of text out of bytes."""

import re
from collections.abc import Iterable, Iterator

from app.services.ingest.refusals import FileRefused

MAX_LINE = 1 << 18
"""Bytes: 256 KiB."""
VALUE_TOO_LONG = (
    "A value has more than 256 KiB. If it is an object around a list of records, save that list alone: it begins "
    "with [ and ends with ]."
)
SAVE_AS_UTF8 = (
    "The file is not in UTF-8: classic Outlook, for example, writes Windows-1252. Save it as CSV UTF-8, or as UTF-16 "
    "with a byte order mark."
)
_NUL = (
    "The line has a NUL character. Save the file as CSV UTF-8, or as UTF-16 with a byte order mark; if it is in "
    "UTF-8, remove the character."
)


_LINE_FEED = re.compile(rb"\n")
_ANY_END = re.compile(rb"\r\n|\n|\r(?!\Z)")
"""At the end of a piece, a carriage return waits for the line feed that the next one may begin with."""


class Lines:
    """An iterator of the lines, each with its `end`: a line feed, or with `any_end` a carriage return as well.
    `offset` is where the next begins, in bytes, and `number` its number: both hold for what was taken so far, not for
    what was read ahead.

    Raises (while iterating):
        FileRefused: `nul`, `not_utf8`, `line_too_long` with the detail `too_long`.
    """

    def __init__(
        self,
        pieces: Iterable[bytes],
        *,
        offset: int = 0,
        number: int = 1,
        any_end: bool = False,
        too_long: str | None = None,
    ) -> None:
        self._ends = _ANY_END if any_end else _LINE_FEED
        self._too_long = too_long
        self.offset = offset
        self.number = number
        self._raw = self._split(pieces)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        raw = next(self._raw)
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise FileRefused("not_utf8", self.number, SAVE_AS_UTF8) from None
        if "\0" in text:
            raise FileRefused("nul", self.number, _NUL)
        self.offset += len(raw)
        self.number += 1
        return text

    def _split(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        rest = b""
        for piece in pieces:
            text = rest + piece
            begin = 0
            for found in self._ends.finditer(text):
                self._refuse_too_long(found.start() - begin)
                yield text[begin : found.end()]
                begin = found.end()
            rest = text[begin:]
            self._refuse_too_long(len(rest))
        if rest:
            yield rest

    def _refuse_too_long(self, size: int) -> None:
        if size >= MAX_LINE:
            raise FileRefused("line_too_long", self.number, self._too_long)
