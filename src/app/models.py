"""The things the product is about, as plain values. No storage, no HTTP."""

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, Literal, NewType, TypeVar

Priority = Literal["none", "low", "medium", "high"]
UserStatus = Literal["active", "disabled", "deleting"]
AuditOutcome = Literal["started", "succeeded", "failed"]
FileStatus = Literal["pending", "available", "rejected"]
MailKind = Literal[
    "welcome",
    "password_changed",
    "email_changed",
    "email_code",
    "email_taken",
    "signed_out_everywhere",
    "import_report",
    "account_deleted",
    "account_exists",
]
Verdict = Literal["applied", "replayed", "merged", "conflict", "gone", "invalid"]
"""What became of a mutation that a device made offline."""
T_co = TypeVar("T_co", covariant=True)

TOMBSTONE_KEPT = timedelta(days=90)
"""How long a deleted to-do answers 410."""

Position = NewType("Position", str)
"""Where a page of a list ends, as its engine writes it. Clients get a signed cursor: see `app.services.cursors`."""


def now() -> datetime:
    """The current time in UTC, cut to milliseconds: the precision kept and shown everywhere."""
    return as_kept(datetime.now(UTC))


def as_kept(moment: datetime) -> datetime:
    """In UTC, cut to milliseconds."""
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`; these strings sort as the instants do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoContent:
    """All that a client can say of a to-do."""

    title: str
    notes: str = ""
    completed: bool = False
    due_on: date | None = None
    due_at: datetime | None = None
    priority: Priority = "none"
    tags: tuple[str, ...] = ()
    list: str = "inbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo(TodoContent):
    """One to-do. `version` counts its own changes; `revision` is the user's counter when it last changed.

    `history` is a text of the rules of sync, of about 1 kB at most: what changed in which version. Storage keeps it
    and does not read it. It is not content, and no client sees it.
    """

    id: str
    completed_at: datetime | None = None
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    version: int = 0
    revision: int = 0
    history: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """A deleted to-do, kept for 90 days without content. `version` goes on counting; the deletion was a change."""

    id: str
    version: int
    deleted_at: datetime | None
    """`None`: it was not recorded."""
    history: str = ""
    """See `Todo`."""


def content_of(source: object) -> dict[str, Any]:
    """The fields of `TodoContent` in anything that has them, by name."""
    return {name: getattr(source, name) for name in _CONTENT}


_CONTENT = tuple(field.name for field in fields(TodoContent))


def live(state: Todo | Tombstone | None) -> Todo | None:
    """The to-do, unless it is deleted or never existed."""
    return state if isinstance(state, Todo) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoQuery:
    """Filters and order of a list of to-dos. `None` does not filter.

    `due_before` and `due_after` are exclusive; a to-do due on a date is due at its start in UTC.
    """

    completed: bool | None = None
    list: str | None = None
    tag: str | None = None
    priority: Priority | None = None
    due_before: datetime | None = None
    due_after: datetime | None = None
    q: str | None = None
    sort: Literal["created", "due"] = "created"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """The record of one account. `id` is the Cognito `sub`."""

    id: str
    email: str
    name: str | None = None
    phone: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    status: UserStatus = "active"
    revision: int = 0
    todo_count: int | None = 0
    """Live to-dos. `None`: not counted yet, of a record from before the quota; its next change of a to-do counts."""
    tokens_valid_after: int = 0
    """Seconds since the epoch; a token issued before is refused."""
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserQuery:
    """Filters of a list of users: the start of the e-mail address, in lower case, and the status."""

    email: str = ""
    status: UserStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One action of an administrator: actor, action, target, time, and request.

    It is written before the act, so one that stays `started` tells of an act of which the end is not known.
    """

    id: str
    at: datetime
    actor_id: str
    actor_email: str
    action: str
    target: str
    request_id: str | None
    outcome: AuditOutcome = "started"
    details: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """Some items of a list and the position after them: `None` at the end, opaque outside the engine."""

    items: tuple[T_co, ...]
    position: Position | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one address.

    `id` is the producer's: a mail is sent once for each, so an operation that is retried gives the same one again.
    `data` is what the templates of its kind ask for. `user_id` is whom it is about, if there is an account.
    """

    kind: MailKind
    to: str
    id: str
    data: dict[str, str | int] = field(default_factory=dict)
    locale: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file in a user's folder, or one that is awaited. `size` is the announced size until the upload has arrived.

    `reserved` is what the file takes of its user's quota. `version_id` names the one version of the object that was
    accepted, and `upload_id` the multipart upload that leads to it.
    """

    id: str
    name: str
    content_type: str
    size: int
    status: FileStatus = "pending"
    created_at: datetime = field(default_factory=now)
    expires_at: datetime
    """The last moment at which its upload may begin."""
    reserved: int
    upload_id: str | None = None
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """Limits of one user."""

    size: int
    """Bytes, of all files together."""
    files: int


@dataclass(frozen=True, slots=True)
class EventOrder:
    """When and where something was said, so that of two things said the later one counts, in whatever order they
    arrive. `sequence` orders what one `source` says; `at`, milliseconds since the epoch, what several say.
    """

    at: int
    source: str
    sequence: str

    def follows(self, other: "EventOrder") -> bool:
        if self.source == other.source:
            return self.sequence > other.sequence
        return (self.at, self.source) > (other.at, other.source)

    def nth(self, number: int) -> "EventOrder":
        """The order of one of several things said at once."""
        return EventOrder(self.at, self.source, f"{self.sequence}#{number:010d}")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserData:
    """Raw data about a person, who may have no account: then `user_id` is `None`. Dates are ISO, `phone` is
    E.164, `country` ISO 3166-1 alpha-2, `locale` BCP 47; `attributes` holds every other column."""

    email: str
    name: str | None = None
    phone: str | None = None
    birth_date: str | None = None
    country: str | None = None
    locale: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    user_id: str | None = None


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
