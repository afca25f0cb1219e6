"""Messages that a consumer held when it was ended: they are delivered again at once.

A consumer of SQS that dies keeps its messages hidden until their visibility time-out is over, half an hour for the
ingest. No consumer survives a stop of the stack, so there is nothing to wait for; and a stop is no failed attempt, so
it does not count as one.

While the stack starts or follows an edit, a deployment may end a consumer that has begun. That does count: a message
that ends its consumer each time becomes a dead letter.
"""

import time
from typing import Any

from ministack.services import lambda_svc, sqs

_DIED = ("Worker process died", "Worker process exited immediately")
"""How MiniStack's answers begin for a function whose process has ended."""


def install() -> None:
    restore = sqs.load_persisted_state

    def restoring(state: Any) -> None:
        restore(state)
        for queue in sqs._queues.all_values():
            for message in queue["messages"]:
                _deliver_again(message, time.time())

    execute = lambda_svc._execute_function

    def executing(func: dict[str, Any], event: Any) -> Any:
        result = execute(func, event)
        if _has_died(result):
            _release({record.get("messageId") for record in event.get("Records", [])})
        return result

    sqs.load_persisted_state = restoring
    lambda_svc._execute_function = executing


def _has_died(result: Any) -> bool:
    body = result.get("body") if isinstance(result, dict) and result.get("error") else None
    return isinstance(body, dict) and str(body.get("errorMessage")).startswith(_DIED)


def _release(ids: set[str]) -> None:
    for queue in sqs._queues.all_values():
        for message in queue["messages"]:
            if message["id"] in ids:
                message["visible_at"] = time.time()


def _deliver_again(message: dict[str, Any], now: float) -> None:
    """Delayed messages, which have not been received yet, stay delayed."""
    if message["receive_count"] > 0 and message["visible_at"] > now:
        message["visible_at"] = now
        message["receive_count"] -= 1
