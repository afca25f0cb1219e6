"""Statistics."""

from typing import Protocol, TypedDict, Unpack


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
