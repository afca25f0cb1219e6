"""The repositories in memory: a second engine behind the same Protocols, for tests of what stands above them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import RLock

from app.errors import BadRequest, Unavailable
from app.models import (
    AuditEntry,
    Page,
    Todo,
    TodoQuery,
    Tombstone,
    User,
    UserQuery,
    UserStatus,
    live,
    now,
    timestamp,
)
from app.ports import (
    Added,
    Decision,
    KeyClaim,
    OperationRecord,
    StoredAnswer,
    TodoQuotaExceeded,
    UserRecordMissing,
)
from app.text import fold


class MemoryUsers:
    def __init__(self) -> None:
        self.lock = RLock()
        self.rows: dict[str, User] = {}

    def get(self, user_id: str) -> User | None:
        return self.rows.get(user_id)

    def create(self, user: User) -> bool:
        with self.lock:
            if user.id in self.rows:
                return False
            self.rows[user.id] = user
            return True

    def update_profile(self, user_id: str, changes: dict[str, str | None]) -> User | None:
        return self._change(user_id, updated_at=now(), **changes)

    def change_email(self, user_id: str, email: str, *, was: str) -> bool:
        with self.lock:
            user = self.rows.get(user_id)
            if user is None or user.status == "deleting" or user.email != was:
                return False
            return self._change(user_id, email=email, updated_at=now()) is not None

    def set_status(self, user_id: str, status: UserStatus) -> User | None:
        leaving = user_id in self.rows and self.rows[user_id].status == "deleting"
        return None if leaving else self._change(user_id, status=status)

    def close(self, user_id: str) -> User | None:
        with self.lock:
            self._change(user_id, status="deleting")
            return (
                self._change(user_id, revision=self.rows[user_id].revision + 1)
                if user_id in self.rows
                else None
            )

    def delete(self, user_id: str) -> bool:
        return self.rows.pop(user_id, None) is not None

    def search(self, query: UserQuery, *, limit: int, position: str | None = None) -> Page[User]:
        wanted = (
            user
            for user in self.rows.values()
            if user.email.startswith(query.email) and query.status in (None, user.status)
        )
        found = sorted(((user.email, user) for user in wanted), key=lambda pair: pair[0])
        rest = [user for email, user in found if position is None or email > position]
        more = len(rest) > limit
        return Page(tuple(rest[:limit]), rest[limit - 1].email if more else None)

    def revoke_tokens(self, user_id: str, valid_after: int) -> None:
        with self.lock:
            if (user := self.rows.get(user_id)) is None:
                raise UserRecordMissing
            self._change(user_id, tokens_valid_after=max(user.tokens_valid_after, valid_after))

    def wait_until_visible(self, user_id: str) -> None:
        """There is one copy of everything."""

    def raise_revision(self, user_id: str, *, todo_count: int) -> int:
        with self.lock:
            if user_id not in self.rows or self.rows[user_id].status == "deleting":
                raise UserRecordMissing
            self._change(user_id, revision=self.rows[user_id].revision + 1, todo_count=todo_count)
            return self.rows[user_id].revision

    def _change(self, user_id: str, **changes) -> User | None:
        with self.lock:
            if user_id not in self.rows:
                return None
            self.rows[user_id] = replace(self.rows[user_id], **changes)
            return self.rows[user_id]


class MemoryTodos:
    def __init__(self, users: MemoryUsers, quota: int | None = None) -> None:
        self.users = users
        self.quota = quota
        self.rows: dict[tuple[str, str], Todo] = {}
        self.tombstones: dict[tuple[str, str], Tombstone] = {}

    def get(self, user_id: str, todo_id: str) -> Todo | Tombstone | None:
        key = (user_id, todo_id)
        return self.rows.get(key) or self.tombstones.get(key)

    def list(
        self,
        user_id: str,
        query: TodoQuery,
        *,
        limit: int,
        position: str | None = None,
        revision: int | None = None,
    ) -> Page[Todo]:
        if position is not None and "#" not in position:
            raise BadRequest(code="invalid_cursor")
        mine = (todo for (owner, _), todo in self.rows.items() if owner == user_id and matches(todo, query))
        found = sorted(((sort_key(todo, query.sort), todo) for todo in mine), key=lambda pair: pair[0])
        rest = [pair for pair in found if position is None or pair[0] > position]
        more = len(rest) > limit
        return Page(tuple(todo for _, todo in rest[:limit]), rest[limit - 1][0] if more else None)

    def change(self, user_id: str, todo_id: str, decide: Decision) -> Todo | None:
        with self.users.lock:
            key = (user_id, todo_id)
            current = self.get(user_id, todo_id)
            before, desired = live(current), live(decide(current))
            if desired is before:
                return before
            version = (current.version if current else 0) + 1
            count = sum(owner == user_id for owner, _ in self.rows)
            growth = (desired is not None) - (before is not None)
            if self.quota is not None and growth > 0 and count >= self.quota:
                raise TodoQuotaExceeded(count=count, quota=self.quota)
            revision = self.users.raise_revision(user_id, todo_count=count + growth)
            if desired is None:
                del self.rows[key]
                self.tombstones[key] = Tombstone(id=todo_id, version=version, deleted_at=now())
                return None
            self.tombstones.pop(key, None)
            self.rows[key] = replace(desired, id=todo_id, version=version, revision=revision)
            return self.rows[key]

    def add(self, user_id: str, todos: Sequence[Todo]) -> Iterator[Added]:
        yield self._add(user_id, todos)

    def _add(self, user_id: str, todos: Sequence[Todo]) -> Added:
        states = {todo.id: self.get(user_id, todo.id) for todo in todos}
        deleted = sum(isinstance(state, Tombstone) for state in states.values())
        new = [todo for todo in todos if states[todo.id] is None]
        for stored, todo in enumerate(new):
            try:
                self.change(user_id, todo.id, lambda _current, todo=todo: todo)
            except TodoQuotaExceeded:
                return Added(stored=stored, deleted=deleted, over_quota=len(new) - stored)
        return Added(stored=len(new), deleted=deleted)

    def erase(self, user_id: str) -> Iterator[int]:
        with self.users.lock:
            live = [key for key in self.rows if key[0] == user_id]
            for rows, keys in ((self.rows, live), (self.tombstones, [*self.tombstones])):
                for key in keys:
                    if key[0] == user_id:
                        del rows[key]
        yield len(live)


class MemoryOperations:
    """Claims never run out; those that are released keep their id."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], OperationRecord] = {}
        self.released: dict[tuple[str, str, str], str] = {}
        self.ids: dict[tuple[str, str], str] = {}

    def claim(
        self, user_id: str, key: str, fingerprint: str, *, owner: str, resource_id: str
    ) -> KeyClaim | OperationRecord:
        held = self.rows.get((user_id, key))
        if held is not None:
            return held
        self.rows[user_id, key] = OperationRecord(fingerprint, None)
        begun = self.released.pop((user_id, key, fingerprint), None)
        self.ids[user_id, key] = begun or resource_id
        return KeyClaim(begun or resource_id, resumed=begun is not None)

    def complete(self, user_id: str, key: str, answer: StoredAnswer, *, owner: str) -> None:
        self.rows[user_id, key] = replace(self.rows[user_id, key], answer=answer)

    def release(self, user_id: str, key: str, *, owner: str) -> None:
        held = self.rows.pop((user_id, key))
        self.released[user_id, key, held.fingerprint] = self.ids[user_id, key]


