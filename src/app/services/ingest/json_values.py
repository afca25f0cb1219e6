"""JSON as every way in reads it: a number keeps its value, and what JSON does not have is refused."""

import json
import math
import re
import uuid
from decimal import Decimal
from typing import Any


def _number(text: str) -> Decimal:
    """Every digit is kept. `1e400` is beyond what programs exchange (RFC 8259, 6): most read it as infinity."""
    if not math.isfinite(float(text)):
        raise ValueError("a number beyond the range of a double")
    return Decimal(text)


def _no_constant(_name: str) -> None:
    raise ValueError("NaN and Infinity are not JSON (RFC 8259, 6)")


DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_no_constant)
"""Raises `ValueError`, or `RecursionError` for what is nested too deeply."""
_SPACE = re.compile(r"[ \t\r\n]*")


def decode_all(text: str) -> list[Any]:
    """The values of a text, one after another with white space between them or nothing; at least one.

    Raises:
        ValueError, RecursionError: as `DECODER` does.
    """
    values: list[Any] = []
    at = _after_space(text, 0)
    while not values or at < len(text):
        value, end = DECODER.raw_decode(text, at)
        values.append(value)
        at = _after_space(text, end)
    return values


def _after_space(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]


def encode(value: Any) -> str:
    """The text of what `DECODER` read, with every digit of its numbers. `json` would write only binary floats."""
    mark = uuid.uuid4().hex
    text = json.dumps(value, default=lambda number: f"{mark}{number}")
    return re.sub(f'"{mark}([^"]+)"', r"\1", text)
