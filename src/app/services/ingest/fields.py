"""The values of raw user data, each brought to one form. What cannot be is refused with a reason."""

import re
from datetime import date

from app import addresses
from app.services.ingest.countries import country_code
from app.text import is_blank, nfc

MAX_EMAIL = 254
MAX_NAME = 100
"""As long as the name in a profile, which it may fill."""


class Refused(Exception):
    """A value will not do. The reason is a stable code and quotes nothing."""

    def __init__(self, field: str | None, reason: str) -> None:
        self.field = field
        self.reason = reason
        super().__init__(reason)


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_BREAK = re.compile(r"[\t\r\n\u0085\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


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
    return "" if is_blank(value) else nfc(value).strip()


def email(value: str) -> str:
    """A row is linked to an account by its address, so both have the one form of it."""
    try:
        address = addresses.parse(value)
    except addresses.NotAnAddress:
        raise Refused("email", "email_format") from None
    if len(address) > MAX_EMAIL:
        raise Refused("email", "email_format")
    return address


def name(value: str) -> str:
    if _LINE_BREAK.search(value):
        raise Refused("name", "line_break")
    if len(value) > MAX_NAME:
        raise Refused("name", "too_long")
    return value


def phone(value: str, country: str | None) -> str:
    """E.164. A national number needs the row's country."""
    import phonenumbers

    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        raise Refused("phone", "phone_format") from None
    if not phonenumbers.is_possible_number(number):
        raise Refused("phone", "phone_format")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def country(value: str) -> str:
    code = country_code(value)
    if code is None:
        raise Refused("country", "unknown_country")
    return code


# As in a profile: RFC 5646, without extensions, private use and grandfathered tags.
_LOCALE = re.compile(
    r"([A-Za-z]{2,3})(-[A-Za-z]{4})?(-(?:[A-Za-z]{2}|\d{3}))?((?:-(?:[A-Za-z0-9]{5,8}|\d[A-Za-z0-9]{3})){0,3})",
    re.ASCII,
)


def locale(value: str) -> str:
    """A BCP 47 tag in its usual case; POSIX names such as `de_DE.UTF-8` are understood."""
    match = _LOCALE.fullmatch(re.split(r"[.@]", value)[0].replace("_", "-"))
    if match is None:
        raise Refused("locale", "locale_format")
    language, script, region, variants = match.groups(default="")
    return language.lower() + script.title() + region.upper() + variants.lower()


_YEAR_FIRST = re.compile(r"(\d{4})([-/.]?)(\d{2})\2(\d{2})(?:[T ]\d.*)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", re.ASCII)
_SLASHES = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})", re.ASCII)
_MONTH_FIRST_COUNTRIES = frozenset({"US", "FM", "MH", "PW", "PH"})
_EARLIEST = date(1850, 1, 1)


def birth_date(value: str, country: str | None, today: date) -> str:
    """ISO 8601. With dots the day comes first; with slashes the row's country decides where the numbers do not.

    Raises:
        Refused: `date_format`, `ambiguous_date`, or `date_range` for a day that nobody alive was born on.
    """
    try:
        day = date(*_parts(value, country))
    except ValueError:
        raise Refused("birthDate", "date_format") from None
    if not _EARLIEST <= day <= today:
        raise Refused("birthDate", "date_range")
    return day.isoformat()


def _parts(value: str, country: str | None) -> tuple[int, int, int]:
    if match := _YEAR_FIRST.fullmatch(value):
        return int(match[1]), int(match[3]), int(match[4])
    if match := _DAY_FIRST.fullmatch(value):
        return int(match[3]), int(match[2]), int(match[1])
    if match := _SLASHES.fullmatch(value):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        return (year, first, second) if _month_is_first(first, second, country) else (year, second, first)
    raise Refused("birthDate", "date_format")


def _month_is_first(first: int, second: int, country: str | None) -> bool:
    if first > 12 or second > 12:
        return second > 12
    if first != second and country is None:
        raise Refused("birthDate", "ambiguous_date")
    return country in _MONTH_FIRST_COUNTRIES
