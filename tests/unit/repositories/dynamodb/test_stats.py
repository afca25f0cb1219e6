"""Counters that cannot be counted: the act that they tell of is done, and its answer does not wait for them."""

import json
import logging
import time
from collections.abc import Callable

import pytest

from app.repositories.dynamodb.stats import _PAUSE_SECONDS, DynamoStats
from support.clients import clients_for
from support.http_service import Answer, Asked, Hanging, service
from support.storage import settings_for


def fail(_asked: Asked) -> Answer:
    return Answer(500)


def stats_over(url: str) -> DynamoStats:
    settings = settings_for(url)
    clients = clients_for(settings)
    assert clients.dynamodb  # building it takes a while
    return DynamoStats(clients, settings.tables["operations"])


def refusing(code: str) -> Callable[[Asked], Answer]:
    return lambda _asked: Answer(400, json.dumps({"__type": f"prefix#{code}", "message": "no"}).encode())


@pytest.mark.parametrize(
    "code",
    [
        "AccessDeniedException",
        "ConditionalCheckFailedException",
        "ItemCollectionSizeLimitExceededException",
        "TransactionConflictException",
        "ValidationException",
    ],
)
def test_a_refused_counter_raises_nothing(code: str) -> None:
    """The act that is counted is done: an error would make a client repeat it."""
    with service(refusing(code)) as running:
        stats = stats_over(running.url)

        stats.add(todos=1)

        assert len(running.asked) == 1


def test_after_a_miss_nothing_is_counted_for_a_while() -> None:
    """An import counts each of its batches, and an erasure each of its files: together they must not wait either."""
    with service(fail) as running:
        stats = stats_over(running.url)
        for _ in range(100):
            stats.add(todos=1)
        assert len(running.asked) == 1
        assert 0 < stats._paused_until - time.monotonic() <= _PAUSE_SECONDS

        stats._paused_until = time.monotonic()  # the while is over
        stats.add(todos=1)

        assert len(running.asked) == 2


def test_a_counter_is_not_waited_for() -> None:
    hanging = Hanging()
    with service(hanging) as running:
        stats_over(running.url).add(todos=1)

        assert hanging.answered == 0
        assert len(running.asked) <= 1  # none where the machine is too busy to send it in time


def test_a_counter_is_tried_once(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("app"), "propagate", True)
    with service(fail) as running:
        stats_over(running.url).add(todos=1)

        assert len(running.asked) == 1
    assert {record.message for record in caplog.records} == {"call failed", "statistics not updated"}
