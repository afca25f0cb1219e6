"""The feed of a user's changes: what syncs, in the order of its last change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from app.models.todos import Todo

TOMBSTONE_KEPT = timedelta(days=90)
"""How long the feed tells of what was deleted, and a deleted to-do answers 410."""

EntryType = Literal["todo", "profile", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """The last change of one thing. A to-do comes whole; of a profile or a file it is said that it has changed."""

    type: EntryType
    id: str
    version: int
    revision: int
    is_deleted: bool = False
    todo: "Todo | None" = None
    """Of a live to-do."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Entries in the order of their revisions."""

    entries: Sequence[FeedEntry]
    is_last: bool


class FeedRepository(Protocol):
    """Each thing is in the feed once, at the revision of its last change. So what changes while a feed is read moves
    behind the revision at which the reading began, and comes with the next one."""

    def revision(self, user_id: str) -> int | None:
        """The user's revision, read consistently. `None`: there is no such user."""
        ...

    def after(self, user_id: str, revision: int, *, until: int, limit: int) -> FeedPage:
        """At most `limit` entries with a revision above `revision`, and at most `until`.

        `until` must have been read before. All changes up to it are stored then, while of later ones, which are being
        stored, a reader may see the second before the first. What was deleted more than 90 days ago may be missing.
        """
        ...
