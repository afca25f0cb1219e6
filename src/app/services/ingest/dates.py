"""Birth dates. The order of day and month is taken from the writing or from the country, never guessed."""

import re
from datetime import date
from functools import lru_cache

from app.services.ingest.refused import Refused

# A time of day after the date, as databases and spreadsheets write it. Anything else after a date makes it invalid.
_ZONE = r"(?: ?(?:Z|UTC|[+-]\d{2}(?::?\d{2})?))?"
_TIME = r"(?:[T ](?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?: ?[AP]M)?" + _ZONE + ")?"
_YEAR_FIRST = r"(?a)(\d{4})([-/.]?)(\d{2})\2(\d{2})" + _TIME
_YEAR_FIRST_LOOSE = r"(?a)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _TIME
_DOTS = r"(?a)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})" + _TIME
_SLASHES = r"(?a)(\d{1,2})([/-])(\d{1,2})\2(\d{4})" + _TIME
_NO_YEAR = r"(?a)\s?--?\d{2}-?\d{2}|\d{1,2}[-/]\d{1,2}|\d{1,2}\.\s?\d{1,2}\.?"

# CLDR: short dates of en-US, es-US, es-PR and of the countries that follow the United States.
_MONTH_FIRST = frozenset({"US", "AS", "FM", "GU", "MH", "MP", "PH", "PR", "PW", "UM", "VI"})
_BOTH_ORDERS = frozenset({"CA", "PA"})
_EARLIEST = date(1850, 1, 1)


@lru_cache(maxsize=1024)
def birth_date(value: str, country: str | None, today: date) -> str | None:
    """ISO 8601; `None` for a birthday without a year. Dots put the day first, slashes do in most countries.

    Raises:
        Refused: `date_format`, `ambiguous_date`, or `date_range` when it is after `today` or before 1850.
    """
    if re.fullmatch(_NO_YEAR, value):
        return None
    try:
        day = date(*_parts(value, country))
    except ValueError:
        raise Refused("birthDate", "date_format") from None
    if not _EARLIEST <= day <= today:
        raise Refused("birthDate", "date_range")
    return day.isoformat()


def _parts(value: str, country: str | None) -> tuple[int, int, int]:
    if match := re.fullmatch(_YEAR_FIRST, value) or re.fullmatch(_YEAR_FIRST_LOOSE, value):
        return int(match[1]), int(match[3]), int(match[4])
    if match := re.fullmatch(_DOTS, value):
        return _ordered(
            int(match[1]), int(match[2]), int(match[3]), country, day_first=country not in _MONTH_FIRST
        )
    if match := re.fullmatch(_SLASHES, value):
        return _ordered(int(match[1]), int(match[3]), int(match[4]), country, day_first=False)
    raise Refused("birthDate", "date_format")


def _ordered(
    first: int, second: int, year: int, country: str | None, *, day_first: bool
) -> tuple[int, int, int]:
    """Year, month, day. `day_first`: whether the writing alone says so."""
    if first > 12 or day_first:
        return year, second, first
    if second > 12:
        return year, first, second
    if first != second and (country is None or country in _BOTH_ORDERS):
        raise Refused("birthDate", "ambiguous_date")
    return (year, first, second) if country in _MONTH_FIRST else (year, second, first)
