"""Raw user data."""

from collections.abc import Mapping, Sequence
from typing import Protocol

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
