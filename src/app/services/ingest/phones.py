"""Phone numbers in E.164. A number is stored when it is international, or valid in the country of its row."""

import re
from typing import TYPE_CHECKING

from app.services.ingest.refused import Refused

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_NUMBER = (
    r"(?i)(?:tel:)?['\u2019]?\s*\(?(\+|\uff0b)?[\d\s().\-\u2010-\u2015\u2212/\u00b7]{5,40}"
    r"(?:(?:;ext=|,?\s*(?:extension|ext\.?|x)\s*\.?:?|#)\s*\d{1,6})?"
)
_EXTENSION = re.compile(r"[x#;]", re.IGNORECASE)
_WHOLE_DECIMAL = r"(\+?\d{5,})\.0"
"""Programs write a column of whole numbers with gaps as decimals: 30123456.0."""
_DECIMAL = r"\d{5,}\.\d\Z"
_IP_ADDRESS = r"\d{1,3}(?:\.\d{1,3}){3}"
_DATE = r"\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d\d)"

_TWO_NUMBERS = re.compile(r"(?:\d[\s().\-\u2010-\u2015\u2212]*){9,}/|\d{6,}\s+\d{6,}")
"""Several in one cell: `030 123456 / 654321`, `030 901820-1/2`. Fewer digits before a slash are an area code."""


def phone(value: str, country: str | None) -> str:
    """`country`: of the row, ISO 3166-1 alpha-2, or `None` where it is not known.

    Raises:
        Refused: `phone_format`, `phone_needs_country`, or `phone_invalid` for the country.
    """
    if whole := re.fullmatch(_WHOLE_DECIMAL, value):
        value = whole[1]
    match = re.fullmatch(_NUMBER, value)
    if match is None:
        raise Refused("phone", "phone_format")
    if _TWO_NUMBERS.search(value) or re.search(_DECIMAL, value):
        raise Refused("phone", "phone_format")
    if match[1] is not None:
        return _e164(value, None)
    if re.fullmatch(_IP_ADDRESS, value) or re.fullmatch(_DATE, value):
        raise Refused("phone", "phone_format")
    if country is None:
        raise Refused("phone", "phone_needs_country")
    return _e164(value, country)


def has_extension(value: str) -> bool:
    """Of a number that `phone` takes: E.164 has no place for its extension."""
    return _EXTENSION.search(value) is not None


def _e164(value: str, country: str | None) -> str:
    """`country` is `None` for an international number."""
    import phonenumbers

    try:
        number = phonenumbers.parse(value.lstrip("'\u2019 "), country)
    except phonenumbers.NumberParseException:
        raise Refused("phone", "phone_format") from None
    if country is None:
        # A local-only length is possible as well, so `is_possible_number` would not do.
        good = (
            phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
        )
    else:
        good = phonenumbers.is_valid_number(number) and not _begins_with_country_code(value, number)
    if not good:
        raise Refused("phone", "phone_invalid")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _begins_with_country_code(value: str, number: "PhoneNumber") -> bool:
    """Return whether the digits are also a valid number that begins with its country code, as `49 151 12345678` in
    Germany. Most such numbers lack only the plus sign, so it would be a guess to put the code before them again."""
    import phonenumbers

    digits = re.sub(r"\D", "", value)
    if digits != str(number.national_number) or not digits.startswith(str(number.country_code)):
        return False
    return phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}"))
