"""Repositories whose reads go through the cache and whose writes invalidate it.

All that belongs to a user is one unit: a change of a to-do raises the user's revision, so it outdates the user's
record and every list as well.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from functools import cache
from zlib import crc32

from pydantic import TypeAdapter

from app.cache import Cache
from app.cache.protocol import ACCOUNT_TTL_S
from app.models.pages import Page, Position
from app.models.todos import Todo, TodoQuery, Tombstone
from app.models.users import RecentAccount, User, UserQuery, UserStatus
from app.ports.todos import Added, Decision, Outcome, Seen, TodoRepository
from app.ports.users import UserRepository


@dataclass(slots=True)
class _Change:
    """A change of a to-do that a request will make, and what it has read for it together with the account."""

    user_id: str
    todo_id: str
    seen: Seen | None = None


_change: ContextVar[_Change | None] = ContextVar("change", default=None)


class CachedTodos(TodoRepository):
    """`presumes`: whether a creation may go without the look for its account, in which requests are counted."""

    def __init__(self, todos: TodoRepository, cache: Cache, *, presumes: bool = True) -> None:
        self._todos = todos
        self._cache = cache
        self._presumes = presumes

    def get(self, user_id: str, todo_id: str) -> Todo | Tombstone | None:
        return self._cache.read(user_id, _name(todo_id), _todo, lambda: self._todos.get(user_id, todo_id))

    def see(self, user_id: str, todo_id: str) -> Seen | None:
        """Not kept."""
        return self._todos.see(user_id, todo_id)

    def list(
        self, user_id: str, query: TodoQuery, *, limit: int, position: Position | None = None
    ) -> Page[Todo]:
        """Not kept: `app.cache.answers` keeps lists as they are sent."""
        return self._todos.list(user_id, query, limit=limit, position=position)

    def change(
        self, user_id: str, todo_id: str, decide: Decision, *, seen: Seen | None = None
    ) -> Todo | None:
        """A to-do that was read or fetched with the account is `seen`, too."""
        if seen is not None and seen.todo == "unread":
            seen = _read_for(user_id, todo_id) or self._with_fetched(user_id, todo_id, seen)
        with self._cache.write(user_id):
            return self._todos.change(user_id, todo_id, decide, seen=seen)

    def _with_fetched(self, user_id: str, todo_id: str, seen: Seen) -> Seen:
        kept = self._cache.fetched(user_id, _name(todo_id), _todo)
        return seen if kept is None else replace(seen, todo=kept)

    def recent(self, user_id: str) -> RecentAccount | None:
        return self._todos.recent(user_id) if self._presumes else None

    def create_presuming(self, account: RecentAccount, todo_id: str, decide: Decision) -> Todo | None:
        with self._cache.write(account.user_id):
            return self._todos.create_presuming(account, todo_id, decide)

    def change_many(
        self, user_id: str, decisions: Sequence[tuple[str, Decision]], *, atomic: bool = False
    ) -> Iterator[Outcome]:
        with self._cache.write(user_id):
            yield from self._todos.change_many(user_id, decisions, atomic=atomic)

    def add(self, user_id: str, todos: Sequence[Todo]) -> Iterator[Added]:
        with self._cache.write(user_id):
            yield from self._todos.add(user_id, todos)

    def erase(self, user_id: str) -> Iterator[int]:
        with self._cache.write(user_id):
            yield from self._todos.erase(user_id)


class CachedUsers(UserRepository):
    """`see` reads an account that is not kept together with the to-do that the request will change; else it is read
    alone."""

    def __init__(
        self, users: UserRepository, cache: Cache, *, see: Callable[[str, str], Seen | None] | None = None
    ) -> None:
        self._users = users
        self._cache = cache
        self._see = see

    def get(self, user_id: str) -> User | None:
        return self._cache.read(
            user_id, _account_name(), _user, lambda: self._load(user_id), ttl_s=ACCOUNT_TTL_S
        )

    def _load(self, user_id: str) -> User | None:
        change = _change.get()
        if self._see is None or change is None or change.user_id != user_id:
            return self._users.get(user_id)
        change.seen = self._see(user_id, change.todo_id)
        return None if change.seen is None else change.seen.account

    def get_many(self, user_ids: Sequence[str]) -> Sequence[User]:
        return self._users.get_many(user_ids)

    def create(self, user: User) -> bool:
        with self._cache.write(user.id):
            return self._users.create(user)

    def update_profile(self, user_id: str, changes: dict[str, str | None]) -> User | None:
        with self._cache.write(user_id):
            return self._users.update_profile(user_id, changes)

    def fill_profile(self, user_id: str, values: Mapping[str, str]) -> None:
        with self._cache.write(user_id):
            self._users.fill_profile(user_id, values)

    def change_email(self, user_id: str, email: str, *, was: str) -> bool:
        with self._cache.write(user_id):
            return self._users.change_email(user_id, email, was=was)

    def set_status(self, user_id: str, status: UserStatus) -> User | None:
        with self._cache.write(user_id):
            return self._users.set_status(user_id, status)

    def close(self, user_id: str) -> User | None:
        with self._cache.write(user_id):
            return self._users.close(user_id)

    def delete(self, user_id: str) -> bool:
        with self._cache.write(user_id):
            deleted = self._users.delete(user_id)
        self._cache.sweep(user_id)
        return deleted

    def search(self, query: UserQuery, *, limit: int, position: Position | None = None) -> Page[User]:
        return self._users.search(query, limit=limit, position=position)

    def revoke_tokens(self, user_id: str, valid_after: int) -> None:
        with self._cache.write(user_id):
            self._users.revoke_tokens(user_id, valid_after)

    def wait_until_visible(self, user_id: str) -> None:
        self._users.wait_until_visible(user_id)
        self._cache.wait_until_visible(user_id)


def _shape(*models: type) -> str:
    """Differs between releases whose models differ, so that none reads what another has stored."""
    text = repr([(field.name, str(field.type)) for model in models for field in fields(model)])
    return f"{crc32(text.encode()):08x}"


_SHAPE = _shape(Todo, Tombstone, User)


def fetch_account(cache: Cache, user_id: str) -> Awaitable[bool]:
    """Fetch what `CachedUsers.get` reads, and what this request expects besides, without blocking the event loop.
    Returns whether all of it is kept."""
    return cache.fetch(user_id, _account_name())


def expect_todo(cache: Cache, user_id: str, todo_id: str) -> None:
    """Say that `CachedTodos.get` follows in this request: the read of the account fetches this to-do, too."""
    cache.expect(user_id, _name(todo_id))


def expect_change(cache: Cache, user_id: str, todo_id: str) -> None:
    """Say that `CachedTodos.change` follows in this request: the to-do is fetched or read with the account."""
    cache.expect_write(user_id)
    expect_todo(cache, user_id, todo_id)
    _change.set(_Change(user_id, todo_id))


def _read_for(user_id: str, todo_id: str) -> Seen | None:
    """What this request has read for its change. It serves once: the change outdates it."""
    change = _change.get()
    if change is None or (change.user_id, change.todo_id) != (user_id, todo_id):
        return None
    _change.set(None)
    return change.seen


def _name(todo_id: str) -> str:
    return f"todo:{_SHAPE}:{todo_id}"


def _account_name() -> str:
    return f"user:{_SHAPE}"


def build_adapters() -> None:
    """Build what reads and writes entries now, and not in the first request."""
    _todo()
    _user()


@cache
def _todo() -> TypeAdapter[Todo | Tombstone | None]:
    return TypeAdapter(Todo | Tombstone | None)


@cache
def _user() -> TypeAdapter[User | None]:
    return TypeAdapter(User | None)
