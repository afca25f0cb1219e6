"""The messages of SQS's queues, on disk before the request that sent them is answered, like the items of tables.

MiniStack itself holds them in its snapshot, which is up to two seconds old. An upload whose event was in no snapshot
yet would stay pending after a kill, and a mail that was promised would never come.
"""

import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from threading import Lock, RLock
from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import s3, sqs

from devstack.emulator.documents import Documents, Key

Message = dict[str, Any]
Queue = dict[str, Any]


class QueueStore:
    """Finds what has changed by comparison with what it wrote last. May be used from several threads."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._lock = Lock()
        self._written: dict[Key, object] = dict.fromkeys(documents.keys())
        """With what changes of a message once it was sent."""

    def commit(self) -> None:
        """Raises:
        sqlite3.Error: nothing is written, for example because the disk is full.
        """
        with self._lock, sqs._queues_lock:
            now = dict(_messages())
            marks = {key: (message["visible_at"], message["receive_count"]) for key, message in now.items()}
            changed = [(key, now[key]) for key, mark in marks.items() if self._written.get(key) != mark]
            deleted = self._written.keys() - marks.keys()
            if changed or deleted:
                self._documents.write(changed, deleted)
                self._written = dict(marks)

    def load(self, queue: Queue) -> list[Message]:
        return list(self._documents.load(_name(queue)))


def install(store: QueueStore) -> None:
    """Have MiniStack's SQS keep its messages in `store`, and S3 send its events before it answers."""
    _lock_queues()
    restore, state = sqs.load_persisted_state, sqs.get_state

    def restoring(given: Any) -> None:
        restore(given)
        for queue in sqs._queues.all_values():
            # An earlier version kept them in the snapshot; they move to the store once.
            queue["messages"] = queue["messages"] or store.load(queue)

    def without_messages() -> Any:
        with sqs._queues_lock:
            found = state()
        for queue in found["queues"].all_values():
            queue["messages"] = []
        return found

    sqs.load_persisted_state, sqs.get_state = restoring, without_messages
    s3._fire_s3_event_async = _fire_at_once


def _fire_at_once(bucket: str, key: str, event: str, *given: Any, **options: Any) -> None:
    """As MiniStack does in a thread: the sequencer says in which order the events of an object happened."""
    s3._fire_s3_event(bucket, key, event, *given, sequencer=s3._next_event_sequencer(event), **options)


def _lock_queues() -> None:
    """MiniStack replaces a queue's list of messages in several threads: one sent meanwhile would be lost."""
    lock = RLock()
    sqs._queues_lock = lock
    for action, act in sqs._HANDLERS.items():
        if not inspect.iscoroutinefunction(act):
            sqs._HANDLERS[action] = _locked(act, lock)
    for name in ("_collect_msgs", "_dlq_sweep", "_expire_retained"):
        setattr(sqs, name, _locked(getattr(sqs, name), lock))
    s3._deliver_event_to_sqs = _locked(s3._deliver_event_to_sqs, lock)


def _locked(act: Callable[..., Any], lock: Any) -> Callable[..., Any]:
    @wraps(act)
    def acting(*given: Any, **options: Any) -> Any:
        with lock:
            return act(*given, **options)

    return acting


def _messages() -> Iterator[tuple[Key, Message]]:
    queues: AccountRegionScopedDict = sqs._queues
    for queue in queues.all_values():
        for message in queue["messages"]:
            yield (_name(queue), message["id"]), message


def _name(queue: Queue) -> str:
    """Its ARN: unlike its URL it does not depend on the port."""
    found: str = queue["attributes"]["QueueArn"]
    return found
