"""Records that come as messages: stored first, then dead-lettered; and the attributes of a dead letter."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from app.aws.dead_letters import SqsDeadLetterWriter
from app.errors import Unavailable
from app.models.user_data import EventOrder
from app.services.ingest.messages import RecordIngest
from support.mail import ses_error
from support.memory import MemoryStats, MemoryUserData

SENT = 1_795_236_715_000
ORDER = EventOrder(SENT, "sqs", "1")
ADA = {"email": "ada@example.com", "name": "Ada"}


class Queue:
    """The dead-letter queue."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.requests: list[dict[str, Any]] = []

    def send_message(self, **request: Any) -> None:
        if self.fault:
            raise self.fault
        self.requests.append(request)

    @property
    def reasons(self) -> list[str]:
        return [request["MessageAttributes"]["reason"]["StringValue"] for request in self.requests]


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
def user_data() -> MemoryUserData:
    return MemoryUserData()


@pytest.fixture
def stats() -> MemoryStats:
    return MemoryStats()


@pytest.fixture
def records(queue, user_data, stats) -> RecordIngest:
    return RecordIngest(user_data, SqsDeadLetterWriter(SimpleNamespace(sqs=queue), "dlq"), stats)


def test_of_one_person_said_twice_the_last_counts(records, user_data, stats):
    records.take([{**ADA, "name": "First"}, {**ADA, "name": "Second"}], ORDER)

    assert user_data.rows["ada@example.com"].name == "Second"
    assert stats.counts == {"rowsAccepted": 2, "rowsRejected": 0}


def test_what_is_good_is_stored_though_the_rest_cannot_be_buried(records, queue, user_data, stats):
    queue.fault = ses_error("ServiceUnavailable", 503)

    with pytest.raises(Unavailable):
        records.take([ADA, {}], ORDER)

    assert list(user_data.rows) == ["ada@example.com"]
    assert stats.counts == {}  # all of it comes again


def test_a_dead_letter_says_why_after_how_many_attempts_and_when_it_was_first_sent(records, queue, stats):
    records.take([ADA, {"name": "Nobody"}, {"name": "Nobody else"}, 7], ORDER, attempts=3)

    (request,) = queue.requests
    assert request == {
        "QueueUrl": "dlq",
        "MessageBody": '{"records": [{"name": "Nobody"}, {"name": "Nobody else"}, 7]}',
        "MessageAttributes": {
            "reason": {"DataType": "String", "StringValue": "email: required, not_an_object"},
            "attempts": {"DataType": "Number", "StringValue": "3"},
            "sentAt": {"DataType": "Number", "StringValue": str(SENT)},
        },
    }
    assert stats.counts == {"rowsAccepted": 1, "rowsRejected": 3}


def test_an_optional_value_that_cannot_be_read_does_not_bury_a_record(records, queue, user_data):
    records.take([{**ADA, "country": "ask", "phone": "ask"}], ORDER)

    assert queue.requests == []
    assert user_data.rows["ada@example.com"].attributes == {"unread": {"country": "ask", "phone": "ask"}}


def test_a_dead_letter_holds_no_secrets(records, queue):
    records.take([{"name": "Ada", "Password": "hunter2", "note": "4111 1111 1111 1111"}], ORDER)

    assert queue.requests[0]["MessageBody"] == '{"records": [{"name": "Ada", "note": ""}]}'


@pytest.mark.parametrize(
    "fault",
    [
        ses_error("ServiceUnavailable", 503),
        ConnectTimeoutError(endpoint_url="https://sqs.example.com"),
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_what_cannot_be_buried_comes_again(queue, fault):
    queue.fault = fault

    with pytest.raises(Unavailable):
        SqsDeadLetterWriter(SimpleNamespace(sqs=queue), "dlq").dead_letter(
            "body", reason="reason", attempts=1, sent_at=SENT
        )


def test_awkward_records_are_stored_with_what_can_be_read_or_dead_lettered(records, queue, user_data):
    good = {"email": "ada@example.com", "country": 0, "phone": False, "locale": "the", "birthday": "7 May"}
    bad = [5, None, [], {"email": "k.A."}, {"email": ["ada@example.com"]}, {"Email": "mailto:"}]

    records.take([good, *bad, {"birthDate": "05.07.1990", "e-mail": "mailto:b%2B1@example.com"}], ORDER)

    ada, bob = user_data.rows["ada@example.com"], user_data.rows["b+1@example.com"]
    assert (ada.country, ada.phone, ada.locale, ada.birth_date) == (None, None, None, None)
    assert ada.attributes == {"birthday": "7 May", "unread": {"locale": "the"}}
    assert bob.attributes == {"unread": {"birthDate": "05.07.1990"}}
    assert queue.reasons == ["email: email_format, email: required, not_an_object"]
