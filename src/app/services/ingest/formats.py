"""The formats of raw user data, told by how a file begins, and read row by row.

CSV (RFC 4180, with a header; comma, semicolon or tab), a JSON array, or JSON lines. What can be told row by row is
a fault of the row; what makes the rest unreadable, or goes beyond a limit, refuses the file.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.services.ingest.lines import MAX_LINE, Lines
from app.services.ingest.mapping import ColumnMapping, no_email_detail, unique_headers
from app.services.ingest.refusals import FileRefused

MAX_FIELD = 1 << 16
"""Characters of one value: 64 Ki."""
MAX_COLUMNS = 500
BOM = b"\xef\xbb\xbf"

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


def detect(pieces: Iterable[bytes]) -> Format:
    """Raises:
    FileRefused: `empty`, or the header of a CSV file will not do.
    """
    source = iter(pieces)
    head = _head(source)
    bom = len(BOM) if head.startswith(BOM) else 0
    text = head[bom:].lstrip(b" \t\r\n")
    if not text:
        raise FileRefused("empty")
    if text.startswith(b"["):
        return Format(read_array, bom, 1)
    if text.startswith(b"{"):
        return Format(read_json_lines, bom, 1)
    return _csv(_chain(head[bom:], source), bom)


def _head(source: Iterator[bytes]) -> bytes:
    """As much of the file as shows its first character that is no white space."""
    head = b""
    for piece in source:
        head += piece
        if len(head) >= len(BOM) and (head.removeprefix(BOM).strip(b" \t\r\n") or len(head) > MAX_LINE):
            break
    return head


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _csv(pieces: Iterable[bytes], offset: int) -> Format:
    lines = Lines(pieces, offset=offset)
    for line in lines:
        if line.strip():
            delimiter = max(",;\t", key=line.count)
            columns = _columns(_header(line, delimiter))
            return Format(_csv_reader(columns, delimiter), lines.offset, lines.number)
    raise FileRefused("empty")


def _header(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        raise FileRefused("malformed_header", 1) from None


def _columns(header: list[str]) -> list[str]:
    if len(header) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", 1)
    names = unique_headers(header)
    if not ColumnMapping.of(names).has_email:
        raise FileRefused("no_email_column", 1, no_email_detail(names))
    return names


def _csv_reader(columns: list[str], delimiter: str) -> Reader:
    def read(pieces: Iterable[bytes], offset: int, line: int) -> Iterator[Row]:
        lines = Lines(pieces, offset=offset, number=line)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
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
                yield _csv_row(columns, cells, start, lines)

    return read


def _csv_fault(error: csv.Error, line: int) -> str:
    """The module tells its errors apart by their text alone."""
    if "field limit" in str(error):
        raise FileRefused("field_too_long", line) from None
    if "unexpected end of data" in str(error):
        raise FileRefused("unclosed_quote", line) from None
    return "malformed_csv"


def _csv_row(columns: list[str], cells: list[str], line: int, lines: Lines) -> Row:
    if len(cells) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", line)
    if len(cells) > len(columns):
        return Row(line, None, "too_many_values", lines.offset, lines.number)
    return Row(line, dict(zip(columns, cells, strict=False)), None, lines.offset, lines.number)


def read_json_lines(pieces: Iterable[bytes], offset: int, line: int) -> Iterator[Row]:
    lines = Lines(pieces, offset=offset, number=line)
    for text in lines:
        if not text.strip():
            continue
        try:
            value = _DECODER.decode(text.strip())
        except (ValueError, RecursionError):
            yield Row(lines.number - 1, None, "malformed_json", lines.offset, lines.number)
            continue
        yield _json_row(value, lines.number - 1, lines.offset, lines.number)


def read_array(pieces: Iterable[bytes], offset: int, line: int) -> Iterator[Row]:
    """The elements of one array; `line` is an element's number, for the whole file may be one line."""
    from app.services.ingest.json_array import elements

    for number, (value, end) in enumerate(elements(pieces, offset, line, _DECODER), line):
        yield _json_row(value, number, end, number + 1)


def _json_row(value: Any, line: int, end: int, next_line: int) -> Row:
    if not isinstance(value, dict):
        return Row(line, None, "not_an_object", end, next_line)
    if len(value) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", line)
    if any(isinstance(inner, str) and len(inner) > MAX_FIELD for inner in value.values()):
        raise FileRefused("field_too_long", line)
    return Row(line, value, None, end, next_line)


def _no_constant(_name: str) -> None:
    raise ValueError("NaN and Infinity are not JSON (RFC 8259, 6)")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)
