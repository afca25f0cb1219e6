"""To-dos, and what a change of one may do."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from app.models import Page, Todo, TodoQuery

Decision = Callable[[Todo | None], Todo | None]
"""Given the to-do as it is (`None`: there is none), say what it shall be (`None`: deleted).

Returning the very object given means "no change". It may raise, which ends the change with nothing stored, and
it may be called several times, when others change the same data meanwhile.
"""


class TodoRepository(Protocol):
    def get(self, user_id: str, todo_id: str) -> Todo | None: ...

    def list(self, user_id: str, query: TodoQuery, *, limit: int, position: str | None = None) -> Page[Todo]:
        """At most `limit` live to-dos after `position`, in the query's order. A page may hold fewer, even none,
        while more follow: only `position is None` is the end.

        Raises:
            app.errors.BadRequest: `position` is not one of this order (code `invalid_cursor`).
        """
        ...

    def change(self, user_id: str, todo_id: str, decide: Decision) -> Todo | None:
        """Apply `decide` atomically and raise the user's revision by one. Returns what is stored now.

        The engine sets `version` (one more than before, tombstones counted) and `revision` on what `decide`
        returns. Deleting leaves a tombstone.

        Raises:
            app.errors.Unavailable: others kept changing the same data for too long (code `contention`).
            UserRecordMissing: there is no such user.
        """
        ...

    def add(self, user_id: str, todos: Sequence[Todo]) -> int:
        """Store those to-dos whose ids no live one has, each with a revision of its own. Returns how many.

        Takes any number, each id once, and stores them in as many steps as the engine needs: a failure leaves the
        first steps stored, and repeating it stores the rest. The engine sets `version` and `revision`. Raises what
        `change` raises.
        """
        ...

    def erase(self, user_id: str) -> Iterator[int]:
        """Delete every to-do and tombstone of a user for good, a part at each step; how many to-dos there were in it.
        Safe to repeat."""
        ...
