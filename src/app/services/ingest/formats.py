"""The formats of raw user data, detected by how a file begins, and read row by row.

CSV (RFC 4180, with a header; comma, semicolon, tab or pipe), a JSON array, JSON lines, or JSON values one after
another. What concerns one row is a fault of the row; what makes the rest unreadable, or exceeds a limit, refuses the
file.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from app.services.ingest.fields import is_address
from app.services.ingest.headers import meaning
from app.services.ingest.json_stream import elements, values
from app.services.ingest.json_values import DECODER
from app.services.ingest.lines import MAX_LINE, VALUE_TOO_LONG, Lines
from app.services.ingest.mapping import ColumnMapping, no_email_detail, unique_headers
from app.services.ingest.other_formats import ENOUGH, refuse_other_formats
from app.services.ingest.refusals import FileRefused
from app.services.ingest.wrapping import refuse_wrapped

MAX_FIELD = 1 << 16
"""Characters of one value: 64 Ki."""
MAX_COLUMNS = 500
_TOO_MANY = f"A row may have {MAX_COLUMNS} columns. Leave out those that are not needed."
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


def _refuse_without_header(columns: Iterable[str]) -> None:
    """A first person must not be taken for the headers: it would be lost, and quoted in the reason."""
    if any(map(is_address, columns)):
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
    while head.startswith(BOM):
        head = head[len(BOM) :]
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
    lines = Lines(pieces, offset=offset, any_end=any_end)
    delimiter = None
    for line in lines:
        if not line.strip():
            continue
        if delimiter is None and (named := _SEPARATOR_LINE.fullmatch(line.strip(" \r\n"))):
            delimiter = named["delimiter"]
            continue
        text = _whole_header(line, lines)
        delimiter = delimiter or _delimiter(text)
        columns = _columns(_header(text, delimiter))
        return Format(
            _csv_reader(columns, delimiter, any_end=any_end), lines.offset, lines.number, tuple(columns)
        )
    raise FileRefused("empty")


_DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r'"?sep=(?P<delimiter>[,;\t|])"?', re.IGNORECASE)
"""Excel's own first line."""
_QUOTED = re.compile(r'"[^"]*"')


def _whole_header(line: str, lines: Lines) -> str:
    """`line`, with the lines after it that belong to a quoted name."""
    while line.count('"') % 2 and len(line) < MAX_LINE:
        following = next(lines, None)
        if following is None:
            break
        line += following
    return line


def _delimiter(header: str) -> str:
    """The one that is there most often outside quotes, and leaves the name of an e-mail column; without one, the one
    that is there most often. "Name, Vorname;E-Mail" has two columns."""
    count = _QUOTED.sub("", header).count
    ranked = sorted(_DELIMITERS, key=count, reverse=True)
    named = (delimiter for delimiter in ranked if count(delimiter) and _names_email(header.split(delimiter)))
    return next(named, ranked[0])


def _names_email(names: Iterable[str]) -> bool:
    return any((meaning(name.strip(' "\r\n')) or ("",))[0] == "email" for name in names)


def _header(text: str, delimiter: str) -> list[str]:
    try:
        names = next(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        raise FileRefused("malformed_header", 1) from None
    return [" ".join(name.split()) for name in _texts(names)]


def _columns(header: list[str]) -> list[str]:
    if len(header) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", 1, _TOO_MANY)
    return unique_headers(header)


def _csv_reader(columns: list[str], delimiter: str, *, any_end: bool) -> Reader:
    def read(pieces: Iterable[bytes], offset: int, line: int) -> Iterator[Row]:
        lines = Lines(pieces, offset=offset, number=line, any_end=any_end)
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
        raise FileRefused("too_many_columns", line, _TOO_MANY)
    if any(cells[len(columns) :]):  # empty ones are delimiters that trail
        return Row(line, None, "too_many_values", lines.offset, lines.number)
    values = _texts(cells) if _FORMULA in "".join(cells) else cells
    return Row(line, dict(zip(columns, values, strict=False)), None, lines.offset, lines.number)


_FORMULA = '="'
_EXCEL_TEXT = re.compile(r'="((?:[^"]|"")*)"')
"""A formula that is just a text keeps Excel from reading digits as a number."""


def _texts(cells: Iterable[str]) -> list[str]:
    found = [(cell, _EXCEL_TEXT.fullmatch(cell)) for cell in cells]
    return [match[1].replace('""', '"') if match else cell for cell, match in found]


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
        raise FileRefused("too_many_columns", line, _TOO_MANY)
    if any(isinstance(inner, str) and len(inner) > MAX_FIELD for inner in value.values()):
        raise FileRefused("field_too_long", line)
    return Row(line, value, None, end, next_line)
