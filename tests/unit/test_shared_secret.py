"""Who waits for the secret of a deployment."""

import json
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any, cast

import pytest

from app.aws.clients import Clients
from app.aws.secrets_manager import SharedSecret
from app.blocking import WouldBlock, forbidden

PATIENT = 20.0


class SlowSecrets:
    """Secrets Manager, which answers once it may. It is its own client."""

    def __init__(self) -> None:
        self.secrets = self
        self.asked, self.may_answer = Event(), Event()
        self.calls = 0

    def get_secret_value(self, **_: Any) -> dict[str, str]:
        self.calls += 1
        self.asked.set()
        assert self.may_answer.wait(PATIENT)
        return {"SecretString": json.dumps({"cursorKey": "k"})}


@pytest.fixture
def manager() -> Iterator[SlowSecrets]:
    manager = SlowSecrets()
    yield manager
    manager.may_answer.set()


def test_the_event_loop_does_not_wait_for_a_thread_that_fetches_the_secret(manager: SlowSecrets) -> None:
    """All requests would wait with it."""
    secret = SharedSecret(cast(Clients, manager), "arn")
    found: list[object] = []

    def on_the_loop() -> None:
        try:
            with forbidden():
                found.append(secret.value("cursorKey"))
        except WouldBlock:
            found.append(WouldBlock)

    fetching = Thread(target=secret.values)
    fetching.start()
    assert manager.asked.wait(PATIENT)
    looking = Thread(target=on_the_loop)
    looking.start()
    looking.join(1)
    meanwhile = list(found)
    manager.may_answer.set()
    fetching.join(PATIENT)
    looking.join(PATIENT)

    assert meanwhile == [WouldBlock]
    on_the_loop()
    assert (found[-1], manager.calls) == ("k", 1)
