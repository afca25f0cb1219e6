"""Imports of raw user data."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from app.models.moments import now

ImportStatus = Literal["pending", "running", "previewed", "completed", "failed"]

ImportTarget = Literal[
    "email",
    "name",
    "firstName",
    "lastName",
    "phone",
    "birthDate",
    "birthYear",
    "birthMonth",
    "birthDay",
    "country",
    "locale",
    "attribute",
    "dropped",
]
"""What becomes of a column: the field that it fills, an attribute beside the fields, or nothing."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Why a row was not taken. `line` counts from 1; `field` is `None` when it is the whole row."""

    line: int
    field: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class RowWarning:
    """A value of an accepted row that was not kept as it is. `field` is a field or an attribute."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far a file has been read. `offset` counts bytes, after decompression, `line` the next line to read."""

    offset: int = 0
    line: int = 1
    rows: int = 0
    accepted: int = 0
    warnings: int = 0
    checked: bool = False
    """Whether the whole file is known to be readable."""

    @property
    def rejected(self) -> int:
        return self.rows - self.accepted


IMPORT_LEASE = timedelta(hours=3)
"""From each sign of progress: longer than all deliveries of a message of the ingest queue take.

The lease alone decides whether an import is abandoned. Whether its message is among the dead letters cannot be seen:
SQS shows a queue's messages by receiving them, some at a time, and one that was discarded or lost is in no queue. The
price is that an import whose message has waited behind others for longer reads as abandoned until it goes on. That is
a way to read it and never stored: its next sign of progress renews the lease, so it runs again, and ends as it would
have."""

PREVIEW_LIFE = timedelta(hours=24)
"""How long a preview can be seen and run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One file of raw user data. `event` names the upload that is imported. `reason` says why it failed,
    `reason_line` where, and `reason_detail` more in a sentence. `started_by` is the id of the administrator, if one
    did, and `report_to` their address.

    A dry run stores no user data and ends as `previewed`. Its run is an import of its own: `run_id` names it. There,
    `preview_of` names the dry run, and `mapping` the targets that the administrator chose for columns, by header."""

    id: str
    name: str
    content_type: str | None = None
    size: int | None = None
    status: ImportStatus = "pending"
    event: str | None = None
    progress: ImportProgress = field(default_factory=ImportProgress)
    reason: str | None = None
    reason_line: int | None = None
    reason_detail: str | None = None
    started_by: str | None = None
    report_to: str | None = None
    locale: str | None = None
    created_at: datetime = field(default_factory=now)
    finished_at: datetime | None = None
    lease_until: datetime | None = None
    """Of an import whose event has been sent: it is delivered again before that, if it is delivered at all."""
    dry_run: bool = False
    run_id: str | None = None
    preview_of: str | None = None
    mapping: dict[str, ImportTarget] = field(default_factory=dict)

    @property
    def expires_at(self) -> datetime | None:
        """When a preview can no longer be seen and run."""
        if self.status != "previewed" or self.finished_at is None:
            return None
        return self.finished_at + PREVIEW_LIFE

    def as_of(self, moment: datetime) -> "Import":
        """An import whose lease is over has failed: its message is with the dead letters, or lost. The rows stored so
        far stay, and it goes on if the message is redriven. An upload that is awaited has no lease."""
        awaited = self.status == "pending" and self.lease_until is None
        if awaited or self.status not in ("pending", "running"):
            return self
        until = self.lease_until or self.created_at + IMPORT_LEASE
        return (
            self if moment < until else replace(self, status="failed", reason="abandoned", finished_at=until)
        )
