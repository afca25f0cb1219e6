"""Dispatch an event of SQS, Kinesis, S3 or SNS to its handler: one invocation of the ingest function.

https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html, with-sns.html, with-sqs.html, with-kinesis.html
"""

import base64
import binascii
import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from app.errors import Contention, Unavailable
from app.models.user_data import EventOrder
from app.ports.queues import MAX_RECEIVES, DeadLetterWriter, number_attribute
from app.services.ingest import orders
from app.services.ingest.events import Content, Ignored, Malformed, ObjectCreated, contents, of_s3
from app.services.ingest.files import FileIngest
from app.services.ingest.messages import RecordIngest

_log = logging.getLogger("app.ingest")

_REFUSED_BY_SQS = r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""Compiled by its first use: that takes one part in fifty of a cold start.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""

Remaining = Callable[[], float]
"""Seconds until the invocation is stopped."""


@dataclass(frozen=True, slots=True)
class _Message:
    """A message of a queue or a stream. `id` is what the source knows it by."""

    id: str
    body: str | bytes
    order: EventOrder
    attempts: int


class IngestWorker:
    """`settle_user_file` takes the key of a file that a user has uploaded."""

    def __init__(
        self,
        *,
        files: FileIngest,
        records: RecordIngest,
        settle_user_file: Callable[[str], None],
        dead_letters: DeadLetterWriter,
        data_bucket: str,
        ingest_bucket: str,
    ) -> None:
        self._files = files
        self._records = records
        self._settle_user_file = settle_user_file
        self._dead_letters = dead_letters
        self._data_bucket = data_bucket
        self._ingest_bucket = ingest_bucket

    def handle(self, event: Any, remaining: Remaining) -> dict[str, Any]:
        """The answer to Lambda: the messages that failed and must be delivered again. The others are done, or are
        kept with their reason where a person looks.

        Raises:
            app.errors.Unavailable: a direct event of S3 or SNS has failed; Lambda sends all of it again.
        """
        given = event.get("Records") if isinstance(event, dict) else None
        records = [record for record in given if isinstance(record, dict)] if isinstance(given, list) else []
        failed = [
            *self._queue(of_source(records, "aws:sqs"), remaining),
            *self._stream(of_source(records, "aws:kinesis"), remaining),
        ]
        for record in of_source(records, "aws:s3"):
            self._direct(record, remaining)
        for record in of_source(records, "aws:sns"):
            self._notified(record, remaining)
        return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}

    def _queue(self, records: Iterable[dict[str, Any]], remaining: Remaining) -> list[str]:
        """The ids of the messages that failed; each by itself."""
        return [record["messageId"] for record in records if not self._handled(queued(record), remaining)]

    def _stream(self, records: Iterable[dict[str, Any]], remaining: Remaining) -> list[str]:
        """The first that failed: Lambda begins again there, so what follows is not tried."""
        for record in records:
            message = streamed(record)
            if not self._handled(message, remaining):
                return [message.id]
        return []

    def _handled(self, message: _Message, remaining: Remaining) -> bool:
        try:
            self._take(message, remaining)
        except (Contention, Unavailable):
            _log.warning("message delayed", extra={"fields": {"messageId": message.id}}, exc_info=True)
            self._end_imports(message, "unavailable")
            return False
        except Exception:  # noqa: BLE001 - a defect that one message meets must not fail the others of its batch
            _log.exception("message failed", extra={"fields": {"messageId": message.id}})
            self._end_imports(message, "internal_error")
            return False
        return True

    def _end_imports(self, message: _Message, reason: str) -> None:
        """After the last attempt, end the imports: else they would be shown as running. What was stored stays."""
        if message.attempts < MAX_RECEIVES:
            return
        try:
            for content in contents(message.body):
                if isinstance(content, ObjectCreated) and content.bucket == self._ingest_bucket:
                    self._files.give_up(content, reason)
        except Exception:  # noqa: BLE001 - the others of its batch must not fail; its lease ends the import
            _log.exception("import not ended", extra={"fields": {"messageId": message.id}})

    def _take(self, message: _Message, remaining: Remaining) -> None:
        try:
            for content in list(contents(message.body)):
                self._dispatch(content, message, remaining)
        except Malformed as malformed:
            body = _text(message.body)
            at, attempts = message.order.at, message.attempts
            self._dead_letters.dead_letter(body, reason=malformed.reason, attempts=attempts, sent_at=at)
            _log.warning(
                "message moved to the dead-letter queue", extra={"fields": {"reason": malformed.reason}}
            )

    def _dispatch(self, content: Content, message: _Message, remaining: Remaining) -> None:
        if isinstance(content, ObjectCreated):
            self._object(content, remaining)
        elif not isinstance(content, Ignored):
            self._records.take(content.values, message.order, attempts=message.attempts)

    def _object(self, event: ObjectCreated, remaining: Remaining) -> None:
        if event.bucket == self._data_bucket:
            self._settle_user_file(event.key)
        elif event.bucket == self._ingest_bucket:
            self._files.run(event, remaining)
        else:
            _log.warning("event of an unknown bucket")

    def _direct(self, record: dict[str, Any], remaining: Remaining) -> None:
        try:
            event = of_s3(record)
        except Malformed as malformed:
            _log.error("malformed event", extra={"fields": {"reason": malformed.reason}})
            return
        if isinstance(event, ObjectCreated):
            self._object(event, remaining)

    def _notified(self, record: dict[str, Any], remaining: Remaining) -> None:
        message = notified(record)
        self._take(message, remaining)


def of_source(records: Iterable[dict[str, Any]], source: str) -> list[dict[str, Any]]:
    """SNS writes the name with a capital letter."""
    return [record for record in records if source in (record.get("eventSource"), record.get("EventSource"))]


def queued(record: dict[str, Any]) -> _Message:
    system = record.get("attributes", {})
    sent_at = number_attribute(system.get("SentTimestamp")) or 0
    given = number_attribute(record.get("messageAttributes", {}).get("sentAt", {}).get("stringValue"))
    order = orders.of_message(record["messageId"], sent_at if given is None else min(sent_at, given))
    attempts = number_attribute(system.get("ApproximateReceiveCount")) or 1
    return _Message(record["messageId"], record["body"], order, attempts)


def streamed(record: dict[str, Any]) -> _Message:
    data = record["kinesis"]
    shard, sequence = record.get("eventID", "").partition(":")[0], data["sequenceNumber"]
    order = orders.of_stream(shard, sequence, float(data.get("approximateArrivalTimestamp", 0)))
    try:
        body = base64.b64decode(data["data"], validate=True)
    except (binascii.Error, ValueError):
        body = b""
    return _Message(sequence, body, order, 1)


def notified(record: dict[str, Any]) -> _Message:
    sns = record["Sns"]
    order = orders.of_message(sns["MessageId"], orders.milliseconds(sns["Timestamp"]))
    return _Message(sns["MessageId"], sns["Message"], order, 1)


def _text(body: str | bytes) -> str:
    """A queue takes text without most control characters: other bytes are shown in Base64."""
    if isinstance(body, str):
        return body
    try:
        text = body.decode() or "(empty)"
    except UnicodeDecodeError:
        return base64.b64encode(body).decode()
    return base64.b64encode(body).decode() if re.search(_REFUSED_BY_SQS, text) else text
