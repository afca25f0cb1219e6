"""Raw user data, and the imports that bring it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from app.models.imports import Import, ImportProgress, ImportStatus, Reject, RowWarning
from app.models.pages import Page, Position
from app.models.user_data import EventOrder, UserData

Observation = tuple[UserData, EventOrder]
"""What was said about a person, and when."""


class RowStore(Protocol):
    def upsert(self, rows: Sequence[Observation]) -> int:
        """Store each row unless what is stored was said later, or is the same. Returns how many were written. A
        row replaces all of an earlier one, but keeps its link to an account.

        Raises:
            app.errors.Unavailable: some are written; all of it is safe to repeat.
            app.errors.Unprocessable: one of them can never be stored, or all are too much at once. Some may be
                written.
        """
        ...


class UserDataRepository(RowStore, Protocol):
    """Raw user data by normalised e-mail address."""

    def get(self, email: str) -> UserData | None: ...

    def get_many(self, emails: Sequence[str]) -> Sequence[UserData]:
        """In any order, without those on which nothing is held."""
        ...

    def owners(self, emails: Sequence[str]) -> Mapping[str, str]:
        """The ids of the accounts that the addresses are linked to, by address, without those that are not."""
        ...

    def link(self, email: str, user_id: str) -> UserData | None:
        """Link the address to the account that has proved it, even while nothing is held about it yet. Return the
        data held about it, `None` for nothing."""
        ...

    def unlink(self, email: str, user_id: str) -> None:
        """Let go of the account that the address belonged to, unless it is linked to another."""
        ...

    def erase(self, email: str, user_id: str) -> None:
        """Delete what was said about the address, unless it is linked to another account."""
        ...


class ImportRepository(Protocol):
    def create(self, record: Import) -> bool:
        """Store a new import; `False`, and nothing is changed, when there is one with this id."""
        ...

    def announce(self, record: Import) -> bool:
        """Store a waiting import, also in place of one with this id and mapping that has not begun; `False`, and
        nothing is changed, when it has begun or has another mapping."""
        ...

    def get(self, import_id: str) -> Import | None: ...

    def begin(self, import_id: str, event: str) -> Import | None:
        """A waiting import, running from now on; `None` when it does already, or there is none."""
        ...

    def advance(self, import_id: str, progress: ImportProgress) -> None:
        """Keep the progress, unless another worker has come further or the import has ended."""
        ...

    def finish(
        self,
        import_id: str,
        status: ImportStatus,
        *,
        reason: str | None = None,
        line: int | None = None,
        detail: str | None = None,
    ) -> Import | None:
        """End a running import; `None` when it has ended already."""
        ...

    def link(self, import_id: str, run_id: str) -> None:
        """Note the import that was made of a dry run."""
        ...

    def add_rejects(self, import_id: str, rejects: Sequence[Reject]) -> None:
        """Safe to repeat: there is one reject a line."""
        ...

    def add_warnings(self, import_id: str, warnings: Sequence[RowWarning]) -> None:
        """Safe to repeat with the same warnings of a line in the same order."""
        ...

    def warnings(self, import_id: str, *, limit: int, position: Position | None = None) -> Page[RowWarning]:
        """By line."""
        ...

    def rejects(self, import_id: str, *, limit: int, position: Position | None = None) -> Page[Reject]:
        """By line."""
        ...

    def list(self, *, limit: int, position: Position | None = None) -> Page[Import]:
        """The newest first."""
        ...
