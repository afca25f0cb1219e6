"""What the DynamoDB repositories share: attribute values, the meaning of errors, the waits between attempts.

An item is the low-level format, one typed attribute value a name: `{"title": {"S": "Buy milk"}}`. These few
converters cost a fraction of boto3's `TypeSerializer` and `resource`, on every request and at a cold start.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import count
from typing import Any, TypeVar, cast

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004

from app.errors import Unavailable
from app.models import timestamp

Item = dict[str, Any]
T = TypeVar("T")

_CONFLICTS = {"ConditionalCheckFailed", "TransactionConflict"}
_THROTTLES = {
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingError",
    "ThrottlingException",
    "TransactionInProgressException",
}


class ConditionFailed(Exception):
    """A single write was refused by its condition. `item` is what is stored, where the write asked for it."""

    def __init__(self, item: Item | None) -> None:
        self.item = item
        super().__init__("The condition of a write does not hold")


class Contended(Exception):
    """Others change the same items right now: read again and try again."""


@contextmanager
def translated() -> Iterator[None]:
    """Give the engine's failures their meaning; what is a defect of ours passes through.

    Raises:
        app.errors.Unavailable: throttled, failing, or not answering within its time-outs.
        ConditionFailed: the condition of a single write does not hold.
        Contended: a transaction was cancelled, or met another one.
    """
    try:
        yield
    except ClientError as error:
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise meaning from error
    except (ConnectionError, HTTPClientError) as error:
        raise Unavailable from error


def _meaning(error: ClientError) -> Exception | None:
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(cast("Item | None", error.response.get("Item")))
    if code == "TransactionConflictException":
        return Contended()
    if code == "TransactionCanceledException":
        return _meaning_of_cancellation(error)
    failing = error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500
    return Unavailable() if failing or code in _THROTTLES else None


def _meaning_of_cancellation(error: ClientError) -> Exception | None:
    """A cancelled transaction gives one reason for each of its actions, `None` for those without a fault."""
    reasons = {reason.get("Code", "None") for reason in error.response.get("CancellationReasons", ())} - {
        "None"
    }
    if reasons and reasons <= _CONFLICTS:
        return Contended()
    return Unavailable() if reasons & _THROTTLES else None


def attempts(*, budget: float = 2.0, base: float = 0.01, cap: float = 0.25) -> Iterator[int]:
    """Count attempts from 0 until `budget` seconds are spent, waiting between them with full jitter.

    Full jitter (a wait anywhere between nothing and the bound) spreads competing writers best:
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    deadline = time.monotonic() + budget
    for attempt in count():
        yield attempt
        pause = random.uniform(0, min(cap, base * 2**attempt))  # noqa: S311
        if time.monotonic() + pause > deadline:
            return
        time.sleep(pause)


def persevere(operation: Callable[[], T]) -> T:
    """Run `operation` until nobody else is in its way.

    Raises:
        app.errors.Unavailable: others were, every time (code `contention`).
    """
    for _ in attempts():
        with suppress(Contended):
            return operation()
    raise Unavailable("Too many changes of the same data at once. Try again shortly.", code="contention")


def string(value: str) -> Item:
    return {"S": value}


def number(value: int) -> Item:
    return {"N": str(value)}


def boolean(value: bool) -> Item:
    return {"BOOL": value}


def strings(values: Iterable[str]) -> Item:
    """A list: a string set would lose the order and may not be empty."""
    return {"L": [{"S": value} for value in values]}


def instant(value: datetime) -> Item:
    return {"S": timestamp(value)}


def to_string(item: Item, name: str) -> str | None:
    """The string `name`, or `None` when the item has none."""
    attribute = item.get(name)
    return None if attribute is None else str(attribute["S"])


def to_number(item: Item, name: str) -> int:
    return int(item[name]["N"])


def to_optional_number(item: Item, name: str) -> int | None:
    return to_number(item, name) if name in item else None


def to_strings(item: Item, name: str) -> tuple[str, ...]:
    return tuple(value["S"] for value in item.get(name, {"L": []})["L"])


def to_instant(item: Item, name: str) -> datetime:
    return datetime.fromisoformat(item[name]["S"])


def to_optional_instant(item: Item, name: str) -> datetime | None:
    return to_instant(item, name) if name in item else None
