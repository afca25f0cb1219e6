"""The header of a CSV file: where it is, and the dialect that it shows."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypedDict

from app.services.ingest.headers import meaning
from app.services.ingest.lines import MAX_LINE, Lines
from app.services.ingest.mapping import unique_headers
from app.services.ingest.refusals import FileRefused

MAX_COLUMNS = 500
TOO_MANY = f"A row may have {MAX_COLUMNS} columns. Leave out those that are not needed."
_TITLE_LINES = 20
"""That may stand above the header."""


class Dialect(TypedDict):
    """Options of `csv.reader`."""

    delimiter: str
    quotechar: str
    skipinitialspace: bool
    strict: bool


@dataclass(frozen=True, slots=True)
class Header:
    """`offset` and `line` are those of what follows it."""

    columns: tuple[str, ...]
    dialect: Dialect
    offset: int
    line: int


def read_header(lines: Lines) -> Header:
    """The first line that is not blank. Lines of one cell are titles if a header of several columns below them names
    an e-mail column: LinkedIn and PowerShell write such lines.

    Raises:
        FileRefused: `empty`, `malformed_header`, `too_many_columns`, or as `Lines` does.
    """
    delimiter: str | None = None
    rest: Iterator[str] = filter(str.strip, lines)
    line = next(rest, "")
    if named := _SEPARATOR_LINE.fullmatch(line.strip(" \r\n")):
        delimiter, line = named["delimiter"], next(rest, "")
    if not line:
        raise FileRefused("empty")
    first = _header(_whole_header(line, lines), delimiter, lines)
    if _names_email(first.columns) or not _is_title(first):
        return first
    return _below_titles(rest, delimiter, lines) or first


_SEPARATOR_LINE = re.compile(r'"?sep=(?P<delimiter>[,;\t|])"?', re.IGNORECASE)
"""Excel's own first line."""
_UNNAMED = re.compile(r"column\d+(?: \(\d+\))?")


def _is_title(header: Header) -> bool:
    """A line without an address, of one cell and empty ones."""
    named = [column for column in header.columns if not _UNNAMED.fullmatch(column)]
    return len(named) <= 1 and "@" not in "".join(named)


def _below_titles(rest: Iterator[str], delimiter: str | None, lines: Lines) -> Header | None:
    for _ in range(_TITLE_LINES):
        line = next(rest, "")
        try:
            found = _header(_whole_header(line, lines), delimiter, lines) if line else None
        except FileRefused:  # it is no header; as a row it is read again
            return None
        if found is None or not _is_title(found):
            return found if found and _names_email(found.columns) else None
    return None


def _whole_header(line: str, lines: Lines) -> str:
    """`line`, with the lines after it that belong to a quoted name."""
    while line.count('"') % 2 and len(line) < MAX_LINE:
        following = next(lines, None)
        if following is None:
            break
        line += following
    return line


def _header(text: str, delimiter: str | None, lines: Lines) -> Header:
    dialect = _dialect(text, delimiter)
    try:
        names = next(csv.reader(text.splitlines(keepends=True), **dialect))
    except (csv.Error, StopIteration):
        raise FileRefused("malformed_header", 1) from None
    if len(names) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", 1, TOO_MANY)
    columns = unique_headers(" ".join(name.split()) for name in texts(names))
    return Header(tuple(columns), dialect, lines.offset, lines.number)


_DELIMITERS = ",;\t|"
_QUOTED = {'"': re.compile(r'"[^"]*"'), "'": re.compile(r"'[^']*'")}


def _dialect(text: str, delimiter: str | None) -> Dialect:
    quote = "'" if _is_in_apostrophes(text) else '"'
    bare = _QUOTED[quote].sub("", text)
    delimiter = delimiter or _delimiter(text, bare)
    spaced = delimiter != "\t" and 0 < bare.count(delimiter) == bare.count(delimiter + " ")
    return Dialect(delimiter=delimiter, quotechar=quote, skipinitialspace=spaced, strict=True)


def _is_in_apostrophes(text: str) -> bool:
    """Return whether each name of several is between apostrophes."""
    return re.fullmatch(r"\s*'[^'\"]*'(?:[,;\t|] ?'[^'\"]*')+\s*", text) is not None


def _delimiter(header: str, bare: str) -> str:
    """The one that is there most often outside quotes, and leaves the name of an e-mail column; without one, the one
    that is there most often. "Name, Vorname;E-Mail" has two columns."""
    ranked = sorted(_DELIMITERS, key=bare.count, reverse=True)
    named = (mark for mark in ranked if bare.count(mark) and _names_email(header.split(mark)))
    return next(named, ranked[0])


def _names_email(names: Iterable[str]) -> bool:
    return any((meaning(name.strip(" \"'\r\n")) or ("",))[0] == "email" for name in names)


_EXCEL_TEXT = re.compile(r'="((?:[^"]|"")*)"')
"""A formula that is just a text keeps Excel from reading digits as a number."""


def texts(cells: Iterable[str]) -> list[str]:
    """Cells without Excel's mark of a text."""
    found = [(cell, _EXCEL_TEXT.fullmatch(cell)) for cell in cells]
    return [match[1].replace('""', '"') if match else cell for cell, match in found]
