"""JSON values as DynamoDB attributes and back."""

from decimal import Decimal
from typing import Any

from app.repositories.dynamodb.attributes import Item


def to_attribute(value: Any) -> Item:
    """Numbers beyond what DynamoDB holds (38 digits, 10^-130 to 10^125) are kept as text, so that nothing is lost."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | Decimal):
        return {"N": str(value)} if _fits(Decimal(value)) else {"S": str(value)}
    if isinstance(value, list):
        return {"L": [to_attribute(inner) for inner in value]}
    if isinstance(value, dict):
        return {"M": {name: to_attribute(inner) for name, inner in value.items()}}
    return {"S": str(value)}


def from_attribute(attribute: Item) -> Any:
    kind, value = next(iter(attribute.items()))
    if kind == "N":
        return int(value) if value.lstrip("-").isdigit() else Decimal(value)
    if kind == "L":
        return [from_attribute(inner) for inner in value]
    if kind == "M":
        return {name: from_attribute(inner) for name, inner in value.items()}
    return None if kind == "NULL" else value


def _fits(value: Decimal) -> bool:
    if not value.is_finite():
        return False
    return len(value.as_tuple().digits) <= 38 and (value == 0 or -130 <= value.adjusted() <= 125)
