"""Custom resources of CloudFormation: it calls a function, and waits for an answer at a URL of S3's.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref.html
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import urllib3

Event = dict[str, Any]

_log = logging.getLogger("app.custom_resource")
_REASON = 1000
"""Characters of a reason. An answer may have 4096 bytes."""


def is_of_cloudformation(event: Event) -> bool:
    return "RequestType" in event


def answer(event: Event, act: Callable[[], Mapping[str, str]]) -> None:
    """Do `act` for a resource that is made or changed, and answer with the attributes that it returns.

    Any failure is answered, too, for CloudFormation would wait an hour; it takes the change back then. A deletion is
    answered alone.

    Raises:
        urllib3.exceptions.HTTPError: the answer does not arrive.
    """
    try:
        attributes = {} if event["RequestType"] == "Delete" else act()
    except Exception as error:  # noqa: BLE001 - see above
        _log.exception("custom resource failed")
        _send(event, Status="FAILED", Reason=_reason(error))
    else:
        _send(event, Status="SUCCESS", Data=dict(attributes))


def _reason(error: Exception) -> str:
    """The first line alone, for all who see the stack: the next one of PostgreSQL shows the row that failed."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:_REASON]


def _send(event: Event, **outcome: Any) -> None:
    body = {
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
        "PhysicalResourceId": event.get("PhysicalResourceId", event["LogicalResourceId"]),
        **outcome,
    }
    sent = urllib3.request(
        "PUT",
        event["ResponseURL"],
        body=json.dumps(body).encode(),
        headers={"Content-Type": ""},  # the URL is signed for none
        timeout=10.0,
        retries=urllib3.Retry(3, backoff_factor=0.5),
    )
    if sent.status >= 300:
        _log.error("answer refused", extra={"fields": {"status": sent.status}})
