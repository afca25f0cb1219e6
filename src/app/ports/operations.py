"""Operational records: idempotency keys, audit, statistics, costs."""

from dataclasses import dataclass
from typing import NewType, Protocol, TypedDict, Unpack

from app.limit_settings import Limit
from app.models.audit import AuditEntry
from app.models.pages import Page, Position

StoredAnswer = NewType("StoredAnswer", str)
"""What the first request with a key was answered, as text. Storage returns it as it got it."""


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """A key that is ours. `resource_id` is the id of what the request makes, the same for each of its repetitions.
    `resumed`: an earlier run may have made it already, in whole or in part."""

    resource_id: str
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class OperationRecord:
    """An idempotency key that another request holds. `answer` is `None` while that one still runs."""

    fingerprint: str
    answer: StoredAnswer | None


class OperationRepository(Protocol):
    """`owner` names one run of a request (a fresh UUID), by which that run knows its own claim: a run that
    was overtaken after 60 seconds may still wake up, and must not touch the claim of its successor."""

    def claim(
        self, user_id: str, key: str, fingerprint: str, *, owner: str, resource_id: str
    ) -> KeyClaim | OperationRecord:
        """Take the key for a request that would make `resource_id`; or what holds it.

        A claim that was released, or whose request died 60 seconds ago, is free again. The same request, by its
        fingerprint, then goes on with the id of the first one. An answered key is free after 24 hours.
        """
        ...

    def complete(self, user_id: str, key: str, answer: StoredAnswer, *, owner: str) -> None:
        """Keep the answer of `owner`'s run. Nothing happens when the claim is no longer its own."""
        ...

    def release(self, user_id: str, key: str, *, owner: str) -> None:
        """Free the key of a request that failed. Its id is kept, because a failure may leave something behind. Only
        `owner`'s own running claim."""
        ...


class AuditRepository(Protocol):
    def append(self, entry: AuditEntry) -> None: ...

    def settle(self, entry: AuditEntry) -> None:
        """Keep the `outcome` and the `details` of an entry that was appended."""
        ...

    def list(self, *, limit: int, position: Position | None = None) -> Page[AuditEntry]:
        """The newest first, over the time for which entries are kept.

        Raises:
            app.errors.InvalidCursor: `position` is not one of this list.
        """
        ...


class Deltas(TypedDict, total=False):
    """Changes of the counters, named as on the wire. `bytes` are those of files, rows those of imports.

    The engine keeps `users`, `todos`, `files` and `bytes` from its user records: no request counts them.
    """

    users: int
    todos: int
    files: int
    bytes: int
    imports: int
    rowsAccepted: int
    rowsRejected: int
    mailSent: int
    mailResent: int
    mailRefused: int
    mailSuppressed: int


class StatsRepository(Protocol):
    def add(self, **deltas: Unpack[Deltas]) -> None:
        """Count, after the act that is counted. Raises nothing when the engine fails: the act is done."""
        ...

    def read(self) -> Deltas: ...


class CostRepository(Protocol):
    """Times are seconds since the epoch."""

    def read(self) -> str | None:
        """The last report that was kept."""
        ...

    def claim(self, *, now: int, until: int) -> bool:
        """Return whether the caller may ask for a new report: one may, and no other before `until`."""
        ...

    def keep(self, report: str, *, until: int) -> None:
        """Replace the report; it need not be fetched again before `until`."""
        ...


class LimitRepository(Protocol):
    """Counters of what may be tried only so often. A `key` says nothing of what it stands for. Each counter has a
    window of its own, which begins with the first use and is forgotten when it is over."""

    def take(self, key: str, limit: Limit) -> float:
        """Count one more, unless it is one too many. Concurrent uses are counted one after the other.

        Returns the seconds to wait before the next try: zero when it was counted, else nothing has changed.
        """
        ...

    def give_back(self, key: str) -> None:
        """Count one less: it turned out not to be what the limit is for."""
        ...

    def clear(self, key: str) -> None:
        """Begin again."""
        ...
