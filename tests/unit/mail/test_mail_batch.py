"""A batch: no message disturbs another, and none disappears."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.ports.queues import MAX_RECEIVES
from app.services.mail.batch import Message
from support import template
from support.mail import body, ses_error


def forever() -> float:
    return 900.0


def message(number: int, text: str | None = None, receives: int = 1) -> Message:
    return Message(f"m{number}", text or body(id=f"welcome#{number}", to=f"u{number}@example.com"), receives)


def test_a_batch_that_is_sent_leaves_nothing(batch, ses, stats):
    assert batch.process([message(n) for n in range(10)], forever) == []

    assert ses.recipients == [f"u{n}@example.com" for n in range(10)]
    assert stats.counts == {"mailSent": 10, "mailResent": 0, "mailRefused": 0, "mailSuppressed": 0}


def test_only_what_failed_goes_back(batch, ses, dead):
    ses.faults = [None, ses_error("TooManyRequestsException", 429)]

    assert batch.process([message(n) for n in range(3)], forever) == ["m1"]

    assert ses.recipients == ["u0@example.com", "u2@example.com"]
    assert dead.buried == []


def test_what_is_refused_goes_to_the_dead_letters_as_it_is_with_the_reason(batch, ses, dead, stats):
    ses.faults = [ses_error("MessageRejected")]
    malformed = '{"kind": "welcome" '

    assert batch.process([message(0), message(1, malformed, 2), message(2)], forever) == []

    assert dead.buried == [
        (message(0).body, "ses_MessageRejected", 1),
        (malformed, "not_json", 2),
    ]
    assert ses.recipients == ["u2@example.com"]
    assert stats.counts["mailRefused"] == 2


def test_a_dead_letter_that_cannot_be_moved_goes_back(batch, dead, ses):
    dead.full = True

    assert batch.process([message(0, "malformed"), message(1)], forever) == ["m0"]
    assert ses.recipients == ["u1@example.com"]


def test_a_message_that_cannot_be_sent_as_it_is_goes_back(batch, dead, monkeypatch):
    """Half a surrogate pair, for one, which no request can carry."""
    monkeypatch.setattr(dead, "send_message", lambda **request: request["MessageBody"].encode())

    assert batch.process([message(0, "\ud800")], forever) == ["m0"]


def test_what_may_have_been_sent_twice_is_counted_as_sent_and_as_that(batch, mails, clock, stats):
    mails.claim("welcome#0", owner="a dead worker")
    clock.now += 61

    assert batch.process([message(0), message(1)], forever) == []

    assert stats.counts == {"mailSent": 2, "mailResent": 1, "mailRefused": 0, "mailSuppressed": 0}


def test_the_last_attempt_ends_among_the_dead_letters_with_its_reason(batch, ses, dead):
    ses.faults = [ses_error("SendingPausedException")] * 2

    assert batch.process(
        [message(0, receives=MAX_RECEIVES - 1), message(1, receives=MAX_RECEIVES)], forever
    ) == ["m0"]

    assert dead.buried == [(message(1).body, "ses_SendingPausedException", MAX_RECEIVES)]


def test_the_last_attempt_is_the_queues_last():
    queue = template.load()["Resources"]["EmailQueue"]["Properties"]

    assert queue["RedrivePolicy"]["maxReceiveCount"] == MAX_RECEIVES


def test_what_there_is_no_time_for_is_not_begun(batch, ses, dead):
    left = iter([30.0, 20.0, 11.9, 5.0])

    assert batch.process([message(n) for n in range(4)], lambda: next(left)) == ["m2", "m3"]
    assert ses.recipients == ["u0@example.com", "u1@example.com"]


def test_a_defect_that_one_message_meets_fails_that_one(batch, ses, mails, monkeypatch):
    meets = mails.is_suppressed
    monkeypatch.setattr(mails, "is_suppressed", lambda address: 1 / 0 if "u1@" in address else meets(address))

    assert batch.process([message(n) for n in range(3)], forever) == ["m1"]
    assert ses.recipients == ["u0@example.com", "u2@example.com"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.text()
        | st.binary().map(lambda raw: raw.decode("latin-1"))
        | st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ).map(json.dumps),
        max_size=5,
    )
)
def test_any_body_among_good_ones_is_buried_and_the_good_ones_are_sent(batch, ses, dead, mails, bad):
    ses.accepted.clear()
    dead.buried.clear()
    mails.records.clear()

    failed = batch.process(
        [message(0), *(Message(f"bad{n}", text) for n, text in enumerate(bad)), message(1)], forever
    )

    assert failed == []
    assert ses.recipients == ["u0@example.com", "u1@example.com"]
    assert [text for text, _, _ in dead.buried] == bad


@pytest.mark.parametrize("receives", ["3", None])
@pytest.mark.parametrize(
    ("sent_at", "expected_sent_at"),
    [
        (None, 1545082649183),
        ("1545000000000", 1545000000000),
        ("soon", 1545082649183),
        ("9" * 14, 1545082649183),
    ],
)
def test_a_message_is_read_from_a_record(receives, sent_at, expected_sent_at):
    record = {
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
        "body": "Test message.",
        "attributes": {
            "SentTimestamp": "1545082649183",
            **({"ApproximateReceiveCount": receives} if receives else {}),
        },
        "messageAttributes": {"sentAt": {"stringValue": sent_at, "dataType": "Number"}} if sent_at else {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue",
        "awsRegion": "us-east-2",
    }

    expected = Message(
        "059f36b4-87a3-44ab-83d2-661975830a7d", "Test message.", int(receives or 1), expected_sent_at
    )
    assert Message.of(record) == expected


@pytest.mark.parametrize("sent_at", [1545000000000, None])
def test_a_dead_letter_tells_when_it_was_sent_first(batch, dead, monkeypatch, sent_at):
    requests = []
    monkeypatch.setattr(dead, "send_message", lambda **request: requests.append(request))

    assert batch.process([Message("m0", "not a mail", 1, sent_at)], forever) == []

    (request,) = requests
    sent = request["MessageAttributes"].get("sentAt")
    assert sent == (sent_at and {"DataType": "Number", "StringValue": str(sent_at)})
