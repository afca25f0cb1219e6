"""The audit trail: the administrator, the act, the time and the request. An entry is written before each act of an
administrator, and settled after it."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from app import context
from app.errors import Unavailable
from app.models.audit import AuditEntry, AuditOutcome
from app.models.moments import now
from app.models.pages import Page, Position
from app.models.users import User
from app.ports.audit import AuditRepository
from app.services.cursors import Cursor, CursorPage, CursorSigner

Details = dict[str, str | int]
_log = logging.getLogger("app.audit")


@dataclass(frozen=True, slots=True)
class _AuditQuery:
    """The audit has no filters; a cursor is bound to its name."""


class Audit:
    def __init__(self, entries: AuditRepository, cursors: CursorSigner) -> None:
        self._entries = entries
        self._cursors = cursors

    @contextmanager
    def recorded(self, actor: User, action: str, target: str, **details: str | int) -> Iterator[Details]:
        """Run an act on record. What the block puts into the details it is given is kept with the outcome.

        Raises:
            app.errors.Unavailable: it cannot be put on record, so it must not happen.
        """
        entry = _started(actor, action, target, details)
        self._entries.append(entry)
        try:
            yield entry.details
        except Exception:
            self._settle(entry, "failed")
            raise
        self._settle(entry, "succeeded")

    def _settle(self, entry: AuditEntry, outcome: AuditOutcome) -> None:
        """An act is done or not, whether or not this succeeds: then its entry stays `started`."""
        try:
            self._entries.settle(replace(entry, outcome=outcome))
        except Unavailable:
            _log.error(
                "outcome of an audited action not recorded",
                extra={"fields": {"entry": entry.id, "outcome": outcome}},
            )

    def list(self, reader: User, *, limit: int, cursor: Cursor | None) -> CursorPage[AuditEntry]:
        """The newest first."""

        def read(position: Position | None) -> Page[AuditEntry]:
            return self._entries.list(limit=limit, position=position)

        return self._cursors.page(reader.id, _AuditQuery(), cursor, read)


def _started(actor: User, action: str, target: str, details: Details) -> AuditEntry:
    request = context.current()
    return AuditEntry(
        id=str(uuid.uuid4()),
        at=now(),
        actor_id=actor.id,
        actor_email=actor.email,
        action=action,
        target=target,
        request_id=request.request_id if request else None,
        details=details,
    )
