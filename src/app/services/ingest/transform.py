"""A raw record, header to value, becomes `UserData` and warnings about what of it could not be read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from app.models.user_data import UserData
from app.services.ingest import attributes, fields
from app.services.ingest.attributes import DROPPED_COLUMN, MAX_DEPTH
from app.services.ingest.dates import birth_date
from app.services.ingest.locales import locale
from app.services.ingest.mapping import UNREAD, Column, ColumnMapping
from app.services.ingest.phones import has_extension, phone
from app.services.ingest.placeholders import is_no_name, is_no_part_of_a_name, is_placeholder
from app.services.ingest.refused import Refused
from app.text import is_blank

MAX_RECORD = 32 * 1024
"""Bytes of a row in UTF-8, names and values: a hundred such rows still make one transaction of DynamoDB (4 MB)."""
_MAPPINGS = 256
_UTF8 = 4
_SEPARATOR = ":::"
"""Google Contacts writes several values of one kind into one cell."""

_APOSTROPHES = "'\u2018\u2019"
"""Excel's mark of a text, in front of it. In front of a name it is a part of it: 't Hooft."""

Parse = Callable[[str], str | None]
"""The stored form of a text; `None` for one to keep as an attribute. Raises `Refused`."""


class Warned(NamedTuple):
    """`field` is a field of ours, or the attribute, that could not be read or kept; `reason` is a stable code."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    data: UserData
    warnings: tuple[Warned, ...]


class RecordReader:
    """Reads the records of one file or one batch of messages.

    `today` is the last possible birth date. `overrides` maps headers to a field, `attribute` or `dropped`, as an
    operator corrected them.
    """

    def __init__(self, today: date, overrides: Mapping[str, str] | None = None) -> None:
        self._today = today
        self._overrides = overrides
        self._mappings: dict[tuple[str, ...], ColumnMapping] = {}

    def read(self, record: Mapping[str, Any]) -> Reading:
        """Raises:
        Refused: there is no e-mail address to be read, or the row is too large.
        """
        row = _Row(record, self.mapping(tuple(record)))
        return Reading(row.read(self._today), tuple(dict.fromkeys(row.warnings)))

    @property
    def headers(self) -> tuple[str, ...]:
        """All headers met so far; of records with ever other ones, those of the first."""
        return tuple(dict.fromkeys(header for headers in self._mappings for header in headers))

    def mapping(self, headers: tuple[str, ...]) -> ColumnMapping:
        """The mapping of these columns, decided once: rows of a file mostly have the same ones."""
        known = self._mappings.get(headers)
        if known is None:
            known = ColumnMapping.of(headers, self._overrides)
            if len(self._mappings) < _MAPPINGS:
                self._mappings[headers] = known
        return known


