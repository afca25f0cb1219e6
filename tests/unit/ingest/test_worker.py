"""Every way in: what is stored, what comes again, what goes to the dead letters."""

import base64
import json
import logging
import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Contention, Unavailable
from app.services.ingest.messages import RecordIngest
from app.services.ingest.worker import IngestWorker
from support.memory import MemoryStats, MemoryUserData

DATA, INGEST = "data-bucket", "ingest-bucket"


class Files:
    """Stands for both users of S3's events. `failing` keys are not to be had right now."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.failing: set[str] = set()
        self.failure: type[Exception] = Unavailable
        self.ended: list[tuple[str, str]] = []

    def settle(self, key: str) -> None:
        if key in self.failing:
            raise self.failure
        self.keys.append(key)

    def run(self, event, _remaining) -> None:
        self.settle(event.key)

    def give_up(self, event, reason: str) -> None:
        self.ended.append((event.key, reason))


class Letters:
    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.reasons: list[str] = []
        self.sent_at: list[int | None] = []

    def dead_letter(self, body: str, *, reason: str, attempts: int, sent_at: int | None = None) -> None:
        assert attempts >= 1
        self.bodies.append(body)
        self.reasons.append(reason)
        self.sent_at.append(sent_at)


class Setup:
    def __init__(self) -> None:
        self.user_files, self.raw_files, self.letters = Files(), Files(), Letters()
        self.user_data = MemoryUserData()
        self.worker = IngestWorker(
            files=self.raw_files,
            records=RecordIngest(self.user_data, self.letters, MemoryStats()),
            settle_user_file=lambda key: self.user_files.settle(key),
            dead_letters=self.letters,
            data_bucket=DATA,
            ingest_bucket=INGEST,
        )

    def handle(self, *records: dict) -> list[str]:
        answer = self.worker.handle({"Records": list(records)}, lambda: 300.0)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def setup() -> Setup:
    return Setup()


def s3(key: str, bucket: str = INGEST, name: str = "ObjectCreated:Put") -> dict:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"""
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-west-2",
        "eventTime": "2026-11-21T00:00:00.000Z",
        "eventName": name,
        "userIdentity": {"principalId": "AWS:AIDAINPONIXQXHT3IKHL2"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "testConfigRule",
            "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
            "object": {
                "key": key,
                "size": 1024,
                "eTag": "d41d8cd98f00b204e9800998ecf8427e",
                "versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
                "sequencer": "0055AED6DCD90281E5",
            },
        },
    }


def sqs(body, *, sent: int = 1_795_236_715_000, name: str | None = None, **attributes: str) -> dict:
    return {
        "messageId": name or str(uuid.uuid4()),
        "receiptHandle": "handle",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": str(sent)},
        "messageAttributes": {
            key: {"stringValue": value, "dataType": "Number"} for key, value in attributes.items()
        },
        "eventSource": "aws:sqs",
    }


def sns(message) -> dict:
    return {
        "EventVersion": "1.0",
        "EventSource": "aws:sns",
        "Sns": {
            "Type": "Notification",
            "MessageId": str(uuid.uuid4()),
            "Message": json.dumps(message),
            "Timestamp": "2026-11-21T00:00:00.000Z",
        },
    }


def kinesis(data: bytes, number: int = 1) -> dict:
    return {
        "eventSource": "aws:kinesis",
        "eventID": f"shardId-000000000006:{number}",
        "kinesis": {
            "partitionKey": "1",
            "sequenceNumber": str(number),
            "data": base64.b64encode(data).decode(),
            "approximateArrivalTimestamp": 1_795_236_715.987,
        },
    }


NOTIFICATION = {"Type": "Notification", "Message": json.dumps({"Records": [s3("users/a+b%21.csv")]})}


@pytest.mark.parametrize(
    "record",
    [
        s3("users/a+b%21.csv"),
        sns({"Records": [s3("users/a+b%21.csv")]}),
        sqs({"Records": [s3("users/a+b%21.csv")]}),
        sqs(NOTIFICATION),
    ],
    ids=["direct", "sns", "sqs", "sns in sqs"],
)
def test_an_s3_event_is_understood_however_it_travels(setup, record):
    assert setup.handle(record) == []

    assert setup.raw_files.keys == ["users/a b!.csv"]


def test_each_bucket_has_its_own_reader(setup):
    setup.handle(sqs({"Records": [s3("users/u/f", DATA), s3("users/x.csv"), s3("x", "another")]}))

    assert (setup.user_files.keys, setup.raw_files.keys) == (["users/u/f"], ["users/x.csv"])


