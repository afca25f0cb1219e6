"""Messages that a consumer held when the stack was stopped: they are delivered again at the next start.

A consumer of SQS that dies keeps its messages hidden until their visibility time-out is over, half an hour for the
ingest. No consumer survives a stop of the stack, so there is nothing to wait for; and a stop is no failed attempt, so
it does not count as one.
"""

import time
from typing import Any

from ministack.services import sqs


def install() -> None:
    restore = sqs.load_persisted_state

    def restoring(state: Any) -> None:
        restore(state)
        for queue in sqs._queues.all_values():
            for message in queue["messages"]:
                _deliver_again(message, time.time())

    sqs.load_persisted_state = restoring


def _deliver_again(message: dict[str, Any], now: float) -> None:
    """Delayed messages, which have not been received yet, stay delayed."""
    if message["receive_count"] > 0 and message["visible_at"] > now:
        message["visible_at"] = now
        message["receive_count"] -= 1
