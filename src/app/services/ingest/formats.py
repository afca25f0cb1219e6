"""The formats of raw user data, detected by how a file begins, and read row by row.

CSV (RFC 4180, with a header; comma, semicolon, tab or pipe), a JSON array, JSON lines, or JSON values one after
another. What concerns one row is a fault of the row; what makes the rest unreadable, or exceeds a limit, refuses the
file.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from app.services.ingest.csv_header import MAX_COLUMNS, TOO_MANY, Header, read_header, texts
from app.services.ingest.json_stream import elements, values
from app.services.ingest.json_values import DECODER
from app.services.ingest.lines import MAX_LINE, VALUE_TOO_LONG, Lines
from app.services.ingest.mapping import ColumnMapping, no_email_detail
from app.services.ingest.other_formats import ENOUGH, refuse_other_formats
from app.services.ingest.refusals import FileRefused
from app.services.ingest.wrapping import refuse_wrapped

MAX_FIELD = 1 << 16
_TOO_LONG = (
    f"A value has more than {MAX_FIELD:,} characters. In CSV, a quotation mark before it may not be closed."
)
"""Characters of one value: 64 Ki."""
_MARKS = (b"\xef\xbb\xbf", b"\xc3\xaf\xc2\xbb\xc2\xbf")
"""A byte order mark in UTF-8, and one that was read as Windows-1252 and written as UTF-8."""

csv.field_size_limit(MAX_FIELD)


@dataclass(frozen=True, slots=True)
class Row:
    """One row as read. Either `record` or `fault`, the reason why there is none. `end` is the offset after it,
    in bytes of the decompressed file, and `next_line` the number of what follows."""

    line: int
    record: dict[str, Any] | None
    fault: str | None
    end: int
    next_line: int


Reader = Callable[[Iterable[bytes], int, int], Iterator[Row]]
"""Given pieces of the file from an offset on, the offset, and the number of the line there: its rows."""


@dataclass(frozen=True, slots=True)
class Format:
    read: Reader
    start: int
    """Where the first row begins, in bytes."""
    line: int
    columns: tuple[str, ...] = ()
    """The headers of a CSV file."""


def detect(
    pieces: Iterable[bytes], overrides: Mapping[str, str] | None = None, *, needs_email: bool = True
) -> Format:
    """`overrides` are those of `ColumnMapping.of`. A dry run takes a CSV file without an e-mail column, too.

    Raises:
        FileRefused: `empty`, a format of another kind, or the header of a CSV file cannot be used.
    """
    source = iter(pieces)
    head = _head(source)
    start = len(head) - len(_without_marks(head))
    text = head[start:].lstrip(b" \t\r\n")
    refuse_other_formats(head, text)
    if not text:
        raise FileRefused("empty")
    if text.startswith(b"["):
        return Format(_unless_wrapped(read_array), start, 1)
    if text.startswith(b"{"):
        return Format(_unless_wrapped(read_json_lines if _is_by_line(text) else read_json_values), start, 1)
    found = _csv(_chain(head[start:], source), start, any_end=_ends_with_cr(head[start:]))
    if not ColumnMapping.of(found.columns, overrides).has_email:
        _refuse_without_header(found.columns)
        if needs_email:
            raise FileRefused("no_email_column", 1, no_email_detail(found.columns))
    return found


_NO_HEADER = (
    "The first row holds an e-mail address, so there are no headers. Add a first row such as email,name."
)
_ADDRESS = r"[^\s@]@[^\s@]+\.\w"


def _refuse_without_header(columns: Iterable[str]) -> None:
    """A first person must not be taken for the headers: it would be lost, and quoted in the reason."""
    if any(re.search(_ADDRESS, column) for column in columns):
        raise FileRefused("no_header", 1, _NO_HEADER)


_FIRST_END = re.compile(rb'(?:[^"\r\n]|"[^"]*")*(\r\n|\r|\n)')


def _ends_with_cr(text: bytes) -> bool:
    """Return whether the first row ends with a carriage return alone. Line feeds may then stand in quoted values, and
    at the end of rows that another program has added."""
    found = _FIRST_END.match(text.lstrip(b" \t\r\n"))
    return found is not None and found[1] == b"\r"


def _head(source: Iterator[bytes]) -> bytes:
    """The beginning of the file: its first line, as far as the longest line goes, and `ENOUGH` to know a format."""
    head = b""
    for piece in source:
        head += piece
        whole_line = b"\n" in _without_marks(head).lstrip(b" \t\r\n")
        if (whole_line and len(head) >= ENOUGH) or len(head) > MAX_LINE:
            break
    return head


def _without_marks(head: bytes) -> bytes:
    """Without byte order marks. A program that adds one to a file that has one writes two."""
    while head.startswith(_MARKS):
        head = next(head.removeprefix(mark) for mark in _MARKS if head.startswith(mark))
    return head


def _is_by_line(text: bytes) -> bool:
    """Return whether the first value ends with its line, or is malformed there, which is a fault of that line alone.
    Else values follow each other on one line, or one value goes on in the next."""
    line = text.split(b"\n", 1)[0].decode(errors="replace").strip()
    try:
        _, end = DECODER.raw_decode(line)
    except json.JSONDecodeError as error:
        return error.pos < len(line)
    except (ValueError, RecursionError):
        return True
    return end == len(line)


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _csv(pieces: Iterable[bytes], offset: int, *, any_end: bool) -> Format:
    header = read_header(Lines(pieces, offset=offset, any_end=any_end))
    return Format(_csv_reader(header, any_end=any_end), header.offset, header.line, header.columns)


def _csv_reader(header: Header, *, any_end: bool) -> Reader:
    def read(pieces: Iterable[bytes], offset: int, line: int) -> Iterator[Row]:
        lines = Lines(pieces, offset=offset, number=line, any_end=any_end)
        reader = csv.reader(lines, **header.dialect)
        while True:
            start = lines.number
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(start, None, _csv_fault(error, start), lines.offset, lines.number)
                continue
            if cells:
                yield _csv_row(header.columns, cells, start, lines)

    return read


def _csv_fault(error: csv.Error, line: int) -> str:
    """The module tells its errors apart by their text alone."""
    if "field limit" in str(error):
        raise FileRefused("field_too_long", line, _TOO_LONG) from None
    if "unexpected end of data" in str(error):
        raise FileRefused("unclosed_quote", line) from None
    return "malformed_csv"


def _csv_row(columns: Sequence[str], cells: list[str], line: int, lines: Lines) -> Row:
    if len(cells) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", line, TOO_MANY)
    if any(cells[len(columns) :]):  # empty ones are delimiters that trail
        return Row(line, None, "too_many_values", lines.offset, lines.number)
    values = texts(cells) if _FORMULA in "".join(cells) else cells
    return Row(line, dict(zip(columns, values, strict=False)), None, lines.offset, lines.number)


_FORMULA = '="'


def read_json_lines(pieces: Iterable[bytes], offset: int, line: int) -> Iterator[Row]:
    lines = Lines(pieces, offset=offset, number=line, too_long=VALUE_TOO_LONG)
    for text in lines:
        if not text.strip():
            continue
        try:
            value = DECODER.decode(text.strip())
        except (ValueError, RecursionError):
            yield Row(lines.number - 1, None, "malformed_json", lines.offset, lines.number)
            continue
        yield _json_row(value, lines.number - 1, lines.offset, lines.number)


def read_array(pieces: Iterable[bytes], offset: int, line: int) -> Iterator[Row]:
    """The elements of one array; `line` is an element's number, for the whole file may be one line."""
    for number, (value, end) in enumerate(elements(pieces, offset, line, DECODER), line):
        yield _json_row(value, number, end, number + 1)


def read_json_values(pieces: Iterable[bytes], offset: int, line: int) -> Iterator[Row]:
    """Values one after another, with or without line breaks between or within them; `line` is a value's number."""
    for number, (value, end) in enumerate(values(pieces, offset, line, DECODER), line):
        yield _json_row(value, number, end, number + 1)


def _unless_wrapped(read: Reader) -> Reader:
    """A file whose only value is an object around a list of records is refused."""

    def checked(pieces: Iterable[bytes], offset: int, line: int) -> Iterator[Row]:
        rows = read(pieces, offset, line)
        first = list(islice(rows, 2)) if line == 1 else []
        if len(first) == 1 and first[0].record is not None:
            refuse_wrapped(first[0].record, first[0].line)
        yield from first
        yield from rows

    return checked


def _json_row(value: Any, line: int, end: int, next_line: int) -> Row:
    if not isinstance(value, dict):
        return Row(line, None, "not_an_object", end, next_line)
    if len(value) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", line, TOO_MANY)
    if any(isinstance(inner, str) and len(inner) > MAX_FIELD for inner in value.values()):
        raise FileRefused("field_too_long", line, _TOO_LONG)
    return Row(line, value, None, end, next_line)
