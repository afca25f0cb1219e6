"""To-dos, and what a change of one may do."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from app.errors import AppError, Conflict
from app.models.pages import Page, Position
from app.models.todos import Todo, TodoQuery, Tombstone
from app.models.users import RecentAccount, User

Decision = Callable[[Todo | Tombstone | None], Todo | Tombstone | None]
"""Given the to-do as it is (a `Tombstone`: it was deleted; `None`: the id never existed), decide what it becomes.

A `Todo` is stored, also over a tombstone. A `Tombstone` deletes what is there, and is stored where nothing is; `None`
deletes a live to-do. The tombstone that is stored has the `history` of the one returned, or else of the to-do.
Returning the very object given means "no change". It may
raise, which ends the change with nothing stored, and it may be called several times, when others change the same data
meanwhile.
"""

MAX_TOGETHER = 25
"""To-dos in one transaction or statement. The largest ones together stay below the 4 MB of a transaction of DynamoDB,
however it is counted, and of a request to the RDS Data API (docs/adr/0020)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a caller has read before it asks for a change. It may be outdated, so it is no ground for an answer: an
    engine may try the write on the condition that it still holds, and must read when it does not."""

    account: User
    todo: Todo | Tombstone | Literal["unread"] | None = "unread"
    is_read: bool = False
    """Whether `see` has read it in this request: then an engine may refuse a change by it, too."""


class TodoQuotaExceeded(Conflict):
    """To-dos have to be deleted before this one fits."""

    default_code = "quota_exceeded"
    default_detail = "You have as many to-dos as you may keep. Delete some first."

    def __init__(self, *, count: int, quota: int) -> None:
        super().__init__(members={"usage": {"todos": count, "maxTodos": quota}})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one decision. `state` is what is stored now (`None`: there is nothing, and there was nothing)
    and `revision` the user's counter when that last changed."""

    state: Todo | Tombstone | None = None
    revision: int | None = None
    is_changed: bool = False
    """Whether this decision stored it."""
    error: AppError | None = None
    """What the decision raised, or `TodoQuotaExceeded`: it changed nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """How many to-dos were stored, and how many left out: `deleted`, because their ids are those of deleted ones;
    `over_quota`, because the quota was used up before."""

    stored: int = 0
    deleted: int = 0
    over_quota: int = 0

    def __add__(self, other: "Added") -> "Added":
        return Added(
            stored=self.stored + other.stored,
            deleted=self.deleted + other.deleted,
            over_quota=self.over_quota + other.over_quota,
        )


class TodoRepository(Protocol):
    def get(self, user_id: str, todo_id: str) -> Todo | Tombstone | None:
        """`None`: this user never had such a to-do, or its tombstone has expired."""
        ...

    def see(self, user_id: str, todo_id: str) -> Seen | None:
        """Read the account and one of its to-dos for a change that follows. `None`: there is no such user."""
        ...

    def list(
        self, user_id: str, query: TodoQuery, *, limit: int, position: Position | None = None
    ) -> Page[Todo]:
        """At most `limit` live to-dos after `position`, in the query's order. A page may hold fewer, even none,
        while more follow: only `position is None` is the end.

        Raises:
            app.errors.InvalidCursor: `position` is not one of this order.
        """
        ...

    def change(
        self, user_id: str, todo_id: str, decide: Decision, *, seen: Seen | None = None
    ) -> Todo | None:
        """Apply `decide` atomically and raise the user's revision by one. Returns the live to-do stored now.

        The engine sets `version` (one more than before, tombstones counted) and `revision` on what `decide`
        returns, and keeps the user's `todo_count`. Deleting leaves a tombstone.

        Raises:
            TodoQuotaExceeded: it would be one live to-do too many.
            app.errors.Contention: others kept changing the same data for too long.
            UserRecordMissing: there is no such user.
        """
        ...

    def recent(self, user_id: str) -> RecentAccount | None:
        """For `create_presuming`, and no ground for an answer. `None`: this process knows nothing. It is no call."""
        return None

    def create_presuming(self, account: RecentAccount, todo_id: str, decide: Decision) -> Todo | None:
        """Apply `decide` to an id that never existed, if `account`, which `recent` has returned, is still so: its
        status, revision and `tokens_valid_after`. It takes no read.

        `None`: nothing was stored, for whichever reason. Raises what a `change` raises that may have been stored.
        """
        return None

    def change_many(
        self, user_id: str, decisions: Sequence[tuple[str, Decision]], *, atomic: bool = False
    ) -> Iterator[Outcome]:
        """Apply decisions about to-dos, each id once; what became of each, in the order given.

        Up to `MAX_TOGETHER` are read and stored together, and their outcomes come when they are stored. Nothing
        happens unless the outcomes are iterated, and a failure while iterating leaves stored what has come before.
        Each change has a revision of its own, in the order given. A decision that raises an `AppError`, or creates
        one to-do too many, leaves out only itself. Where others change the user's data meanwhile, all that would have
        been stored together is read and decided again.

        With `atomic`, at most `MAX_TOGETHER` decisions are stored all or not at all: if one has an error, none is
        changed.

        Raises (while iterating):
            app.errors.Contention: others kept changing the same data for too long.
            UserRecordMissing: there is no such user.
        """
        ...

    def add(self, user_id: str, todos: Sequence[Todo]) -> Iterator[Added]:
        """Store those to-dos whose ids never existed, each with a revision of its own; what became of them, step by
        step.

        Takes any number, each id once, in as many steps as the engine needs: a failure leaves the first steps
        stored, and repeating it stores the rest. Where the quota is used up it stops, and leaves out all that
        follows. The engine sets `version` and `revision`. Raises (while iterating) what `change` raises but for
        the quota.
        """
        ...

    def erase(self, user_id: str) -> Iterator[int]:
        """Delete every to-do and tombstone of a user for good, a part at each step; how many to-dos there were in it.
        Safe to repeat."""
        ...