@pytest.mark.parametrize(
    "body",
    [
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": INGEST},
        {"Records": [s3("users/x", name="ObjectRemoved:Delete")]},
        {"Records": [s3("users/x", name="LifecycleExpiration:Delete")]},
        {"Records": []},
        {"records": []},
    ],
)
def test_a_message_without_records_is_acknowledged(setup, body):
    assert setup.handle(sqs(body)) == []

    assert (setup.raw_files.keys, setup.letters.bodies) == ([], [])


@pytest.mark.parametrize("failure", [Unavailable, Contention])
def test_only_what_failed_comes_again(setup, failure, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("app"), "propagate", True)
    setup.raw_files.failing, setup.raw_files.failure = {"users/bad"}, failure

    failed = setup.handle(
        sqs({"Records": [s3("users/one")]}),
        sqs({"Records": [s3("users/bad")]}, name="bad"),
        sqs({"email": "a@example.com"}),
    )

    assert failed == ["bad"]
    assert setup.raw_files.keys == ["users/one"]
    assert setup.user_data.get("a@example.com")
    assert {(record.levelname, record.message) for record in caplog.records} == {
        ("WARNING", "message delayed")
    }


def test_a_stream_begins_again_at_the_first_that_failed(setup):
    setup.raw_files.failing = {"users/bad"}
    bad = json.dumps({"Records": [s3("users/bad")]}).encode()

    failed = setup.handle(
        kinesis(b'{"email": "a@example.com"}', 1), kinesis(bad, 2), kinesis(b'{"email": "b@example.com"}', 3)
    )

    assert failed == ["2"]
    assert list(setup.user_data.rows) == ["a@example.com"]


@pytest.mark.parametrize("record", [s3("users/bad"), sns({"Records": [s3("users/bad")]})], ids=["s3", "sns"])
def test_a_direct_event_that_fails_is_raised_for_lambda_sends_it_again(setup, record):
    setup.raw_files.failing = {"users/bad"}

    with pytest.raises(Unavailable):
        setup.handle(record)


def test_a_bad_record_is_dead_lettered_with_reason_and_first_time_and_can_be_sent_again(setup):
    bad, worse = {"email": "nobody"}, 7

    setup.handle(sqs({"records": [bad, {"email": "a@example.com"}, worse]}, sent=2_000, sentAt="1000"))

    assert setup.letters.reasons == ["email: email_format, not_an_object"]
    assert json.loads(setup.letters.bodies[0]) == {"records": [bad, worse]}
    assert setup.letters.sent_at == [1000]


@pytest.mark.parametrize(
    ("record", "reason", "body"),
    [
        (sqs("<x>"), "malformed_json", "<x>"),
        (sqs("7"), "not_an_object", "7"),
        (sqs({"records": 7}), "records_not_a_list", '{"records": 7}'),
        (sqs({"Records": [{"eventName": "ObjectCreated:Put"}]}), "malformed_s3_event", None),
        (kinesis(b"\xff\xfe"), "malformed_json", base64.b64encode(b"\xff\xfe").decode()),
        (kinesis(b""), "malformed_json", "(empty)"),
        (kinesis(b'{"a": "\x01"}'), "malformed_json", base64.b64encode(b'{"a": "\x01"}').decode()),
        (kinesis("\ufffe".encode()), "malformed_json", base64.b64encode("\ufffe".encode()).decode()),
        (kinesis("\tя\r\n\N{PILE OF POO}".encode()), "malformed_json", "\tя\r\n\N{PILE OF POO}"),
    ],
)
def test_a_malformed_event_is_dead_lettered_as_it_came(setup, record, reason, body):
    assert setup.handle(record) == []

    assert setup.letters.reasons == [reason]
    assert body is None or setup.letters.bodies == [body]


def test_a_later_message_wins_whichever_comes_first(setup):
    old = sqs({"email": "a@example.com", "name": "Old"}, sent=1000)
    new = sqs({"email": "a@example.com", "name": "New"}, sent=2000)
    redriven = sqs({"email": "a@example.com", "name": "Redriven"}, sent=3000, sentAt="1500")

    setup.handle(new, old, redriven, new)

    assert setup.user_data.get("a@example.com").name == "New"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9) | st.sampled_from(["aws:s3", "a@b.org"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Records", "records", "email", "s3", "eventName", "Type", "Message"])
            | st.text(max_size=9),  # too short for `eventSource`: what has one comes from AWS, whole
            inner,
        )
    ),
    max_leaves=8,
)


