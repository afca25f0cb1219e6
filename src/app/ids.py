"""Ids that sort by age: UUIDs of version 7 (RFC 9562, 5.7), which begin with the time."""

import secrets
import uuid
from datetime import datetime


def new_id(moment: datetime) -> str:
    return version_7(int(moment.timestamp() * 1000), secrets.token_bytes(16))


def version_7(at: int, rest: bytes) -> str:
    """Of a time in milliseconds since the epoch, and at least 10 bytes that tell ids of one millisecond apart."""
    number = int.from_bytes(max(at, 0).to_bytes(8, "big")[-6:] + rest[:10], "big")
    number &= ~(0xF000 << 64) & ~(0xC000 << 48)
    return str(uuid.UUID(int=number | (0x7000 << 64) | (0x8000 << 48)))
