"""Messages of a consumer that was ended."""

import time

import pytest
from ministack.services import lambda_svc, sqs

from devstack.emulator import redelivery

EVENT = {"Records": [{"messageId": "held", "eventSource": "aws:sqs"}]}
HIDDEN_UNTIL = time.time() + 1800


class Queues:
    def __init__(self) -> None:
        self.messages = [message("held"), message("other")]

    def all_values(self):
        return [{"messages": self.messages}]


def message(id_: str) -> dict[str, object]:
    return {"id": id_, "visible_at": HIDDEN_UNTIL, "receive_count": 1}


@pytest.fixture
def queues(monkeypatch):
    queues = Queues()
    monkeypatch.setattr(sqs, "_queues", queues)
    monkeypatch.setattr(sqs, "load_persisted_state", lambda state: None)
    return queues


def execute(monkeypatch, result):
    monkeypatch.setattr(lambda_svc, "_execute_function", lambda func, event: result)
    redelivery.install()
    assert lambda_svc._execute_function({}, EVENT) == result


def failed(reason: str) -> dict[str, object]:
    return {"error": True, "body": {"errorType": "Runtime.HandlerError", "errorMessage": reason}}


@pytest.mark.parametrize("reason", ["Worker process died", "Worker process exited immediately. stderr:\n"])
def test_a_consumer_that_a_deployment_ended_gives_its_messages_back(queues, monkeypatch, reason):
    execute(monkeypatch, failed(reason))

    held, other = queues.messages
    assert held["visible_at"] <= time.time()
    assert held["receive_count"] == 1
    assert other["visible_at"] == HIDDEN_UNTIL


@pytest.mark.parametrize("result", [failed("KeyError"), {"body": None}])
def test_other_answers_leave_the_visibility_as_it_is(queues, monkeypatch, result):
    execute(monkeypatch, result)

    assert {message["visible_at"] for message in queues.messages} == {HIDDEN_UNTIL}


def test_a_message_that_was_held_when_the_stack_stopped_is_visible_and_has_no_attempt(queues, monkeypatch):
    monkeypatch.setattr(lambda_svc, "_execute_function", None)
    redelivery.install()

    sqs.load_persisted_state({})

    assert all(
        message["visible_at"] <= time.time() and message["receive_count"] == 0 for message in queues.messages
    )
