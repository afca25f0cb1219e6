"""A DynamoDB that answers late, or not at all: the API still answers in time."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from app import deadline
from support.clients import clients_for
from support.http_service import Answer, Asked, service
from support.people import sign_up


@dataclass
class Between:
    """Stands between the application and its DynamoDB. `hangs` says which requests get no answer."""

    address: str
    seconds: float = 0.0
    hangs: Callable[[Asked], bool] = lambda _asked: False
    asked: int = 0
    outwaited: int = 0
    """Requests that waited for the answer of an engine that hangs."""
    over: threading.Event = field(default_factory=threading.Event)

    def __call__(self, asked: Asked) -> Answer:
        self.asked += 1
        if self.hangs(asked):
            self.outwaited += not self.over.wait(30)
        time.sleep(self.seconds)
        connection = http.client.HTTPConnection(self.address, timeout=30)
        connection.request(asked.method, asked.path, asked.body, asked.headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), {"Content-Type": "application/x-amz-json-1.0"})


@pytest.fixture
def between(stack) -> Iterator[Between]:
    between = Between(urlsplit(stack.endpoint).netloc)
    yield between
    between.over.set()


@pytest.fixture
def slow(stack, between: Between) -> Iterator[TestClient]:
    """An application of its own, whose DynamoDB is behind `between`."""
    app = stack.app()
    with service(between) as running:
        clients: Any = app.state.container.clients
        clients.dynamodb = clients_for(replace(stack.settings, aws_endpoint_url=running.url)).dynamodb
        yield TestClient(app, raise_server_exceptions=False)
        between.over.set()


@pytest.mark.dynamodb  # which is slow here
def test_an_account_is_erased_in_answers_that_come_in_time(slow, between, monkeypatch):
    """At a tenth of the real times: 25 s from arrival, DynamoDB 2 s late. So few calls fit into one answer."""
    ada = sign_up(slow)
    for number in range(3):
        ada.create_todo(title=f"T{number}")
    between.seconds = 0.2
    monkeypatch.setattr(deadline, "SECONDS", 2.5)

    answers = []
    while not answers or answers[-1][0] != 204:
        assert len(answers) < 60, answers  # each gets further; on a busy machine less far
        before = between.asked
        answer = ada.leave()
        answers.append((answer.status_code, between.asked - before))

    assert answers[0][0] == 503
    assert {status for status, _ in answers} == {204, 503}
    assert max(calls for _, calls in answers) <= 2.5 / 0.2 + 1
