"""A dead-letter queue and the queue it serves, over SQS.

SQS cannot show a message without delivering it: browsing hides messages from others for a moment, then puts them
back. Until then others see fewer, so every count is approximate.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from app.aws.clients import Clients
from app.errors import Unavailable
from app.ports.queues import MAX_RECEIVES, DeadLetter, QueueName, number_attribute

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient
    from types_boto3_sqs.type_defs import MessageAttributeValueTypeDef, MessageTypeDef

_log = logging.getLogger("app.dead_letters")

_HIDDEN_SECONDS = 30
_BATCH = 10
_ATTRIBUTES = 10
"""SQS: at most that many messages in a batch, and attributes on a message."""

_NOTES = ("reason", "attempts")
"""Message attributes by which a consumer says why it gave a message up."""

_SENT_AT = "sentAt"
"""Message attribute of a redriven message: when it was first sent, in milliseconds since the epoch. A consumer that
orders events goes by that, or an old one would pass for the newest."""


class SqsDeadLetterWriter:
    """Moves messages to a dead-letter queue, with `reason`, `attempts` and `sentAt` as message attributes."""

    def __init__(self, clients: Clients, url: str) -> None:
        self._clients = clients
        self._url = url

    def dead_letter(self, body: str, *, reason: str, attempts: int, sent_at: int | None = None) -> None:
        """See `app.ports.queues.DeadLetterWriter`."""
        attributes: dict[str, MessageAttributeValueTypeDef] = {
            "reason": {"DataType": "String", "StringValue": reason},
            "attempts": {"DataType": "Number", "StringValue": str(attempts)},
        }
        if sent_at is not None:
            attributes[_SENT_AT] = {"DataType": "Number", "StringValue": str(sent_at)}
        try:
            self._clients.sqs.send_message(QueueUrl=self._url, MessageBody=body, MessageAttributes=attributes)
        except (BotoCoreError, ClientError, UnicodeError) as error:
            raise Unavailable from error


class SqsDeadLetterQueue:
    def __init__(self, clients: Clients, name: QueueName, *, url: str, source_url: str) -> None:
        self.name = name
        self._clients = clients
        self._url = url
        self._source_url = source_url

    @property
    def _sqs(self) -> "SQSClient":
        return self._clients.sqs

    def count(self) -> int:
        """About how many there are, those out of view included."""
        return sum(self._counts())

    def in_flight(self) -> int:
        """About how many another session browses right now."""
        return self._counts()[1]

    def _counts(self) -> tuple[int, int]:
        with _answering():
            answer = self._sqs.get_queue_attributes(
                QueueUrl=self._url,
                AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
            )["Attributes"]
        return (
            int(answer["ApproximateNumberOfMessages"]),
            int(answer["ApproximateNumberOfMessagesNotVisible"]),
        )

    @contextmanager
    def browse(self, *, seconds: float) -> Iterator["SqsBrowseSession"]:
        """Browse the letters for so long. Those that are not removed are put back at the end."""
        session = SqsBrowseSession(self, time.monotonic() + seconds)
        try:
            yield session
        finally:
            self._put_back(session.held.values())

    def receive(self) -> list[DeadLetter]:
        """The next ones, by long polling, so that all SQS servers are queried."""
        with _answering():
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=_HIDDEN_SECONDS,
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=[
                    "ApproximateReceiveCount",
                    "DeadLetterQueueSourceArn",
                    "SentTimestamp",
                ],
                MessageAttributeNames=["All"],
            )
        return [_letter(self.name, message) for message in answer.get("Messages", ())]

    def _put_back(self, letters: Iterable[DeadLetter]) -> None:
        entries: list[Any] = [
            {"Id": str(number % _BATCH), "ReceiptHandle": letter.handle, "VisibilityTimeout": 0}
            for number, letter in enumerate(letters)
        ]
        try:
            for start in range(0, len(entries), _BATCH):
                self._sqs.change_message_visibility_batch(
                    QueueUrl=self._url, Entries=entries[start : start + _BATCH]
                )
        except (BotoCoreError, ClientError, Unavailable) as error:  # they come back by themselves, only later
            _log.warning("dead letters not released", extra={"fields": {"error": type(error).__name__}})

    def send_to_source(self, letter: DeadLetter) -> None:
        with _answering():
            self._sqs.send_message(
                QueueUrl=self._source_url, MessageBody=letter.payload, MessageAttributes=_carried(letter)
            )

    def delete(self, letter: DeadLetter) -> None:
        with _answering():
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.handle)


class SqsBrowseSession:
    """Browses a queue: an iterator over its letters, which are hidden from others meanwhile."""

    def __init__(self, queue: SqsDeadLetterQueue, deadline: float) -> None:
        self.held: dict[str, DeadLetter] = {}
        self._queue = queue
        self._deadline = deadline

    def __iter__(self) -> Iterator[DeadLetter]:
        while time.monotonic() < self._deadline and (batch := self._queue.receive()):
            new = [letter for letter in batch if letter.id not in self.held]
            self.held.update((letter.id, letter) for letter in batch)
            yield from new

    def remove(self, letter: DeadLetter) -> None:
        self._queue.delete(letter)
        del self.held[letter.id]

    def redrive(self, letter: DeadLetter) -> None:
        """Send it, then delete it: a crash in between leaves two, of which the consumer handles one."""
        self._queue.send_to_source(letter)
        self.remove(letter)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Unavailable from error


def _letter(queue: QueueName, message: "MessageTypeDef") -> DeadLetter:
    attributes = message.get("MessageAttributes", {})
    system = message["Attributes"]
    arrived = int(system["SentTimestamp"])
    return DeadLetter(
        id=message["MessageId"],
        queue=queue,
        payload=message["Body"],
        reason=_text(attributes, "reason"),
        attempts=number_attribute(_text(attributes, "attempts")) or _attempts(system),
        sent_at=_moment(number_attribute(_text(attributes, _SENT_AT)) or arrived),
        arrived_at=_moment(arrived),
        handle=message["ReceiptHandle"],
        attributes=attributes,
    )


def _attempts(system: Mapping[Any, str]) -> int:
    """SQS counts every delivery, browsing included. What its redrive policy moved here has had all attempts."""
    return MAX_RECEIVES if "DeadLetterQueueSourceArn" in system else 1


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _text(attributes: Mapping[str, Any], name: str) -> str | None:
    value = attributes.get(name, {}).get("StringValue")
    return None if value is None else str(value)


def _carried(letter: DeadLetter) -> dict[str, Any]:
    kept = {
        name: {part: value for part, value in attribute.items() if part in _SENDABLE}
        for name, attribute in letter.attributes.items()
        if name not in (*_NOTES, _SENT_AT)
    }
    sent_at = {"DataType": "Number", "StringValue": str(round(letter.sent_at.timestamp() * 1000))}
    return dict(list({_SENT_AT: sent_at, **kept}.items())[:_ATTRIBUTES])


_SENDABLE = ("DataType", "StringValue", "BinaryValue")