class _Row:
    def __init__(self, record: Mapping[str, Any], mapping: ColumnMapping) -> None:
        self._record = record
        self._mapping = mapping
        self._attributes: dict[str, Any] = {}
        self._unread: dict[str, Any] = {}
        self.warnings: list[Warned] = []

    def read(self, today: date) -> UserData:
        if _is_too_large(self._record, self._mapping.header_size):
            raise Refused(None, "row_too_large")
        email = self._email()
        for column in self._mapping.attributes:
            self._keep(column, self._record.get(column.header))
        country = self._read("country", fields.country)
        data = UserData(
            email=email,
            name=self._name(),
            phone=self._read("phone", lambda text: phone(text, country)),
            birth_date=self._birth_date(country, today),
            country=country,
            locale=self._read("locale", locale),
            attributes=self._attributes,
        )
        self._drop_secrets()
        if self._unread:
            self._attributes[UNREAD] = self._unread
        return data

    def _email(self) -> str:
        candidates = list(self._given("email"))
        if not candidates:
            raise Refused("email", "required")
        email = self._first("email", candidates, fields.email)
        if email is None:
            raise Refused("email", "email_format")
        return email

    def _read(self, field: str, parse: Parse) -> str | None:
        columns = self._mapping.by_field.get(field, ())
        if len(columns) != 1:
            return self._first(field, list(self._given(field)), parse) if columns else None
        value = self._record.get(columns[0].header)
        if value is None or _is_absent(field, value):
            return None
        try:
            return self._parsed(columns[0], value, parse)
        except Refused as refused:
            self._leave_unread(field, value, refused.reason)
            return None

    def _given(self, field: str) -> Iterator[tuple[Column, Any]]:
        """The values of a field that are there, the first in rank first."""
        for column in self._mapping.by_field.get(field, ()):
            value = self._record.get(column.header)
            if value is not None and not _is_absent(field, value):
                yield column, value

    def _first(self, field: str, candidates: list[tuple[Column, Any]], parse: Parse) -> str | None:
        """The first value that can be read. The others stay as attributes; without one, the first is kept unread."""
        found: str | None = None
        others: list[tuple[Column, Any]] = []
        reasons: list[str] = []
        for column, value in candidates:
            if found is not None:
                others.append((column, value))
                continue
            try:
                found = self._parsed(column, value, parse)
            except Refused as refused:
                others.append((column, value))
                reasons.append(refused.reason)
        if found is None and reasons:
            self._leave_unread(field, others.pop(0)[1], reasons[0])
        for column, value in others:
            self._keep(column, value)
        return found

    def _parsed(self, column: Column, value: Any, parse: Parse) -> str | None:
        text = fields.as_text(value, column.target)
        if column.target != "name":
            text = text.lstrip(_APOSTROPHES)
        if _SEPARATOR in text:
            self._keep(column, value)
            return _first_part(text, parse)
        parsed = parse(text)
        if parsed is None or (column.target == "phone" and has_extension(text)):
            self._keep(column, value)
        return parsed

    def _leave_unread(self, field: str, value: Any, reason: str) -> None:
        self.warnings.append(Warned(field, reason))
        kept = attributes.clean(value, self._warner(field), text=attributes.unread_text)
        if kept not in (None, ""):
            self._unread[field] = kept

    def _keep(self, column: Column, value: Any) -> None:
        kept = attributes.clean(value, self._warner(column.attribute))
        if kept is not None and kept != "":
            self._attributes[column.attribute] = kept

    def _warner(self, field: str) -> attributes.Warn:
        return lambda reason: self.warnings.append(Warned(field, reason))

    def _name(self) -> str | None:
        name = self._read("name", fields.name)
        if not self._mapping.has_name_parts:
            return name
        parts = [self._given_part("firstName"), self._given_part("lastName")]
        if name is not None:
            for column, value in filter(None, parts):
                self._keep(column, value)
            return name
        return self._joined([value for _, value in filter(None, parts)])

    def _given_part(self, field: str) -> tuple[Column, Any] | None:
        """The first name or the last name; those of other columns stay as attributes."""
        given = list(self._given(field))
        for column, value in given[1:]:
            self._keep(column, value)
        return given[0] if given else None

    def _joined(self, values: list[Any]) -> str | None:
        try:
            texts = [fields.as_text(value, "name") for value in values]
            if not texts or all(map(is_no_name, texts)):
                return None
            return fields.name(" ".join(texts))
        except Refused as refused:
            self._leave_unread("name", " ".join(map(str, values)), refused.reason)
            return None

    def _birth_date(self, country: str | None, today: date) -> str | None:
        def parse(text: str) -> str | None:
            return birth_date(text, country, today)

        if "birthYear" not in self._mapping.by_field:
            return self._read("birthDate", parse)
        columns = [self._given_part(part) for part in ("birthYear", "birthMonth", "birthDay")]
        given = [column for column in columns if column is not None]
        if len(given) < len(columns):
            for column, value in given:
                self._keep(column, value)
            return self._read("birthDate", parse)
        parts = [str(value).strip() for _, value in given]
        joined = (given[0][0], "-".join(part.zfill(2) for part in parts))
        return self._first("birthDate", [joined, *self._given("birthDate")], parse)

    def _drop_secrets(self) -> None:
        for column in self._mapping.secrets:
            if self._record.get(column.header) not in (None, ""):
                self.warnings.append(Warned(column.attribute, DROPPED_COLUMN))


def _first_part(text: str, parse: Parse) -> str | None:
    failed: Refused | None = None
    for part in filter(None, map(str.strip, text.split(_SEPARATOR))):
        try:
            return parse(part)
        except Refused as refused:
            failed = failed or refused
    if failed is None:
        return None
    raise failed


_NAMES = ("name", "firstName", "lastName")


def _is_absent(field: str, value: Any) -> bool:
    if not isinstance(value, str):
        return not value and (isinstance(value, bool | list | dict) or field not in _NAMES)
    text = value.strip()
    if not text or (not text.isascii() and is_blank(text)):
        return True
    if field in ("firstName", "lastName"):
        return is_no_part_of_a_name(text)
    if field == "name":
        return is_no_name(text)
    return is_placeholder(text) and not (field == "country" and text == "NA")  # Namibia


def _is_too_large(record: Mapping[str, Any], rough: int) -> bool:
    """Counts bytes only where the number of characters leaves it open. `rough`: characters of the headers."""
    for value in record.values():
        rough += len(value) if isinstance(value, str) else _rough_size(value)
    return rough * _UTF8 > MAX_RECORD and _size(dict(record)) > MAX_RECORD


def _rough_size(value: Any) -> int:
    return 1 if value is None or isinstance(value, bool) else MAX_RECORD


def _size(value: Any, depth: int = 0) -> int:
    if depth > MAX_DEPTH:
        raise Refused("attributes", "too_deep")
    if isinstance(value, str):
        return len(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, list):
        return 8 + sum(1 + _size(inner, depth + 1) for inner in value)
    if isinstance(value, dict):
        return 8 + sum(1 + _size(name) + _size(inner, depth + 1) for name, inner in value.items())
    return len(str(value)) if isinstance(value, int | Decimal) else 4
