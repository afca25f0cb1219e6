"""What happened to an account: sign-ins, and what concerns its password, address and sessions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from app.models.pages import Page, Position

ActivityKind = Literal[
    "signed_in",
    "sign_in_failed",
    "password_changed",
    "password_reset",
    "address_changed",
    "address_change_undone",
    "signed_out_everywhere",
]

ACTIVITY_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One entry. `network` is the prefix of the address it came from, where that is known; `client_id` the client of
    the user pool, likewise.

    A `sign_in_failed` stands for all of an hour: `at` is its beginning, `count` how many there were, and the rest is
    of the last one.
    """

    id: str
    kind: ActivityKind
    at: datetime
    count: int = 1
    network: str | None = None
    client_id: str | None = None


class ActivityRepository(Protocol):
    """Entries are kept for `ACTIVITY_DAYS` and not shown for longer."""

    def append(self, user_id: str, entry: Activity) -> None: ...

    def count(self, user_id: str, entry: Activity, *, of_account: bool = True) -> None:
        """Add the entry to the one of the same kind and `at`, or make it the first, with a count of 1.

        With `of_account=False` nothing is kept: for a user id that is made up, so that the work is the same.
        """
        ...

    def list(self, user_id: str, *, limit: int, position: Position | None = None) -> Page[Activity]:
        """At most `limit` entries after `position`, the newest first."""
        ...

    def erase(self, user_id: str) -> Iterator[int]:
        """Delete all entries, a part at each step; how many there were in it."""
        ...
