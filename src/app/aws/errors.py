"""AWS's errors, mapped to the application's.

What holds for every service is here; `cognito_errors` adds the codes of the user pool.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from botocore.exceptions import (
    ClientError,
    ConnectionError,  # noqa: A004
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
)
from botocore.parsers import ResponseParserError

from app.errors import Conflict, Unavailable, Unprocessable

UNANSWERED = (
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    ResponseParserError,
)
"""No answer came, or none that is AWS's own. The call may have taken effect."""

_PASSING = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InternalError",
        "InternalServerError",
        "InvalidSignatureException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionInProgressException",
        "UnrecognizedClientException",
    }
)
"""Throttling, outages, and credentials that have just run out, are rotated, or meet a clock that is off. Some come
with a status of 400.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""


def is_passing(code: str, status: int = 0) -> bool:
    """Return whether the same call may succeed a little later."""
    return status >= 500 or code in _PASSING


def code_of(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def status_of(error: ClientError) -> int:
    return error.response["ResponseMetadata"].get("HTTPStatusCode", 0)


_BY_POLICY = "explicit deny in a resource-based policy"
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
_CONFLICTS = {"ConditionalCheckFailed", "TransactionConflict"}
_COLLECTION_FULL = {"ItemCollectionSizeLimitExceeded", "ItemCollectionSizeLimitExceededException"}


class ConditionFailed(Exception):
    """A single write was refused by its condition. `item` is what is stored, where the write asked for it."""

    def __init__(self, item: dict[str, Any] | None) -> None:
        self.item = item
        super().__init__("The condition of a write does not hold")


class TransactionConflict(Exception):
    """Others change the same items right now: read again and try again.

    `found` has, for each action of a cancelled transaction, what is stored where its condition did not hold; it is
    empty where that is not known of each. `failed` has the actions whose conditions did not hold, by their numbers,
    and what is stored instead: `None` where nothing is, if the action asked for it.
    """

    def __init__(
        self,
        found: Sequence[dict[str, Any] | None] = (),
        failed: Mapping[int, dict[str, Any] | None] | None = None,
    ) -> None:
        self.found = found
        self.failed = failed or {}
        super().__init__("A transaction met the changes of others")


@contextmanager
def map_aws_errors() -> Iterator[None]:
    """Map failures of DynamoDB and S3 to the application's errors; programming errors pass through.

    Raises:
        app.errors.Unavailable: throttled, failing, not answering within its time-outs, credentials just expired.
        app.errors.Conflict: a user's items fill their partition (code `quota_exceeded`).
        app.errors.Unprocessable: a transaction was cancelled, for an item that cannot be stored (`not_storable`).
        ConditionFailed: the condition of a single write does not hold.
        TransactionConflict: a transaction was cancelled, or met another one.
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
        return ConditionFailed(cast("dict[str, Any] | None", error.response.get("Item")))
    if code == "TransactionConflictException":
        return TransactionConflict()
    if code == "TransactionCanceledException":
        return _meaning_of_cancellation(error)
    if code in _COLLECTION_FULL:
        return _full()
    if code == "AccessDeniedException" and _BY_POLICY in error.response["Error"].get("Message", ""):
        return Unavailable()  # a table that is being moved refuses changes for the time
    # DynamoDB's `LimitExceededException`: too many operations on tables at once.
    return Unavailable() if is_passing(code, status_of(error)) or code == "LimitExceededException" else None


def _meaning_of_cancellation(error: ClientError) -> Exception | None:
    """A cancelled transaction gives one reason for each of its actions, `None` for those without a fault.

    `ValidationError` concerns one item: it is too large, say, or an index key is. Faults of the request as a whole
    are a `ValidationException` without cancellation.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html
    """
    answers = error.response.get("CancellationReasons", ())
    reasons = {reason.get("Code", "None") for reason in answers} - {"None"}
    if reasons and reasons <= _CONFLICTS:
        return TransactionConflict(_found(answers), _failed(answers))
    if reasons & _COLLECTION_FULL:
        return _full()
    if "ValidationError" in reasons:
        return Unprocessable("This cannot be stored as it is.", code="not_storable")
    return Unavailable() if not reasons or any(map(is_passing, reasons)) else None


def _found(reasons: Sequence[Any]) -> Sequence[dict[str, Any] | None]:
    """What a cancelled transaction has met, if that is known of each of its actions. It is not where one of them was
    locked by another transaction, or an item is gone."""
    faults = [reason for reason in reasons if reason.get("Code", "None") != "None"]
    if all(fault["Code"] == "ConditionalCheckFailed" and "Item" in fault for fault in faults):
        return [reason.get("Item") for reason in reasons]
    return ()


def _failed(reasons: Sequence[Any]) -> dict[int, dict[str, Any] | None]:
    return {
        number: reason.get("Item")
        for number, reason in enumerate(reasons)
        if reason.get("Code") == "ConditionalCheckFailed"
    }


def _full() -> Conflict:
    return Conflict("There is no room for more of your data. Delete some first.", code="quota_exceeded")
