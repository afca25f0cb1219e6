"""Calls to AWS under a deadline, and what the log tells of those that fail."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import anyio
import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.regions import EndpointRulesetResolver

from app import context, deadline
from app.aws.clients import Clients
from app.aws.errors import map_aws_errors
from app.aws.retries import attempts
from app.blocking import WouldBlock, forbidden
from app.errors import DeadlineExceeded, Unavailable
from support.clients import clients_for
from support.http_service import Answer, Asked, Hanging, Service, service
from support.storage import settings_for

KEY = {"userId": {"S": "ada"}}


def error(code: str, status: int) -> Callable[[Asked], Answer]:
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no"}).encode()
    return lambda _: Answer(status, body)


@contextmanager
def dynamodb(answer: Callable[[Asked], Answer]) -> Iterator[tuple[Service, Callable[[], object]]]:
    """A service that answers so, and a call of it through the client of the application."""
    with service(answer) as running:
        client = clients_for(settings_for(running.url)).dynamodb

        def call() -> object:
            with map_aws_errors():
                return client.get_item(TableName="Users", Key=KEY)

        yield running, call
        client.close()


@pytest.fixture
def failures(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, object]]]:
    """Those in the log that an operator's query finds."""
    caplog.set_level(logging.DEBUG, logger="app.aws")
    logger = logging.getLogger("app.aws")
    logger.addHandler(caplog.handler)
    logger.propagate = False
    yield lambda: [
        {"level": record.levelname, **record.fields}
        for record in caplog.records
        if record.message == "call failed" and record.levelno >= logging.WARNING
    ]
    logger.removeHandler(caplog.handler)
    logger.propagate = True


def test_no_call_is_made_by_the_event_loop_itself() -> None:
    with dynamodb(lambda _: Answer()) as (asked, call), forbidden():
        with pytest.raises(WouldBlock):
            call()
        assert asked.asked == []


def test_a_call_that_cannot_be_made_in_time_is_not_begun() -> None:
    with dynamodb(lambda _: Answer()) as (asked, call), deadline.within(0):
        with pytest.raises(DeadlineExceeded) as raised:
            call()

        assert (raised.value.status, raised.value.code) == (503, "timeout")
        assert asked.asked == []


def test_an_answer_is_waited_for_until_the_deadline_and_no_longer() -> None:
    hanging = Hanging()
    with dynamodb(hanging) as (asked, call):
        with deadline.within(1), pytest.raises(DeadlineExceeded):
            call()

        assert hanging.answered == 0
        assert len(asked.asked) == 1


def test_a_call_is_not_repeated_when_the_deadline_is_near() -> None:
    with dynamodb(error("InternalServerError", 500)) as (asked, call):
        with deadline.within(1.5), pytest.raises(Unavailable) as raised:
            call()

        assert raised.value.code == "unavailable"
        assert len(asked.asked) == 1


def test_far_from_the_deadline_nothing_changes(failures: Callable[[], list[dict[str, object]]]) -> None:
    answers = iter([Answer(500), Answer()])
    with dynamodb(lambda _: next(answers)) as (asked, call), deadline.within(25):
        call()

        assert len(asked.asked) == 2
    assert failures() == []


def test_the_deadline_holds_in_a_worker_thread() -> None:
    async def serve() -> float:
        with deadline.within(5):
            return await anyio.to_thread.run_sync(deadline.left)

    assert 4 < anyio.run(serve) <= 5
    assert deadline.left() == float("inf")


def test_a_nearer_deadline_stays() -> None:
    with deadline.within(1), deadline.within(5):
        assert deadline.left() <= 1


def test_waits_between_attempts_end_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: sum(waits), sleep=waits.append)
    monkeypatch.setattr("app.aws.retries.time", clock)
    monkeypatch.setattr("app.deadline.time", clock)
    with deadline.within(0.2):
        made = sum(1 for _ in attempts(budget=10, base=0.05))

    assert made > 1
    assert sum(waits) <= 0.2


