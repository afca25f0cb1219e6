"""To-dos."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Literal

from app.models.moments import now

Priority = Literal["none", "low", "medium", "high"]
Verdict = Literal["applied", "replayed", "merged", "conflict", "gone", "invalid"]
"""What became of a mutation that a device made offline."""


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
