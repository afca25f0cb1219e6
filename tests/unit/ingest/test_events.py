"""The events in a message: duplicates, distinct ones, and bodies that hold none."""

import json
from typing import Any

import pytest

from app.services.ingest.events import Ignored, Malformed, ObjectCreated, Records, contents, of_s3


def record(**changes: Any) -> dict[str, Any]:
    """An S3 event about an object; `changes` are of what it says of the object itself."""
    stored = {"key": "users/a.csv", "size": 9, "eTag": "e", "versionId": "v", "sequencer": "01", **changes}
    return {
        "eventName": "ObjectCreated:Put",
        "eventTime": "2026-11-21T09:30:00.000Z",
        "s3": {
            "bucket": {"name": "ingest"},
            "object": {name: value for name, value in stored.items() if value is not ...},
        },
    }


def created(**changes: Any) -> ObjectCreated:
    event = of_s3(record(**changes))
    assert isinstance(event, ObjectCreated)
    return event


def wrapped(body: Any, times: int) -> str:
    """In so many SNS notifications."""
    text = json.dumps(body)
    for _ in range(times):
        text = json.dumps({"Type": "Notification", "Message": text})
    return text


def test_an_event_delivered_again_is_the_same_event():
    assert created().id == created(size=10).id


@pytest.mark.parametrize(
    "changes", [{"key": "users/b.csv"}, {"eTag": "f"}, {"versionId": "w"}, {"sequencer": "02"}]
)
def test_another_upload_is_another_event(changes):
    assert created(**changes).id != created().id


@pytest.mark.parametrize("nothing", [None, "", "null", ...])
def test_a_bucket_without_versions_names_none(nothing):
    assert created(versionId=nothing).version_id is None


def test_the_name_of_an_event_may_say_whose_it_is():
    assert isinstance(of_s3({**record(), "eventName": "s3:ObjectCreated:Put"}), ObjectCreated)
    assert isinstance(of_s3({**record(), "eventName": "ObjectRemoved:Delete"}), Ignored)


@pytest.mark.parametrize(
    "bad",
    [
        record(key=""),
        record(key=...),
        record(key=7),
        record(key="users/\ud800.csv"),
        record(eTag="\ud800"),
        record(eTag=7),
        {**record(), "eventTime": "yesterday"},
        {**record(), "eventTime": ""},
        {**record(), "eventName": None},
        {**record(), "s3": None},
        {**record(), "s3": {"bucket": {"name": ""}, "object": {"key": "x"}}},
        {},
        None,
        7,
    ],
    ids=lambda bad: json.dumps(bad, default=str)[:60],
)
def test_what_looks_like_an_event_and_is_none_is_malformed(bad):
    with pytest.raises(Malformed) as malformed:
        of_s3(bad)

    assert malformed.value.reason == "malformed_s3_event"


def test_notifications_are_unwrapped_three_deep_and_no_deeper():
    (found,) = contents(wrapped({"email": "ada@example.com"}, 3))
    assert found == Records([{"email": "ada@example.com"}])

    with pytest.raises(Malformed, match="too_deep"):
        list(contents(wrapped({"email": "ada@example.com"}, 4)))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", "malformed_json"),
        ("[" * 100_000, "malformed_json"),
        ("7", "not_an_object"),
        ('{"records": {}}', "records_not_a_list"),
    ],
)
def test_what_says_nothing_is_malformed(body, reason):
    with pytest.raises(Malformed, match=reason):
        list(contents(body))


def test_records_come_alone_in_a_list_or_by_name():
    one = {"email": "ada@example.com"}

    for body in (one, [one], {"records": [one]}):
        assert list(contents(json.dumps(body))) == [Records([one])]


def test_a_byte_order_mark_before_a_message_is_passed_over():
    body = '{"email": "ada@example.com"}'

    for marked in (f"\ufeff{body}", f"\ufeff{body}".encode()):
        assert list(contents(marked)) == [Records([{"email": "ada@example.com"}])]
