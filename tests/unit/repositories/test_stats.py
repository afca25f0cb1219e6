"""Counters that cannot be counted: the act that they tell of is done, and its answer does not wait for them."""

import logging
import time

import pytest

from app.clients import Clients
from app.repositories.stats import DynamoStats
from support.http_service import Answer, Asked, service
from support.storage import settings_for


def hang(_asked: Asked) -> Answer:
    time.sleep(2)
    return Answer()


def fail(_asked: Asked) -> Answer:
    return Answer(500)


@pytest.mark.parametrize("engine", [hang, fail])
def test_a_counter_is_tried_once_and_not_waited_for(
    engine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("app"), "propagate", True)
    with service(engine) as running:
        settings = settings_for(running.url)
        clients = Clients(settings)
        assert clients.dynamodb  # building it takes a while
        started = time.monotonic()

        DynamoStats(clients, settings).add(todos=1)

        assert time.monotonic() - started < 1
        assert len(running.asked) == 1
    assert {record.message for record in caplog.records} == {"call failed", "not counted"}
