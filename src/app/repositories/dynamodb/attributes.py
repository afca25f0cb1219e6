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

from botocore.exceptions import ClientError

from app import deadline
from app.aws.errors import UNANSWERED, code_of, is_passing, status_of
from app.errors import Conflict, Contention, Unavailable, Unprocessable
from app.models import timestamp

Item = dict[str, Any]
T = TypeVar("T")

_CONFLICTS = {"ConditionalCheckFailed", "TransactionConflict"}
_COLLECTION_FULL = {"ItemCollectionSizeLimitExceeded", "ItemCollectionSizeLimitExceededException"}


class ConditionFailed(Exception):
    """A single write was refused by its condition. `item` is what is stored, where the write asked for it."""

    def __init__(self, item: Item | None) -> None:
        self.item = item
        super().__init__("The condition of a write does not hold")


class Contended(Exception):
    """Others change the same items right now: read again and try again."""


@contextmanager
def translated() -> Iterator[None]:
    """Give the failures of DynamoDB and S3 their meaning; what is a defect of ours passes through.

    Raises:
        app.errors.Unavailable: throttled, failing, not answering within its time-outs, credentials just expired.
        app.errors.Conflict: a user's items fill their partition (code `quota_exceeded`).
        app.errors.Unprocessable: a transaction was cancelled, for an item that cannot be stored (`not_storable`).
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
    except UNANSWERED as error:
        raise Unavailable from error


def _meaning(error: ClientError) -> Exception | None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""
    code = code_of(error)
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(cast("Item | None", error.response.get("Item")))
    if code == "TransactionConflictException":
        return Contended()
    if code == "TransactionCanceledException":
        return _meaning_of_cancellation(error)
    if code in _COLLECTION_FULL:
        return _full()
    # DynamoDB's `LimitExceededException`: too many operations on tables at once.
    return Unavailable() if is_passing(code, status_of(error)) or code == "LimitExceededException" else None


def _meaning_of_cancellation(error: ClientError) -> Exception | None:
    """A cancelled transaction gives one reason for each of its actions, `None` for those without a fault.

    `ValidationError` concerns one item: it is too large, say, or an index key is. Faults of the request as a whole
    are a `ValidationException` without cancellation.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html
    """
    reasons = {reason.get("Code", "None") for reason in error.response.get("CancellationReasons", ())} - {
        "None"
    }
    if reasons and reasons <= _CONFLICTS:
        return Contended()
    if reasons & _COLLECTION_FULL:
        return _full()
    if "ValidationError" in reasons:
        return Unprocessable("This cannot be stored as it is.", code="not_storable")
    return Unavailable() if not reasons or any(map(is_passing, reasons)) else None


def _full() -> Conflict:
    return Conflict("There is no room for more of your data. Delete some first.", code="quota_exceeded")


def attempts(*, budget: float = 2.0, base: float = 0.01, cap: float = 0.25) -> Iterator[int]:
    """Count attempts from 0 until `budget` seconds or the request's own time are spent, waiting between them with
    full jitter.

    Full jitter (a wait anywhere between nothing and the bound) spreads competing writers best:
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    end = time.monotonic() + min(budget, deadline.left())
    for attempt in count():
        yield attempt
        pause = random.uniform(0, min(cap, base * 2**attempt))  # noqa: S311
        if time.monotonic() + pause > end:
            return
        time.sleep(pause)


def persevere(operation: Callable[[], T]) -> T:
    """Run `operation` until nobody else is in its way.

    Raises:
        app.errors.Contention: others were, every time.
    """
    for _ in attempts():
        with suppress(Contended):
            return operation()
    raise Contention


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
