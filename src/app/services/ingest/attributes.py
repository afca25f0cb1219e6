"""Values without a field of their own: made safe to store, without secrets, and never a reason to refuse a row."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.services.ingest import headers
from app.services.ingest.mapping import free_name
from app.text import is_blank, nfc

DROPPED_COLUMN = "secret_column"
MAX_DEPTH = 100
"""Of nested values. Python's own limit would end the whole import."""
_DEEPEST = 8
_SHORTEST_CARD, _LONGEST_CARD = 14, 19
_MAYBE_CARD = r"(?a)(?<![\d+])\d(?:[ .\-\u00a0\u2009\u202f\u2010-\u2015]?\d){13,18}(?!\d)"
# The first digits of Visa, Mastercard, American Express, Discover, JCB, Diners and UnionPay.
_ISSUER = r"(?a)4|5[1-5]|2[2-7]|3[47]|6(?:011|4|5|2)|35|3[068]"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NOT_STORABLE = re.compile(r"[\0\ud800-\udfff]")

Warn = Callable[[str], None]
"""Called with the reason of a warning."""
ReadText = Callable[[str, Warn], str]


def clean_text(value: str, warn: Warn) -> str:
    """Trimmed and in NFC, on the lines it has; empty when nothing of it can be seen."""
    text = value.strip() if value.isascii() and value.isprintable() else _printable(value, warn)
    return _without_cards(text, warn) if len(text) >= _SHORTEST_CARD else text


def unread_text(value: str, warn: Warn) -> str:
    """As it was, but for what no store takes, and for card numbers."""
    return _without_cards(_NOT_STORABLE.sub("\ufffd", value), warn)


def _printable(value: str, warn: Warn) -> str:
    if _CONTROL.search(value):
        warn("control_character")
        value = _CONTROL.sub(" ", value)
    if _SURROGATE.search(value):
        warn("invalid_text")
        value = _SURROGATE.sub("\ufffd", value)
    return "" if is_blank(value) else nfc(value).strip()


def clean(
    value: Any, warn: Warn, *, text: ReadText = clean_text, depth: int = 0, deepest: int = _DEEPEST
) -> Any:
    """The value as it is stored. `None` and `""` mean that there is none. `text` makes each text in it safe to store.
    What is nested deeper than `deepest` becomes JSON text.

    Warns: `control_character`, `invalid_text`, `too_deep`, `card_number`, `secret_column`.
    """
    if isinstance(value, str):
        return text(value, warn)
    if isinstance(value, list | dict):
        return _clean_nested(value, warn, text, depth, deepest)
    if isinstance(value, int | float | Decimal) and _is_card_number(value):
        warn("card_number")
        return None
    return value


def _is_card_number(value: float | Decimal) -> bool:
    """Of a number in JSON, which may be written as a decimal, too."""
    in_range = 10 ** (_SHORTEST_CARD - 1) <= value < 10**_LONGEST_CARD
    return in_range and value == int(value) and _is_card(str(int(value)))


def _clean_nested(
    value: list[Any] | dict[str, Any], warn: Warn, text: ReadText, depth: int, deepest: int
) -> Any:
    if depth > MAX_DEPTH:
        return None
    if depth > deepest:
        warn("too_deep")
        flat = clean(value, warn, text=text, depth=depth, deepest=MAX_DEPTH)
        return json.dumps(flat, default=str, ensure_ascii=False)
    if isinstance(value, list):
        return [clean(inner, warn, text=text, depth=depth + 1, deepest=deepest) for inner in value]
    kept: dict[str, Any] = {}
    for name, inner in value.items():
        if headers.is_secret(name):
            warn(DROPPED_COLUMN)
        else:
            kept[free_name(name, kept)] = clean(inner, warn, text=text, depth=depth + 1, deepest=deepest)
    return kept


def _without_cards(text: str, warn: Warn) -> str:
    found = [match[0] for match in re.finditer(_MAYBE_CARD, text) if _is_card(match[0])]
    for number in found:
        warn("card_number")
        text = text.replace(number, "")
    return text.strip() if found else text


def holds_card(text: str) -> bool:
    return any(_is_card(match[0]) for match in re.finditer(_MAYBE_CARD, text))


def _is_card(text: str) -> bool:
    """By length, issuer and check digit (ISO/IEC 7812-1, Luhn)."""
    digits = [int(character) for character in text if character.isdigit()]
    if not re.match(_ISSUER, "".join(map(str, digits))):
        return False
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def without_secrets(value: Any) -> Any:
    """A record as it is shown to operators: the same, but for what is secret."""
    return clean(value, lambda _reason: None)
