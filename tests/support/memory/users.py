from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from threading import RLock
from typing import Any

from app.models.moments import now
from app.models.pages import Page, Position
from app.models.users import User, UserQuery, UserStatus
from app.ports.feed import EntryType, FeedEntry
from app.ports.users import UserRecordMissing
from support.memory.paging import page
from support.memory.values import as_stored

_PROFILE = {"name", "phone", "locale", "time_zone"}


class MemoryUsers:
    """The `UserRepository` in memory. `lock` is that of all repositories which change a user's record."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.rows: dict[str, User] = {}
        self.pointers: dict[tuple[str, EntryType, str], FeedEntry] = {}

    def get(self, user_id: str) -> User | None:
        with self.lock:
            return self.rows.get(user_id)

    def get_many(self, user_ids: Sequence[str]) -> list[User]:
        with self.lock:
            return [self.rows[user_id] for user_id in user_ids if user_id in self.rows]

    def create(self, user: User) -> bool:
        with self.lock:
            if user.id in self.rows:
                return False
            self.rows[user.id] = as_stored(user)
            self._point(user.id, "profile", user.id)
            return True

    def update_profile(self, user_id: str, changes: dict[str, str | None]) -> User | None:
        _refuse_others(changes)
        return self._touch(user_id, **changes) if changes else self.get(user_id)

    def fill_profile(self, user_id: str, values: Mapping[str, str]) -> None:
        with self.lock:
            user = self.rows.get(user_id)
            if user is None or user.status == "deleting":
                return
            empty = {field: value for field, value in values.items() if getattr(user, field) is None}
            if empty:
                self._touch(user_id, **empty)

    def change_email(self, user_id: str, email: str, *, was: str) -> bool:
        with self.lock:
            user = self.rows.get(user_id)
            if user is None or user.status == "deleting":
                return False
            if user.email != was:
                return user.email == email
            return self._touch(user_id, email=email) is not None

    def set_status(self, user_id: str, status: UserStatus) -> User | None:
        with self.lock:
            user = self.rows.get(user_id)
            return None if user is None or user.status == "deleting" else self._touch(user_id, status=status)

    def close(self, user_id: str) -> User | None:
        with self.lock:
            user = self.rows.get(user_id)
            if user is None:
                return None
            return self._change(user_id, status="deleting", revision=user.revision + 1)

    def delete(self, user_id: str) -> bool:
        with self.lock:
            return self.rows.pop(user_id, None) is not None

    def search(self, query: UserQuery, *, limit: int, position: Position | None = None) -> Page[User]:
        with self.lock:
            wanted = [
                user
                for user in self.rows.values()
                if user.email.startswith(query.email) and query.status in (None, user.status)
            ]
        return page(wanted, lambda user: (user.email, user.id), parts=2, limit=limit, position=position)

    def revoke_tokens(self, user_id: str, valid_after: int) -> None:
        with self.lock:
            user = self.rows.get(user_id)
            if user is None:
                raise UserRecordMissing
            self._change(user_id, tokens_valid_after=max(user.tokens_valid_after, valid_after))

    def wait_until_visible(self, user_id: str) -> None:
        """There is one copy of everything."""

    def open(self, user_id: str) -> User:
        """The record of a user whose to-dos may change.

        Raises:
            UserRecordMissing: there is none, or it is being erased.
        """
        user = self.get(user_id)
        if user is None or user.status == "deleting":
            raise UserRecordMissing
        return user

    def raise_revision(self, user_id: str, *, by: int, todo_count: int) -> None:
        with self.lock:
            self._change(user_id, revision=self.rows[user_id].revision + by, todo_count=todo_count)

    def _touch(self, user_id: str, **changes: Any) -> User | None:
        """`None` of who is being erased, too."""
        with self.lock:
            user = self.rows.get(user_id)
            if user is None or user.status == "deleting":
                return None
            changed = self._change(user_id, updated_at=now(), revision=user.revision + 1, **changes)
            self._point(user_id, "profile", user_id)
            return changed

    def point(self, user_id: str, kind: EntryType, target: str, *, is_deleted: bool = False) -> None:
        """Raise the revision for a change of what is pointed to."""
        with self.lock:
            self._change(user_id, revision=self.rows[user_id].revision + 1)
            self._point(user_id, kind, target, is_deleted=is_deleted)

    def _point(self, user_id: str, kind: EntryType, target: str, *, is_deleted: bool = False) -> None:
        before = self.pointers.get((user_id, kind, target))
        self.pointers[user_id, kind, target] = FeedEntry(
            type=kind,
            id=target,
            version=1 if before is None else before.version + 1,
            revision=self.rows[user_id].revision,
            is_deleted=is_deleted,
        )

    def _change(self, user_id: str, **changes: Any) -> User | None:
        with self.lock:
            if user_id not in self.rows:
                return None
            self.rows[user_id] = replace(self.rows[user_id], **changes)
            return self.rows[user_id]


def _refuse_others(names: Iterable[str]) -> None:
    for name in names:
        if name not in _PROFILE:
            raise KeyError(name)
