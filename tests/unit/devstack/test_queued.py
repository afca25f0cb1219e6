"""Messages of queues in SQLite: what is there after a kill, and what is gone."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import s3, sqs

from devstack.emulator import queued
from devstack.emulator.documents import Documents
from devstack.emulator.queued import QueueStore

ARN = "arn:aws:sqs:us-east-1:000000000000:mail"
URL = "http://127.0.0.1:4566/000000000000/mail"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queued.sqlite"


@pytest.fixture
def queue(monkeypatch) -> dict[str, Any]:
    """The only one. What a test installs is taken back."""
    for name in ("load_persisted_state", "get_state", "_collect_msgs", "_dlq_sweep", "_expire_retained"):
        monkeypatch.setattr(sqs, name, getattr(sqs, name))
    for name in ("_deliver_event_to_sqs", "_fire_s3_event_async"):
        monkeypatch.setattr(s3, name, getattr(s3, name))
    monkeypatch.setattr(sqs, "_queues_lock", threading.RLock())
    monkeypatch.setattr(sqs, "_HANDLERS", dict(sqs._HANDLERS))
    monkeypatch.setattr(sqs, "_queues", AccountRegionScopedDict())
    only: dict[str, Any] = {
        "url": URL,
        "name": "mail",
        "is_fifo": False,
        "attributes": {"QueueArn": ARN, "VisibilityTimeout": "30"},
        "messages": [],
        "dedup_cache": {},
        "fifo_seq": 0,
    }
    sqs._queues[URL] = only
    return only


def send(text: str) -> None:
    sqs._HANDLERS["SendMessage"]({"QueueUrl": URL, "MessageBody": text}, URL)


def after_a_kill(path: Path, queue: dict[str, Any]) -> list[tuple[str, int]]:
    """Bodies and attempts of the messages that the next start finds."""
    documents = Documents(path)
    try:
        return [(message["body"], message["receive_count"]) for message in QueueStore(documents).load(queue)]
    finally:
        documents.close()


def test_what_is_committed_is_found_in_its_order(path, queue):
    store = QueueStore(Documents(path))
    for text in ("one", "two", "three"):
        send(text)
    store.commit()
    sqs._collect_msgs(queue, 1, 30)
    store.commit()
    send("not committed")

    assert after_a_kill(path, queue) == [("one", 1), ("two", 0), ("three", 0)]


def test_a_deleted_message_does_not_come_back(path, queue):
    store = QueueStore(Documents(path))
    send("one")
    send("two")
    store.commit()
    del queue["messages"][0]
    store.commit()

    assert after_a_kill(path, queue) == [("two", 0)]


def test_a_restored_queue_has_its_messages_and_the_snapshot_has_none(path, queue):
    send("one")
    QueueStore(Documents(path)).commit()
    queued.install(QueueStore(Documents(path)))

    snapshot = sqs.get_state()
    assert [found["messages"] for found in snapshot["queues"].all_values()] == [[]]
    sqs.load_persisted_state(snapshot)

    assert [message["body"] for message in sqs._queues[URL]["messages"]] == ["one"]


def test_messages_that_an_earlier_version_left_in_the_snapshot_move_to_the_store(path, queue):
    send("old")
    snapshot = sqs.get_state()
    store = QueueStore(Documents(path))
    queued.install(store)

    sqs.load_persisted_state(snapshot)
    store.commit()

    assert after_a_kill(path, queue) == [("old", 0)]


def test_messages_of_a_queue_that_is_gone_are_forgotten(path, queue):
    send("one")
    QueueStore(Documents(path)).commit()
    sqs._queues.clear()

    QueueStore(Documents(path)).commit()

    assert after_a_kill(path, queue) == []


def test_a_message_is_not_sent_while_its_queue_is_being_changed(path, queue):
    """MiniStack replaces the list of messages by what it keeps of it."""
    queued.install(QueueStore(Documents(path)))
    sending = threading.Thread(target=send, args=("meanwhile",))

    with sqs._queues_lock:
        kept = list(queue["messages"])
        sending.start()
        sending.join(0.2)
        queue["messages"] = kept
    sending.join(60)

    assert [message["body"] for message in queue["messages"]] == ["meanwhile"]


def test_an_event_of_s3_is_queued_before_the_upload_is_answered(path, queue, monkeypatch):
    queued.install(QueueStore(Documents(path)))
    monkeypatch.setattr(s3, "_bucket_notifications", {"data": CONFIGURATION})
    monkeypatch.setattr(sqs, "queue_policy_allows", lambda *_: True)
    monkeypatch.setattr(sqs, "_queue_by_arn", lambda _: queue)

    s3._fire_s3_event_async("data", "users/1/file", "s3:ObjectCreated:Post", size=2)

    s3._fire_s3_event_async("data", "users/1/file", "s3:ObjectCreated:Post", size=3)

    first, second = (
        json.loads(message["body"])["Records"][0]["s3"]["object"] for message in queue["messages"]
    )
    assert (first["key"], first["size"]) == ("users/1/file", 2)
    assert first["sequencer"] < second["sequencer"]


CONFIGURATION = f"""
<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <QueueConfiguration><Queue>{ARN}</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration>
</NotificationConfiguration>
"""