def test_an_emulator_is_not_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the developer, whose own `NO_PROXY` takes precedence over the one in the environment file."""
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "corp.example")

    with dynamodb(lambda _: Answer()) as (asked, call):
        call()

        assert len(asked.asked) == 1


def test_links_are_signed_without_a_call() -> None:
    with deadline.within(0):
        assert clients_for(settings_for("http://127.0.0.1:9")).s3.generate_presigned_url(
            "get_object", Params={"Bucket": "data", "Key": "users/ada/1"}
        )


@pytest.mark.parametrize(("code", "status"), [("InternalServerError", 500), ("ThrottlingException", 400)])
def test_a_failed_call_leaves_its_cause(
    failures: Callable[[], list[dict[str, object]]], code: str, status: int
) -> None:
    request = context.begin("r1")
    with dynamodb(error(code, status)) as (_, call), pytest.raises(Unavailable):
        call()

    (failure,) = failures()
    assert failure.pop("callMs") > 0
    assert failure == {
        "level": "WARNING",
        "service": "dynamodb",
        "operation": "GetItem",
        "error": code,
        "attempt": 3,
    }
    assert request.failed_call is not None
    assert request.failed_call.error == code


def test_silence_leaves_its_cause(failures: Callable[[], list[dict[str, object]]]) -> None:
    with dynamodb(Hanging()) as (_, call), deadline.within(0.3), pytest.raises(Unavailable):
        call()

    (failure,) = failures()
    assert (failure["operation"], failure["error"], failure["attempt"]) == ("GetItem", "ReadTimeoutError", 1)
    assert 100 < failure["callMs"] < 60_000


def test_a_refusal_that_callers_expect_is_no_warning_but_remembered(
    failures: Callable[[], list[dict[str, object]]],
) -> None:
    request = context.begin("r1")
    with dynamodb(error("ConditionalCheckFailedException", 400)) as (_, call), pytest.raises(Exception):  # noqa: B017, PT011
        call()

    assert failures() == []
    assert request.failed_call is not None
    assert request.failed_call.error == "ConditionalCheckFailedException"


OPERATIONS = ("GetItem", "BatchGetItem", "Query", "TransactWriteItems", "UpdateItem")


@pytest.mark.parametrize("region", ["eu-central-1", "us-gov-west-1", "cn-north-1"])
@pytest.mark.parametrize("fips", ["true", "false"])
def test_each_operation_has_the_endpoint_that_botocore_works_out(
    region: str, fips: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", fips)
    monkeypatch.setenv("AWS_ACCOUNT_ID", "123456789012")
    ours = Clients(region, None).dynamodb
    plain = boto3.client("dynamodb", region, config=Config(account_id_endpoint_mode="disabled"))

    assert [_endpoint(ours, name) for name in OPERATIONS] == [_endpoint(plain, name) for name in OPERATIONS]


def _endpoint(client: Any, operation: str) -> str:
    """That of the second call."""
    asked = list[str]()
    event = f"before-call.dynamodb.{operation}"
    client.meta.events.register_last(event, lambda params, **_: asked.append(params["url"]))
    client.meta.events.register_last(event, lambda **_: (SimpleNamespace(status_code=200), {}))
    call = getattr(client, xform_name(operation))
    call(**REQUESTS[operation])
    call(**REQUESTS[operation])
    return asked[1]


REQUESTS: dict[str, dict[str, Any]] = {
    "GetItem": {"TableName": "Users", "Key": KEY},
    "BatchGetItem": {"RequestItems": {"Users": {"Keys": [KEY]}}},
    "Query": {"TableName": "Users"},
    "TransactWriteItems": {"TransactItems": [{"Delete": {"TableName": "Users", "Key": KEY}}]},
    "UpdateItem": {"TableName": "Users", "Key": KEY},
}


def test_the_endpoint_of_an_operation_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    worked_out = list[str]()
    resolve = EndpointRulesetResolver.construct_endpoint

    def counted(self: Any, operation_model: Any, *given: Any, **named: Any) -> Any:
        worked_out.append(operation_model.name)
        return resolve(self, operation_model, *given, **named)

    monkeypatch.setattr(EndpointRulesetResolver, "construct_endpoint", counted)
    with service(lambda _: Answer(body=b"{}")) as running:
        client = clients_for(settings_for(running.url)).dynamodb
        for _ in range(3):
            client.get_item(TableName="Users", Key=KEY)
        client.update_item(TableName="Users", Key=KEY)

        assert len(running.asked) == 4
        client.close()
    assert worked_out == ["GetItem", "UpdateItem"]
