"""The preview of a dry run: the columns, and the first rows as they would be stored. All of it fits into one item."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar, cast

from app.models.imports import ImportTarget
from app.models.user_data import UserData
from app.ports.previews import ImportPreview, PreviewColumn, PreviewRow
from app.ports.user_data import Observation
from app.services.ingest.mapping import Column, ColumnMapping
from app.text import is_blank

T = TypeVar("T")

ROWS = 10
MAX_TEXT = 200
"""Characters of a value, and of a header."""
MAX_COLUMNS = 500
_COLUMN_BYTES = 128 * 1024
"""Of all columns, as JSON in UTF-8."""
_ROW_BYTES = 8 * 1024
"""Of the attributes of one row, likewise."""
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MAX_ADDRESSES = 100_000
"""Among which duplicates are counted; they take about 10 MB."""


class Previewing:
    """Takes the rows of a dry run in place of the store.

    `earlier` is what an interrupted invocation has seen, and `save` keeps what this one has.
    """

    def __init__(
        self, event: Mapping[str, Any], earlier: ImportPreview | None, save: Callable[[ImportPreview], None]
    ) -> None:
        self._event = event
        self._save = save
        self._headers = tuple(column.header for column in earlier.columns) if earlier else ()
        self._rows = list(earlier.rows) if earlier else []
        self._addresses: set[int] | None = None if earlier else set()
        self._duplicates = 0
        self._saved = earlier

    def take(self, rows: Sequence[Observation], lines: Sequence[int], headers: Iterable[str]) -> None:
        """`headers` are all that were met so far. Rows that come again after an interruption are shown once."""
        last = self._rows[-1].line if self._rows else 0
        for (data, _), line in zip(rows, lines, strict=True):
            if len(self._rows) < ROWS and line > last:
                self._rows.append(_row(line, data))
            self._count(data.email)
        self._keep(headers, None)

    def end(self, headers: Iterable[str]) -> None:
        self._keep(headers, None if self._addresses is None else self._duplicates)

    def _keep(self, headers: Iterable[str], duplicates: int | None) -> None:
        """Save what has been seen, unless it is what was saved last."""
        self._headers = tuple(dict.fromkeys((*self._headers, *headers)))
        columns = _columns(self._headers)
        left_out = len(self._headers) - len(columns)
        preview = ImportPreview(columns, left_out, tuple(self._rows), duplicates, self._event)
        if preview != self._saved:
            self._save(preview)
        self._saved = preview

    def _count(self, address: str) -> None:
        if self._addresses is None:
            return
        self._duplicates += hash(address) in self._addresses
        self._addresses.add(hash(address))
        if len(self._addresses) > _MAX_ADDRESSES:
            self._addresses = None


def _columns(headers: Sequence[str]) -> tuple[PreviewColumn, ...]:
    """The columns that can be shown, and so mapped by their headers."""
    mapping = ColumnMapping.of([header for header in islice(headers, MAX_COLUMNS) if _is_listable(header)])
    columns = [_column(column, mapping) for column in mapping.columns]
    return tuple(_within(_COLUMN_BYTES, columns, lambda column: [column.header, column.attribute]))


def _is_listable(header: str) -> bool:
    return len(header) <= MAX_TEXT and not is_blank(header) and not _SURROGATE.search(header)


def _column(column: Column, mapping: ColumnMapping) -> PreviewColumn:
    ranked = mapping.by_field.get(column.target, ())
    rank = ranked.index(column) + 1 if ranked else None
    target = cast(ImportTarget, column.target)
    return PreviewColumn(column.header, target, column.attribute, rank, column.secret)


def _row(line: int, data: UserData) -> PreviewRow:
    cut = ((name, _cut(value)) for name, value in data.attributes.items())
    shown = dict(_within(_ROW_BYTES, cut, list))
    named = replace(data, name=data.name and _cut(data.name), attributes=shown)
    return PreviewRow(line, named, len(data.attributes) - len(shown))


def _cut(value: Any) -> Any:
    """The value, or the beginning of its text where that is long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return value if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"


def _within(budget: int, items: Iterable[T], weighed: Callable[[T], Any]) -> Iterable[T]:
    """The first items whose JSON takes `budget` bytes at most."""
    for item in items:
        budget -= len(json.dumps(weighed(item), ensure_ascii=False, default=str).encode())
        if budget < 0:
            return
        yield item
