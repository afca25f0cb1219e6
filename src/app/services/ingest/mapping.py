"""The mapping of a file's columns: each is a field, an attribute, or dropped."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self, get_args

from app.models.imports import ImportTarget
from app.services.ingest import headers as names
from app.text import is_blank, one_line

ATTRIBUTE = "attribute"
DROPPED = "dropped"
TARGETS = get_args(ImportTarget)
FIELDS = tuple(target for target in TARGETS if target not in (ATTRIBUTE, DROPPED))
MAX_ATTRIBUTE_NAME = 100
UNREAD = "unread"
"""The attribute that holds values which could not be read, by field."""
_DAYS_OF_BIRTH = ("birthday", "geburtstag")
_SPACES = re.compile(r"\s+")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Column:
    """`target` is one of `TARGETS`; `attribute` the name under which a value is kept that fills no field."""

    header: str
    target: str
    attribute: str
    rank: int = 0
    secret: bool = False


@dataclass(frozen=True)
class ColumnMapping:
    columns: tuple[Column, ...]

    @classmethod
    def of(cls, headers: Sequence[str], overrides: Mapping[str, str] | None = None) -> Self:
        """`overrides` maps a header to one of `TARGETS`. A secret column stays dropped all the same."""
        taken = {UNREAD}
        columns = [_column(header, overrides or {}, taken) for header in headers]
        return cls(tuple(_with_day_of_birth(columns)))

    @cached_property
    def by_field(self) -> dict[str, tuple[Column, ...]]:
        """The columns of each field, the first in rank first."""
        fields: dict[str, list[Column]] = {}
        for column in sorted(self.columns, key=lambda column: column.rank):
            if column.target in FIELDS:
                fields.setdefault(column.target, []).append(column)
        return {field: tuple(columns) for field, columns in fields.items()}

    @cached_property
    def attributes(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.target == ATTRIBUTE)

    @cached_property
    def secrets(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.secret)

    @cached_property
    def header_size(self) -> int:
        """In characters."""
        return sum(len(column.header) for column in self.columns)

    @cached_property
    def has_name_parts(self) -> bool:
        return "firstName" in self.by_field or "lastName" in self.by_field

    @property
    def has_email(self) -> bool:
        return "email" in self.by_field


def _column(header: str, overrides: Mapping[str, str], taken: set[str]) -> Column:
    attribute = _attribute_name(header, taken)
    if names.is_secret(header):
        return Column(header, DROPPED, attribute, secret=True)
    if header in overrides:
        return Column(header, overrides[header], attribute, rank=-1)
    field, rank = names.meaning(header) or (ATTRIBUTE, 0)
    return Column(header, field, attribute, rank)


def _with_day_of_birth(columns: Sequence[Column]) -> Sequence[Column]:
    """Thunderbird's "Birth Day" is the day alone, beside a year and a month; elsewhere "Birthday" is the date."""
    if not {"birthYear", "birthMonth"} <= {column.target for column in columns}:
        return columns
    is_day = {column.header for column in columns if names.key(column.header) in _DAYS_OF_BIRTH}
    return [replace(column, target="birthDay") if column.header in is_day else column for column in columns]


def _attribute_name(header: str, taken: set[str]) -> str:
    name = free_name(header, taken)
    taken.add(name)
    return name


def free_name(header: str, taken: Container[str]) -> str:
    """A name that is not taken: "Note" and "Note " become `Note` and `Note (2)`."""
    clean = clean_name(header)
    name, number = clean, 1
    while name in taken:
        number += 1
        name = f"{clean} ({number})"
    return name


def clean_name(header: str) -> str:
    """A header as the name of an attribute: on one line, trimmed, not too long, never empty."""
    text = _SURROGATES.sub("\ufffd", _SPACES.sub(" ", header))
    return "column" if is_blank(text) else one_line(text)[:MAX_ATTRIBUTE_NAME].strip()


def unique_headers(headers: Iterable[str]) -> list[str]:
    """The headers of a CSV file, so that each names one column: what is empty or given twice gets a number."""
    taken: set[str] = set()
    unique: list[str] = []
    for index, header in enumerate(headers, 1):
        name = header.strip() or f"column{index}"
        unique.append(_attribute_name(name, taken))
    return unique


_SHOWN_HEADERS = 20
_SHOWN_LENGTH = 40


def shown_name(header: str) -> str:
    """A header in a sentence: in quotes, and cut where it is long."""
    return f'"{clean_name(header)[:_SHOWN_LENGTH]}"'


def no_email_detail(headers: Sequence[str]) -> str:
    """A sentence for the operator: the headers that were found, and known ones that are near."""
    found = ", ".join(map(shown_name, headers[:_SHOWN_HEADERS]))
    more = f" and {len(headers) - _SHOWN_HEADERS} more" if len(headers) > _SHOWN_HEADERS else ""
    near = ", ".join(f'"{header}"' for header in names.nearest_to_email(headers[:_SHOWN_HEADERS]))
    undivided = " No comma, semicolon, tab or pipe divides this line." if len(headers) == 1 else ""
    return f"Found: {found}{more}. Known headers of an e-mail column: {near}.{undivided}"
