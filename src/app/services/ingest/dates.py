"""Birth dates. The order of day and month is taken from the writing or from the country, never guessed."""

from datetime import date
from functools import lru_cache

from app.services.ingest.refused import Refused
from app.services.ingest.written_dates import Written, written

# CLDR: short dates of en-US, es-US, es-PR and of the countries that follow the United States.
_MONTH_FIRST = frozenset({"US", "AS", "FM", "GU", "MH", "MP", "PH", "PR", "PW", "UM", "VI"})
_BOTH_ORDERS = frozenset({"CA", "PA"})
_EARLIEST = date(1850, 1, 1)
_NO_YEARS = (0, 1604)
"""What stands for a year that is not known: 1604 is Apple's, the first leap year of a Gregorian cycle."""
_LEAP_YEAR = 2000


@lru_cache(maxsize=1024)
def birth_date(value: str, country: str | None, today: date) -> str | None:
    """ISO 8601; `None` for what says less than a date: a birthday without a year, or a year without a day.

    With a country, the day is first, but for those that put the month first.

    Raises:
        Refused: `date_format`, `ambiguous_date`, or `date_range` when it is after `today` or before 1850.
    """
    parts = written(value)
    if parts.year in _NO_YEARS or 0 in (parts.first, parts.second):
        _check_partial(parts, today)
        return None
    found = _date(parts.year, *_month_and_day(parts, country))
    if not _EARLIEST <= found <= today:
        raise Refused("birthDate", "date_range")
    return found.isoformat()


def _check_partial(parts: Written, today: date) -> None:
    """Raises:
    Refused: no date has these parts.
    """
    if parts.year not in _NO_YEARS:
        if not _EARLIEST.year <= parts.year <= today.year:
            raise Refused("birthDate", "date_range")
        month, day = parts.first or 1, parts.second or 1
    else:
        month, day = parts.first, parts.second
    in_order = parts.order == "month first" or month <= day
    _date(_LEAP_YEAR, *((month, day) if in_order else (day, month)))


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Refused("birthDate", "date_format") from None


def _month_and_day(parts: Written, country: str | None) -> tuple[int, int]:
    _, first, second, order = parts
    if order == "month first":
        return first, second
    if first > 12:
        return second, first
    if second > 12:
        return first, second
    unknown = country is None or (order == "slashes" and country in _BOTH_ORDERS)
    if unknown and first != second:
        raise Refused("birthDate", "ambiguous_date")
    return (first, second) if country in _MONTH_FIRST else (second, first)
