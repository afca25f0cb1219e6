"""JSON values one at a time, while their bytes arrive: the elements of an array, or values one after another."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from app.services.ingest.lines import MAX_LINE, SAVE_AS_UTF8, VALUE_TOO_LONG
from app.services.ingest.refusals import FileRefused

_SPACE = re.compile(r"[ \t\r\n]*")


def elements(
    pieces: Iterable[bytes], offset: int, number: int, decoder: json.JSONDecoder
) -> Iterator[tuple[Any, int]]:
    """Each element of an array and the offset after it. `number` is that of the first; above 1, `offset` is the one
    after another.

    Raises (while iterating):
        FileRefused: `malformed_json`, `line_too_long` (of one element), `not_utf8`, `nul`.
    """
    return _Stream(pieces, offset, number, decoder).elements()


def values(
    pieces: Iterable[bytes], offset: int, number: int, decoder: json.JSONDecoder
) -> Iterator[tuple[Any, int]]:
    """Like `elements`, for values that follow each other with white space between them, or nothing."""
    return _Stream(pieces, offset, number, decoder).values()


class _Stream:
    def __init__(self, pieces: Iterable[bytes], offset: int, number: int, decoder: json.JSONDecoder) -> None:
        self._pieces = iter(pieces)
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._decoder = decoder
        self._text = ""
        self._at = 0
        self._end = False
        self._offset = offset
        self._number = number

    def values(self) -> Iterator[tuple[Any, int]]:
        while self._peek() != "":
            value = self._value()
            yield value, self._offset
            self._number += 1

    def elements(self) -> Iterator[tuple[Any, int]]:
        first = self._number == 1
        if first:
            self._expect("[")
        while (mark := self._peek()) != "]":
            if not first:
                self._require(mark == ",")
                self._at += 1
            elif mark == ",":
                self._require(False)
            value = self._value()
            yield value, self._offset
            self._number += 1
            first = False
        self._at += 1
        self._require(self._peek() == "")

    def _value(self) -> Any:
        """Ask again when the piece ends within the element. A number at its end may go on, so a mark must follow."""
        self._peek()
        wanted = len(self._text) - self._at
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                self._require(not self._end and _may_go_on(error, len(self._text)))
            else:
                if self._end or _SPACE.match(self._text, end).end() < len(self._text):  # type: ignore[union-attr]
                    self._consume(end)
                    return value
            wanted = 2 * wanted + 1
            while not self._end and len(self._text) - self._at < wanted:
                self._more()

    def _consume(self, end: int) -> None:
        if end - self._at > MAX_LINE:
            raise FileRefused("line_too_long", self._number, VALUE_TOO_LONG)
        self._at = end
        self._forget_read()

    def _forget_read(self) -> None:
        self._offset += len(self._text[: self._at].encode())
        self._text = self._text[self._at :]
        self._at = 0

    def _expect(self, mark: str) -> None:
        self._require(self._peek() == mark)
        self._at += 1

    def _peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text) or self._end:
                return self._text[self._at : self._at + 1]
            self._more()

    def _require(self, holds: bool) -> None:
        if not holds:
            raise FileRefused("malformed_json", self._number)

    def _more(self) -> None:
        self._forget_read()
        if len(self._text) > MAX_LINE:
            raise FileRefused("line_too_long", self._number, VALUE_TOO_LONG)
        piece = next(self._pieces, None)
        self._end = piece is None
        try:
            text = self._utf8.decode(piece or b"", final=self._end)
        except UnicodeDecodeError:
            raise FileRefused("not_utf8", self._number, SAVE_AS_UTF8) from None
        if "\0" in text:
            raise FileRefused("nul", self._number, SAVE_AS_UTF8)
        self._text += text


def _may_go_on(error: Exception, length: int) -> bool:
    """Return whether decoding may have failed for want of more text, and not for a mistake in it."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated string") or error.pos >= length - _LONGEST_TOKEN


_LONGEST_TOKEN = 12
"""Characters: a surrogate pair, written as two escapes."""
