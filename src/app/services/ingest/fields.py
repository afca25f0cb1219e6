"""The values of raw user data, each in its one form: text, e-mail address, name, country."""

import re
import string
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from app import addresses
from app.services.ingest.attributes import holds_card
from app.services.ingest.countries import country_code
from app.services.ingest.refused import Refused
from app.text import is_blank, nfc

MAX_EMAIL = 254
MAX_NAME = 100
"""As long as the name in a profile, which it may fill."""
_LONGEST_NUMBER = 20
_SHORTEST_CARD = 13

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_BREAK = re.compile(r"[\t\r\n\u0085\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Address books of phones and of Windows put marks of direction around what is copied from them.
_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_INVISIBLE = string.whitespace + "\u00a0\u200b\u2060\ufeff" + _DIRECTIONS


def text(value: str, field: str) -> str:
    """Trimmed and in NFC; empty when nothing of it can be seen.

    Raises:
        Refused: `control_character`, or `invalid_text` for half a surrogate pair.
    """
    if value.isascii() and value.isprintable():
        return value.strip()
    if _CONTROL.search(value):
        raise Refused(field, "control_character")
    if _SURROGATE.search(value):
        raise Refused(field, "invalid_text")
    return "" if is_blank(value) else nfc(value).strip().strip(_INVISIBLE)


def as_text(value: Any, field: str) -> str:
    """A number stands for its digits, as in a phone number that a spreadsheet took for one.

    Raises:
        Refused: `not_text`, or as `text` does.
    """
    if isinstance(value, str):
        return text(value, field)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return str(int(value)) if value.adjusted() < _LONGEST_NUMBER else str(value)
    raise Refused(field, "not_text")


# What people and tools write around an address.
_BRACKETS = r"[^<>]*<([^<>]+)>\s*[.,;]?"
_MAILTO = r"(?i)mailto:([^?]*)(?:\?.*)?"
_EXCHANGE = r"(?i)smtp:(.*)"
_AROUND = "\"'\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb<>.,; \t"


def email(value: str) -> str:
    """The stored form of an address: a row is linked to an account by it. Read are also `Ada <a@x.org>`, `<a@x.org>`,
    `mailto:a%2Bb@x.org` (RFC 6068), Exchange's `SMTP:a@x.org`, an apostrophe in front, and a dot or comma behind.

    Raises:
        Refused: `email_format`
    """
    try:
        address = addresses.parse(value if value[:1] not in _AROUND else _unwrapped(value))
    except addresses.NotAnAddress:
        address = _parsed(_unwrapped(value))
    if len(address) > MAX_EMAIL:
        raise Refused("email", "email_format")
    return address


def _parsed(value: str) -> str:
    try:
        return addresses.parse(value)
    except addresses.NotAnAddress:
        raise Refused("email", "email_format") from None


def _unwrapped(value: str) -> str:
    if match := re.fullmatch(_BRACKETS, value):
        value = match[1]
    value = _bare(value)
    if match := re.fullmatch(_MAILTO, value):
        value = _percent_decoded(match[1])
    elif match := re.fullmatch(_EXCHANGE, value):
        value = match[1]
    return _bare(value)


def _bare(value: str) -> str:
    """A dot in front is kept: old mailboxes in Japan have one, and without it the address is another person's."""
    return value.lstrip(_AROUND.replace(".", "")).rstrip(_AROUND)


def _percent_decoded(value: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise Refused("email", "email_format") from None


def name(value: str) -> str:
    if _LINE_BREAK.search(value):
        raise Refused("name", "line_break")
    if len(value) > MAX_NAME:
        raise Refused("name", "too_long")
    if len(value) > _SHORTEST_CARD and holds_card(value):
        raise Refused("name", "card_number")
    return value


@lru_cache(maxsize=1024)
def country(value: str) -> str:
    code = country_code(value)
    if code is None:
        raise Refused("country", "unknown_country")
    return code
