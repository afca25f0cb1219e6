"""Sources of raw user data: S3's events however they travel, and records sent as messages."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from app.models.user_data import EventOrder
from app.services.ingest import orders
from app.services.ingest.json_values import decode_all

_DEEPEST = 3
"""SNS in SQS is one wrapping; no source needs more."""


class Malformed(Exception):
    """This is no event that we know, and never will be. The reason is a stable code and quotes nothing."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class ObjectCreated:
    """One record of an S3 event; `raw` is the record itself."""

    bucket: str
    key: str
    size: int | None
    etag: str | None
    version_id: str | None
    sequencer: str
    time: str
    raw: dict[str, Any]

    @property
    def id(self) -> str:
        """The same for each delivery of the event, and for no other."""
        text = "\n".join((self.bucket, self.key, self.version_id or "", self.sequencer, self.etag or ""))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def import_id(self) -> str | None:
        """The import that this is about, in the event of a run. S3's own events have none."""
        value = self.raw.get("importId")
        return value if isinstance(value, str) else None

    @property
    def order(self) -> EventOrder:
        return orders.of_object(self.bucket, self.key, self.sequencer, self.time)


@dataclass(frozen=True, slots=True)
class Records:
    """Raw records from one message."""

    values: list[Any]


_BOM = "\ufeff"
"""Some Windows programs write it before JSON (RFC 8259, 8.1), and once more before one that is there."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing for us to do: a test event, a deletion."""


Content = ObjectCreated | Records | Ignored


def contents(body: str | bytes, depth: int = 0) -> Iterator[Content]:
    """The contents of a message.

    Raises:
        Malformed
    """
    try:
        text = body if isinstance(body, str) else body.decode()
        value, *more = decode_all(text.lstrip(_BOM))
    except (ValueError, RecursionError):
        raise Malformed("malformed_json") from None
    if more:
        yield Records([record for one in (value, *more) for record in _records(one)])
    elif isinstance(value, list):
        yield Records(value)
    elif not isinstance(value, dict):
        raise Malformed("not_an_object")
    elif isinstance(value.get("Records"), list):
        for record in value["Records"]:
            yield of_s3(record)
    elif value.get("Event") == "s3:TestEvent":
        yield Ignored()
    elif value.get("Type") == "Notification" and isinstance(value.get("Message"), str):
        if depth >= _DEEPEST:
            raise Malformed("too_deep")
        yield from contents(value["Message"], depth + 1)
    else:
        yield Records(_records(value))


def _records(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or "records" not in value:
        return [value]
    if not isinstance(value["records"], list):
        raise Malformed("records_not_a_list")
    return value["records"]


def of_s3(record: Any) -> ObjectCreated | Ignored:
    """One record of an S3 event. Keys come URL-encoded.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html

    Raises:
        Malformed
    """
    try:
        if not record["eventName"].removeprefix("s3:").startswith("ObjectCreated:"):
            return Ignored()
        bucket, stored = record["s3"]["bucket"]["name"], record["s3"]["object"]
        event = ObjectCreated(
            bucket=_text(bucket),
            key=unquote_plus(_text(stored["key"])),
            size=stored.get("size"),
            etag=_optional(stored.get("eTag")),
            version_id=_optional(stored.get("versionId")),
            sequencer=_optional(stored.get("sequencer")) or "",
            time=_text(record["eventTime"]),
            raw=record,
        )
        orders.milliseconds(event.time)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise Malformed("malformed_s3_event") from None
    return event


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    value.encode()  # half a surrogate pair is no text: nothing in S3 has such a name
    return value


def _optional(value: Any) -> str | None:
    return None if value in (None, "", "null") else _text(value)
