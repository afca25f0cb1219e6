"""A raw record, as somebody wrote it, becomes `UserData`."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from app.models import UserData
from app.services.ingest import fields
from app.services.ingest.columns import field_of
from app.services.ingest.fields import Refused

MAX_RECORD = 32 * 1024
"""Bytes of a row in UTF-8, names and values: a hundred such rows still make one transaction of DynamoDB (4 MB)."""
MAX_COLUMN_NAME = 100
_DEEPEST = 8


def transform(record: Mapping[str, Any], *, today: date) -> UserData:
    """Raises:
    Refused: a value that will not do, the first one of the row.
    """
    known, attributes = _sorted(record)
    country = _given(known, "country", fields.country)
    return UserData(
        email=fields.email(_required_email(known)),
        name=_name(known),
        phone=fields.phone(known["phone"], country) if known.get("phone") else None,
        birth_date=fields.birth_date(known["birthDate"], country, today) if known.get("birthDate") else None,
        country=country,
        locale=_given(known, "locale", fields.locale),
        attributes=attributes,
    )


def _sorted(record: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """The fields that we know, as text, and all others."""
    known: dict[str, str] = {}
    attributes: dict[str, Any] = {}
    size = 0
    for column, value in record.items():
        field = field_of(column)
        if field is None:
            clean = _attribute(value)
            size += _bytes(column) + _size(clean)
            if clean not in (None, ""):
                attributes[_column(column)] = clean
        elif value is not None:
            if field in known:
                raise Refused(field, "given_twice")
            known[field] = _text(value, field)
            size += _bytes(known[field])
    if size > MAX_RECORD:
        raise Refused(None, "row_too_large")
    return known, attributes


def _required_email(known: Mapping[str, str]) -> str:
    if not known.get("email"):
        raise Refused("email", "required")
    return known["email"]


def _name(known: Mapping[str, str]) -> str | None:
    parts = [known.get("name")] if known.get("name") else [known.get("firstName"), known.get("lastName")]
    return fields.name(" ".join(part for part in parts if part)) or None


def _given(known: Mapping[str, str], field: str, normalise: Any) -> str | None:
    return normalise(known[field]) if known.get(field) else None


def _text(value: Any, field: str) -> str:
    """A number stands for its digits, as in a phone number that a spreadsheet took for one."""
    if isinstance(value, str):
        return fields.text(value, field)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Refused(field, "not_text")


def _column(name: str) -> str:
    clean = fields.text(name, "attributes")
    if not clean or len(clean) > MAX_COLUMN_NAME:
        raise Refused("attributes", "column_name")
    return clean


def _attribute(value: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise Refused("attributes", "too_deep")
    if isinstance(value, str):
        return fields.text(value, "attributes")
    if isinstance(value, list):
        return [_attribute(inner, depth + 1) for inner in value]
    if isinstance(value, dict):
        return {
            fields.text(name, "attributes"): _attribute(inner, depth + 1) for name, inner in value.items()
        }
    return value


def _size(value: Any) -> int:
    if isinstance(value, str):
        return _bytes(value)
    if isinstance(value, list):
        return 8 + sum(1 + _size(inner) for inner in value)
    if isinstance(value, dict):
        return 8 + sum(1 + _bytes(name) + _size(inner) for name, inner in value.items())
    return len(str(value)) if isinstance(value, int | Decimal) else 4


def _bytes(text: str) -> int:
    """A column's name may still hold half a surrogate pair here."""
    return len(text.encode("utf-8", "surrogatepass"))