class MemoryAudit:
    def __init__(self) -> None:
        self.rows: dict[str, AuditEntry] = {}
        self.fails: set[str] = set()

    def append(self, entry: AuditEntry) -> None:
        self._store("append", entry)

    def settle(self, entry: AuditEntry) -> None:
        self._store("settle", entry)

    def _store(self, operation: str, entry: AuditEntry) -> None:
        if operation in self.fails:
            raise Unavailable
        self.rows[entry.id] = entry

    def list(self, *, limit: int, position: str | None = None) -> Page[AuditEntry]:
        return Page(tuple(self.rows.values())[:limit], "more")

    @property
    def only(self) -> AuditEntry:
        (entry,) = self.rows.values()
        return entry


def due_instant(todo: Todo) -> datetime | None:
    if todo.due_on is not None:
        return datetime(todo.due_on.year, todo.due_on.month, todo.due_on.day, tzinfo=UTC)
    return todo.due_at


def sort_key(todo: Todo, sort: str) -> str:
    created = f"{timestamp(todo.created_at)}#{todo.id}"
    if sort == "created":
        return created
    due = due_instant(todo)
    return f"~#{created}" if due is None else f"{timestamp(due)}#{todo.id}"


def matches(todo: Todo, query: TodoQuery) -> bool:
    due = due_instant(todo)
    text = fold("\n".join([todo.title, todo.notes, *todo.tags]))
    return all(
        (
            query.completed is None or todo.completed == query.completed,
            query.list is None or todo.list == query.list,
            query.tag is None or query.tag in todo.tags,
            query.priority is None or todo.priority == query.priority,
            query.due_before is None or (due is not None and due < query.due_before),
            query.due_after is None or (due is not None and due > query.due_after),
            query.q is None or fold(query.q) in text,
        )
    )