@given(JSON.map(json.dumps) | st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_no_body_raises_and_none_disturbs_its_neighbours(body):
    setup = Setup()

    failed = setup.handle(
        sqs({"email": "before@example.com"}), sqs(body), sqs({"email": "after@example.com"})
    )
    streamed = setup.handle(kinesis(body.encode(errors="surrogatepass")), kinesis(b'{"email": "k@b.org"}', 2))

    assert failed == streamed == []
    assert {"before@example.com", "after@example.com", "k@b.org"} <= setup.user_data.rows.keys()


@given(JSON)
def test_no_event_at_all_raises(event):
    for anything in (event, {"Records": [event]}, {"Records": [{**s3("users/x"), "s3": event}]}):
        assert Setup().worker.handle(anything, lambda: 300.0) == {"batchItemFailures": []}


def test_the_time_of_a_record_is_utc(setup):
    born_today = {"email": "a@example.com", "birthDate": "2026-11-21"}
    at = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)

    setup.handle(sqs(born_today, sent=int(at.timestamp() * 1000)))

    assert setup.user_data.get("a@example.com").birth_date == "2026-11-21"


def test_a_defect_that_one_message_meets_fails_that_one(setup):
    settle = setup.user_files.settle
    setup.user_files.settle = lambda key: settle(key) if key != "users/bad" else 1 / 0

    failed = setup.handle(
        sqs({"Records": [s3("users/bad", DATA)]}, name="m1"),
        sqs({"Records": [s3("users/u/f", DATA)]}, name="m2"),
    )

    assert (failed, setup.user_files.keys) == (["m1"], ["users/u/f"])


def test_a_message_that_is_malformed_in_part_is_buried_before_anything_of_it_is_done(setup):
    setup.handle(sqs({"Records": [s3("users/x.csv"), {"eventName": "ObjectCreated:Put"}]}))

    assert (setup.raw_files.keys, setup.letters.reasons) == ([], ["malformed_s3_event"])


@pytest.mark.parametrize("said", ["1795236716000", "9" * 14, "²", "soon", "-1"])
def test_a_sent_at_attribute_never_makes_a_message_newer_than_it_is(setup, said):
    setup.handle(sqs("{", sent=1_795_236_715_000, sentAt=said))

    assert setup.letters.sent_at == [1_795_236_715_000]


def test_a_dead_letter_knows_how_often_it_was_tried(setup, monkeypatch):
    attempts = []
    monkeypatch.setattr(
        setup.letters, "dead_letter", lambda *_, **beside: attempts.append(beside["attempts"])
    )
    for body in ("{", [7]):
        record = sqs(body)
        record["attributes"]["ApproximateReceiveCount"] = "4"
        setup.handle(record)

    assert attempts == [4, 4]


def test_what_is_no_base64_in_a_stream_is_buried(setup):
    record = kinesis(b"{}")
    record["kinesis"]["data"] = "e30=#"

    assert setup.handle(record) == []

    assert setup.letters.bodies == ["(empty)"]


def test_a_record_of_a_stream_stands_where_its_shard_has_it(setup):
    setup.handle(kinesis(json.dumps({"email": "ada@example.com"}).encode(), 7))

    order = setup.user_data.orders["ada@example.com"]
    assert (order.at, order.source) == (1_795_236_715_987, "kinesis:shardId-000000000006")


def test_a_direct_event_of_a_deletion_and_what_is_no_record_are_let_pass(setup):
    assert setup.worker.handle({"Records": [7, None, "x"]}, lambda: 300.0) == {"batchItemFailures": []}
    assert setup.handle(s3("users/x", name="ObjectRemoved:Delete")) == []

    assert (setup.raw_files.keys, setup.letters.bodies) == ([], [])


@pytest.mark.parametrize(
    ("failure", "reason"), [(Unavailable, "unavailable"), (RuntimeError, "internal_error")]
)
@pytest.mark.parametrize("attempts", [4, 5])
def test_an_import_is_ended_after_the_last_attempt(setup, failure, reason, attempts):
    setup.raw_files.failing, setup.raw_files.failure = {"users/x.csv"}, failure
    record = sqs({"Records": [s3("users/x.csv")]}, name="m")
    record["attributes"]["ApproximateReceiveCount"] = f"{attempts}"

    assert setup.handle(record) == ["m"]
    assert setup.raw_files.ended == ([("users/x.csv", reason)] if attempts == 5 else [])


@pytest.mark.parametrize("fault", [Unavailable, RuntimeError])
def test_an_import_that_cannot_be_ended_fails_no_other_message(setup, monkeypatch, fault):
    def refuse(*_given: object) -> None:
        raise fault

    setup.raw_files.failing = {"users/x.csv"}
    monkeypatch.setattr(setup.raw_files, "give_up", refuse)
    failing = sqs({"Records": [s3("users/x.csv")]}, name="failing")
    failing["attributes"]["ApproximateReceiveCount"] = "5"

    assert setup.handle(failing, sqs({"email": "ada@example.com"}, name="good")) == ["failing"]
    assert "ada@example.com" in setup.user_data.rows
