"""Read units by DynamoDB's published rules: moto and the emulator do not count them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from math import ceil
from typing import Any

_UNIT_BYTES = 4096


def item_bytes(item: dict[str, Any]) -> int:
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def consistent_read_units(read_bytes: int) -> int:
    """What one strongly consistent `Query` costs that examined entries of `read_bytes` together."""
    return max(1, ceil(read_bytes / _UNIT_BYTES))


def _value_bytes(value: dict[str, Any]) -> int:
    [(kind, content)] = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return ceil(len(content.strip("-0").replace(".", "")) / 2) + 1
    if kind == "L":
        return 3 + sum(1 + _value_bytes(element) for element in content)
    return 1
