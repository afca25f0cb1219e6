"""Lines of text out of bytes."""

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


class Lines:
    """An iterator of the lines, each with its `end`. `offset` is where the next begins, in bytes, and `number` its
    number: both hold for what was taken so far, not for what was read ahead.

    Raises (while iterating):
        FileRefused: `nul`, `not_utf8`, `line_too_long` with the detail `too_long`.
    """

    def __init__(
        self,
        pieces: Iterable[bytes],
        *,
        offset: int = 0,
        number: int = 1,
        end: bytes = b"\n",
        too_long: str | None = None,
    ) -> None:
        self._line_end = end
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
            raise FileRefused("nul", self.number, SAVE_AS_UTF8)
        self.offset += len(raw)
        self.number += 1
        return text

    def _split(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        rest = b""
        for piece in pieces:
            lines = (rest + piece).split(self._line_end)
            rest = lines.pop()
            for line in lines:
                if len(line) >= MAX_LINE:
                    raise FileRefused("line_too_long", self.number, self._too_long)
                yield line + self._line_end
            if len(rest) >= MAX_LINE:
                raise FileRefused("line_too_long", self.number, self._too_long)
        if rest:
            yield rest
