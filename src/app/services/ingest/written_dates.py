"""Dates as people and programs write them, taken apart. Which number is the month is not decided here."""

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from app.services.ingest.cldr import cldr, word
from app.services.ingest.refused import Refused

# A time of day after the date, as databases and spreadsheets write it. Anything else after a date makes it invalid.
_ZONE = r"(?: ?(?:Z|UTC|[+-]\d{2}(?::?\d{2})?))?"
_TIME = r"(?:[T ](?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?: ?[AP]M)?" + _ZONE + ")?"
_YEAR_FIRST = r"(?a)(\d{4})([-/.]?)(\d{2})\2(\d{2})" + _TIME


class Written(NamedTuple):
    """A date as it is written. 0 is a part that is missing; `order` is which of `first` and `second` is the month."""

    year: int
    first: int
    second: int
    order: Literal["month first", "dots", "slashes"] = "month first"


def written(value: str) -> Written:
    """Raises:
    Refused: `date_format`.
    """
    if match := re.fullmatch(_YEAR_FIRST, value):
        return Written(int(match[1]), int(match[3]), int(match[4]))
    for pattern, parts in _WRITINGS:
        if match := re.fullmatch(pattern, value):
            return parts(*match.groups(default="0"))
    raise Refused("birthDate", "date_format")


def _year_first(year: str, month: str, day: str = "0") -> Written:
    return Written(int(year), int(month), int(day))


def _dots(first: str, second: str, year: str = "0") -> Written:
    return Written(int(year), int(first), int(second), "dots")


def _slashes(first: str, second: str, year: str = "0") -> Written:
    return Written(int(year), int(first), int(second), "slashes")


def _day_and_month(day: str, name: str, year: str) -> Written:
    month = cldr().months.get(word(name))
    if month is None:
        raise Refused("birthDate", "date_format")
    return Written(int(year), month, int(day))


def _month_and_year(name: str, year: str) -> Written:
    return _day_and_month("0", name, year)


def _month_day(name: str, day: str, year: str) -> Written:
    return _day_and_month(day, name, year)


def _year_alone(year: str) -> Written:
    return Written(int(year), 0, 0)


_DAY = r"([0-9]{1,2})(?:st|nd|rd|th|er|\.|\u00ba)?"
_MONTH = r"([^\W\d_]{3,})\.?"
_WRITINGS: tuple[tuple[str, Callable[..., Written]], ...] = (
    (r"(?a)(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})" + _TIME, _dots),
    (r"(?a)(\d{1,2})/(\d{1,2})/(\d{4})" + _TIME, _slashes),
    (r"(?a)(\d{1,2})-(\d{1,2})-(\d{4})" + _TIME, _slashes),
    *(
        (rf"(?a)(\d{{4}}){mark} ?(\d{{1,2}}){mark} ?(\d{{1,2}})\.?" + _TIME, _year_first)
        for mark in ("-", "/", r"\.")
    ),
    # Without a year.
    (r"(?a)\s?--?(\d{1,2})-(\d{1,2})", lambda month, day: _year_first("0", month, day)),
    (r"(?a)\s?--?(\d{2})(\d{2})", lambda month, day: _year_first("0", month, day)),
    (r"(?a)(\d{1,2})[-/](\d{1,2})", _slashes),
    (r"(?a)(\d{1,2})\. ?(\d{1,2})\.?", _dots),
    # Without a day.
    (r"(?a)(\d{4})", _year_alone),
    (r"(?a)(\d{4})[-/.](\d{1,2})", _year_first),
    (r"(?a)(\d{1,2})[-/.](\d{4})", lambda month, year: _year_first(year, month)),
    # With the name of the month.
    (rf"{_DAY}(?:[ -]| (?:de|of) ){_MONTH}(?:(?:,? |-| del? )([0-9]{{4}}))?", _day_and_month),
    (rf"{_MONTH}[ -]{_DAY}(?:(?:,? |-)([0-9]{{4}}))?", _month_day),
    (rf"{_MONTH}(?: |-| de )([0-9]{{4}})", _month_and_year),
    # Chinese, Japanese and Korean.
    (r"(?a)(?:(\d{4})[\u5e74\ub144] ?)?(\d{1,2})[\u6708\uc6d4] ?(\d{1,2})[\u65e5\uc77c]", _year_first),
)
"""How dates are written; their parts, `0` where one is missing."""
