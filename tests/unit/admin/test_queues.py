"""Requests to SQS about dead letters, and the meaning of its answers."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from app.aws.clients import Clients
from app.aws.dead_letters import SqsDeadLetterQueue
from app.config.api import Settings
from app.ports.queues import MAX_RECEIVES, DeadLetter
from support.clients import clients_for
from support.environment import ENVIRONMENT

URL, SOURCE = "https://sqs.example.com/1/email-dlq", "https://sqs.example.com/1/email"
ARRIVED = 1_790_000_000_123
SENT_AT = {"DataType": "Number", "StringValue": "1780000000000"}
ANY_LOOK = {
    "QueueUrl": URL,
    "MaxNumberOfMessages": 10,
    "VisibilityTimeout": ANY,
    "WaitTimeSeconds": 1,  # long polling asks all of SQS's servers, or a look misses some letters
    "MessageSystemAttributeNames": ANY,
    "MessageAttributeNames": ["All"],
}


def text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def message(letter_id: str = "m", *, handle: str = "h", **attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        "MessageId": letter_id,
        "ReceiptHandle": handle,
        "Body": "body",
        "Attributes": {"SentTimestamp": str(ARRIVED), "ApproximateReceiveCount": "9"},
        "MessageAttributes": attributes,
    }


@pytest.fixture(scope="module")
def clients() -> Clients:
    return clients_for(Settings.from_env(ENVIRONMENT))


@pytest.fixture
def sqs(clients: Clients) -> Iterator[Stubber]:
    with Stubber(clients.sqs) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def queue(clients: Clients) -> SqsDeadLetterQueue:
    return SqsDeadLetterQueue(clients, "email", url=URL, source_url=SOURCE)


def answer_looks(sqs: Stubber, *batches: list[dict[str, Any]]) -> None:
    for batch in (*batches, []):
        sqs.add_response("receive_message", {"Messages": batch}, ANY_LOOK)


def received(queue: SqsDeadLetterQueue, sqs: Stubber, **attributes: dict[str, Any]) -> DeadLetter:
    sqs.add_response("receive_message", {"Messages": [message(**attributes)]}, ANY_LOOK)
    (letter,) = queue.receive()
    return letter


def expect_put_back(sqs: Stubber, *handles: str) -> None:
    entries = [
        {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
        for number, handle in enumerate(handles)
    ]
    sqs.add_response(
        "change_message_visibility_batch",
        {"Successful": [], "Failed": []},
        {"QueueUrl": URL, "Entries": entries},
    )


def test_letters_out_of_view_count_too(queue, sqs):
    counts = {"ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "2"}
    for _ in range(2):
        sqs.add_response("get_queue_attributes", {"Attributes": counts})

    assert (queue.count(), queue.in_flight()) == (5, 2)


def test_what_was_dealt_with_is_not_put_back(queue, sqs):
    answer_looks(sqs, [message("a", handle="1"), message("b", handle="2")])
    sqs.add_response("delete_message", {}, {"QueueUrl": URL, "ReceiptHandle": "1"})
    expect_put_back(sqs, "2")

    with queue.browse(seconds=60) as look:
        done, _ = look
        look.remove(done)


def test_a_letter_that_comes_again_is_shown_once_and_put_back_by_its_last_handle(queue, sqs):
    answer_looks(sqs, [message("a", handle="1")], [message("a", handle="2"), message("b", handle="3")])
    expect_put_back(sqs, "2", "3")

    with queue.browse(seconds=60) as look:
        assert [letter.id for letter in look] == ["a", "b"]


def test_all_are_put_back_ten_at_a_time(queue, sqs):
    first, second = ([message(f"{start + i}", handle=f"{start + i}") for i in range(6)] for start in (0, 6))
    answer_looks(sqs, first, second)
    expect_put_back(sqs, *(str(number) for number in range(10)))
    expect_put_back(sqs, "10", "11")

    with queue.browse(seconds=60) as look:
        assert len(list(look)) == 12


def test_letters_that_cannot_be_put_back_come_back_by_themselves(queue, sqs, caplog, monkeypatch):
    monkeypatch.setattr(
        logging.getLogger("app"), "propagate", True
    )  # an application that ran before may have set it
    answer_looks(sqs, [message()])
    sqs.add_client_error("change_message_visibility_batch", "ServiceUnavailable", http_status_code=503)

    with queue.browse(seconds=60) as look:
        assert [letter.id for letter in look] == ["m"]

    assert "dead letters not released" in caplog.messages


def test_a_consumers_notes_say_more_than_sqs(queue, sqs):
    letter = received(
        queue, sqs, attempts={"DataType": "Number", "StringValue": "3"}, reason=text("malformed")
    )

    assert (letter.attempts, letter.reason) == (3, "malformed")


def test_looks_are_no_attempts(queue, sqs):
    moved = message()
    moved["Attributes"]["DeadLetterQueueSourceArn"] = "arn:aws:sqs:us-east-1:1:email"
    sqs.add_response("receive_message", {"Messages": [message(), moved]})

    assert [letter.attempts for letter in queue.receive()] == [1, MAX_RECEIVES]


@pytest.mark.parametrize("value", ["soon", "", "-1", "1e9", "٣", "²", "1" * 14])
def test_numbers_that_others_made_up_are_passed_over(queue, sqs, value):
    letter = received(queue, sqs, attempts=text(value or " "), sentAt=text(value or " "))

    arrived = datetime.fromtimestamp(ARRIVED / 1000, UTC)
    assert (letter.attempts, letter.sent_at, letter.arrived_at) == (1, arrived, arrived)


def test_a_redriven_message_says_when_it_was_first_sent(queue, sqs):
    letter = received(queue, sqs, sentAt=SENT_AT, traceId=text("t1"), reason=text("malformed"))
    carried = {"sentAt": SENT_AT, "traceId": text("t1")}
    sqs.add_response(
        "send_message", {}, {"QueueUrl": SOURCE, "MessageBody": "body", "MessageAttributes": carried}
    )

    queue.send_to_source(letter)

    assert letter.sent_at == datetime.fromtimestamp(1_780_000_000, UTC)


def test_a_time_that_others_made_up_is_not_carried_on(queue, sqs):
    letter = received(queue, sqs, sentAt=text("soon"))
    carried = {"sentAt": {"DataType": "Number", "StringValue": str(ARRIVED)}}
    sqs.add_response(
        "send_message", {}, {"QueueUrl": SOURCE, "MessageBody": "body", "MessageAttributes": carried}
    )

    queue.send_to_source(letter)


def test_the_time_has_its_place_among_the_ten_attributes_that_sqs_takes(queue, sqs):
    binary = {"DataType": "Binary", "BinaryValue": b"\0"}
    letter = received(queue, sqs, **{f"a{number}": binary for number in range(10)})
    sent: list[dict[str, Any]] = []
    queue._sqs.meta.events.register_first(
        "before-parameter-build.sqs.SendMessage",
        lambda params, **_: sent.append(dict(params["MessageAttributes"])),
    )
    sqs.add_response("send_message", {})

    queue.send_to_source(letter)

    assert list(sent[0]) == ["sentAt", *(f"a{number}" for number in range(9))]
    assert sent[0]["a0"] == binary
