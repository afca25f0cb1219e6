"""Hooks on every call of an AWS client: the deadline bounds it, and its failure is recorded.

Built on botocore's events (https://docs.aws.amazon.com/botocore/latest/topics/events.html). A read time-out of one
request is its context's `read_timeout` (botocore 1.43, https://github.com/boto/botocore/pull/3770); the time to
connect stays the client's own, a second.
"""

import logging
import time
from typing import TYPE_CHECKING, Any, TypeVar, cast

from app import context, deadline
from app.aws.errors import is_passing
from app.blocking import about_to_block
from app.context import FailedCall
from app.errors import DeadlineExceeded

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest
    from botocore.client import BaseClient

AnyClient = TypeVar("AnyClient", bound="BaseClient")

_log = logging.getLogger("app.aws")

_SHORTEST = 0.1
"""Seconds. A call that has less is not begun: it would hardly be answered, and its effect would not be known."""
_RETRY = 2.0
"""Seconds. With less left a call is not repeated: botocore pauses that long before the third attempt."""


def watched(client: AnyClient) -> AnyClient:
    """`client`, its calls bounded by the deadline, and those that fail recorded."""
    events, service = client.meta.events, client.meta.service_model.service_id.hyphenize()
    events.register_first(f"provide-client-params.{service}", cast(Any, _may_block))
    events.register("before-call", cast(Any, _note_start))
    events.register("request-created", cast(Any, _bound))
    # First, and for the service: botocore's own handler stands there, and the first answer counts.
    events.register_first(f"needs-retry.{service}", cast(Any, _refuse_late_retry))
    events.register("after-call", cast(Any, _note_refusal))
    events.register("after-call-error", cast(Any, _note_silence))
    return client


def _may_block(**_: object) -> None:
    """Raises `WouldBlock` on the event loop."""
    about_to_block()


def _note_start(context: dict[str, Any], **_: object) -> None:
    context["appStarted"] = time.monotonic()


def _bound(request: "AWSRequest", **_: object) -> None:
    """Before each attempt.

    Raises:
        DeadlineExceeded: it cannot be made in time.
    """
    left = deadline.left()
    if left < _SHORTEST:
        raise DeadlineExceeded
    config = request.context["client_config"]
    request.context["read_timeout"] = min(left, config.read_timeout)


def _refuse_late_retry(**_: object) -> bool | None:
    return False if deadline.left() < _RETRY else None


def _note_refusal(
    event_name: str, http_response: Any, parsed: dict[str, Any], context: dict[str, Any], **_: object
) -> None:
    status = http_response.status_code
    if status < 300:
        return
    code = str(parsed.get("Error", {}).get("Code") or status)  # a proxy's page has none
    reasons = _reasons(parsed)
    error = f"{code}: {', '.join(reasons)}" if reasons else code
    is_warning = bool(reasons) or is_passing(code, status)
    record(_failed(event_name, error, context), logging.WARNING if is_warning else logging.DEBUG)


def _reasons(parsed: dict[str, Any]) -> list[str]:
    """Why DynamoDB cancelled a transaction, other changes at the same time apart: its own code says nothing."""
    codes = {reason.get("Code", "None") for reason in parsed.get("CancellationReasons", ())}
    return sorted(codes - {"None", "ConditionalCheckFailed", "TransactionConflict"})


def _note_silence(event_name: str, exception: Exception, context: dict[str, Any], **_: object) -> None:
    """Raises:
    DeadlineExceeded: it was our own deadline that ended the call.
    """
    record(_failed(event_name, type(exception).__name__, context))
    if deadline.left() <= 0:
        raise DeadlineExceeded from exception


def _failed(event_name: str, error: str, call: dict[str, Any]) -> FailedCall:
    _, service, operation = event_name.split(".")
    started = call.get("appStarted")
    return FailedCall(
        service=service,
        operation=operation,
        error=error,
        milliseconds=None if started is None else round((time.monotonic() - started) * 1000, 1),
        attempt=call.get("retries", {}).get("attempt", 1),
    )


def record(call: FailedCall, level: int = logging.WARNING) -> None:
    """Log a failed call, and keep it as the likely cause should the request end in a 5xx. A refusal that callers
    expect, such as a condition that does not hold, is logged for debugging only."""
    if (request := context.current()) is not None:
        request.failed_call = call
    _log.log(level, "call failed", extra={"fields": call.fields()})
