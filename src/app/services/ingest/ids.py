"""Ids of imports: UUIDs of version 7 (RFC 9562), which sort by the time that they begin with."""

import hashlib
import secrets
import uuid

from app.services.ingest.events import ObjectCreated


def new_id(at: int) -> str:
    """`at`: milliseconds since the epoch."""
    return _version_7(at, secrets.token_bytes(16))


def id_of(event: ObjectCreated) -> str:
    """The same for each delivery of the event."""
    return _version_7(event.order.at, hashlib.sha256(event.id.encode()).digest())


def _version_7(at: int, rest: bytes) -> str:
    number = int.from_bytes(max(at, 0).to_bytes(8, "big")[-6:] + rest[:10], "big")
    number &= ~(0xF000 << 64) & ~(0xC000 << 48)
    return str(uuid.UUID(int=number | (0x7000 << 64) | (0x8000 << 48)))
