"""Ordering of events within and across sources."""

import hashlib
from datetime import datetime

from app.models.user_data import EventOrder

_SEQUENCE = 64
_KINESIS_SEQUENCE = 64


def of_object(bucket: str, key: str, sequencer: str, event_time: str) -> EventOrder:
    """Sequencers of one key are hexadecimal, and compared as strings after padding the shorter on the right.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    source = "s3:" + hashlib.sha256(f"{bucket}/{key}".encode()).hexdigest()[:16]
    return EventOrder(milliseconds(event_time), source, sequencer.upper().ljust(_SEQUENCE, "0")[:_SEQUENCE])


def of_message(message_id: str, sent_at: int) -> EventOrder:
    """A standard queue has no order but when its messages were sent; of two in one millisecond, either may win, but
    always the same."""
    return EventOrder(sent_at, "sqs", f"{sent_at:013d}-{message_id}")


def of_stream(shard: str, sequence_number: str, arrived: float) -> EventOrder:
    """`arrived` is in seconds. Sequence numbers are decimal, and grow within a shard."""
    return EventOrder(int(arrived * 1000), f"kinesis:{shard}", sequence_number.zfill(_KINESIS_SEQUENCE))


def milliseconds(moment: str) -> int:
    """Of an RFC 3339 timestamp, since the epoch."""
    return int(datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp() * 1000)
