"""Accounts, and which of them have left."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, Protocol

from app.errors import Unauthenticated
from app.models.pages import Page, Position
from app.models.users import User, UserQuery, UserStatus


class UserRecordMissing(Unauthenticated):
    """A write for an account that has no user record, or one that is being erased. The service behind an account
    makes sure of its record first, so the account has been erased while the request ran."""


class UserRepository(Protocol):
    def get(self, user_id: str) -> User | None: ...

    def get_many(self, user_ids: Sequence[str]) -> Sequence[User]:
        """In this order, without those that are gone."""
        ...

    def create(self, user: User) -> bool:
        """Store a new user; `False`, and nothing is changed, when there is one already."""
        ...

    def update_profile(self, user_id: str, changes: dict[str, str | None]) -> User | None:
        """Set (or with `None` clear) `name`, `phone`, `locale`, `time_zone`. `None` when there is no such user."""
        ...

    def fill_profile(self, user_id: str, values: Mapping[str, str]) -> None:
        """Set those of `name`, `phone`, `locale`, `time_zone` that are empty. Nothing happens when none is, or when
        there is no such user, or one who is being erased."""
        ...

    def change_email(self, user_id: str, email: str, *, was: str) -> bool:
        """Change the address from `was` to `email`; return whether it is so. Not for a user who is being erased."""
        ...

    def set_status(self, user_id: str, status: UserStatus) -> User | None:
        """`None` when there is no such user, or one who is being erased."""
        ...

    def close(self, user_id: str) -> User | None:
        """Begin an erasure: the status is `deleting`, for good, and every change of a to-do that is under way fails.
        `None` when there is no such user."""
        ...

    def delete(self, user_id: str) -> bool:
        """Return whether there was such a user."""
        ...

    def search(self, query: UserQuery, *, limit: int, position: Position | None = None) -> Page[User]:
        """At most `limit` users after `position`, by e-mail address. Unlike other reads it may miss the changes
        of the last moments. A page may hold fewer while more follow: only `position is None` is the end.

        Raises:
            app.errors.InvalidCursor: `position` is not one of such a list.
        """
        ...

    def revoke_tokens(self, user_id: str, valid_after: int) -> None:
        """Refuse tokens issued before `valid_after` (seconds since the epoch); never moves backwards.

        Raises:
            UserRecordMissing: there is no such user, so nothing would be refused.
        """
        ...

    def wait_until_visible(self, user_id: str) -> None:
        """Return when `get` in any process shows what was written here before: at once, but for a cache that could
        not be reached. Call it before success is reported of an act that must take effect everywhere.

        Raises:
            app.errors.DeadlineExceeded: that takes longer than the request may.
        """
        ...


ErasureState = Literal["begun", "finished"]


class ErasureRepository(Protocol):
    """The users whose accounts were deleted. Only their id is kept, for as long as something of theirs may be on the
    way somewhere."""

    def state(self, user_id: str) -> ErasureState | None:
        """`None`: the user has not left, or long ago."""
        ...

    def begin(self, user_id: str) -> None:
        """From here on nothing is made or sent for the user. Safe to repeat."""
        ...

    def finish(self, user_id: str) -> None: ...

    def erase_operations(self, user_id: str) -> Iterator[int]:
        """Delete what is kept of the user's requests, a part at each step; how many there were in it."""
        ...
