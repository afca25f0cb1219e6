"""Ids of imports that events begin."""

import hashlib

from app.ids import version_7
from app.services.ingest.events import ObjectCreated


def id_of(event: ObjectCreated) -> str:
    """The same for each delivery of the event."""
    return version_7(event.order.at, hashlib.sha256(event.id.encode()).digest())
