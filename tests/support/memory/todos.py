from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace

from app.errors import Contention
from app.models import Page, Position, Todo, TodoQuery, Tombstone, live, now
from app.ports import Added, Decision, Seen, TodoQuotaExceeded
from support.memory.paging import page
from support.memory.todo_lists import matches, sort_key
from support.memory.users import MemoryUsers
from support.memory.values import as_stored

_ATTEMPTS = 100


class MemoryTodos:
    """The `TodoRepository` in memory. A change holds on the condition that nothing of the user changed meanwhile."""

    def __init__(self, users: MemoryUsers, quota: int | None = None) -> None:
        self.users = users
        self.quota = quota
        self.rows: dict[tuple[str, str], Todo] = {}
        self.tombstones: dict[tuple[str, str], Tombstone] = {}
        self.deletions: dict[tuple[str, str], int] = {}
        """The revisions of the tombstones."""

    def with_quota(self, quota: int) -> "MemoryTodos":
        """The same to-dos under another quota."""
        other = copy(self)
        other.quota = quota
        return other

    def get(self, user_id: str, todo_id: str) -> Todo | Tombstone | None:
        key = (user_id, todo_id)
        with self.users.lock:
            return self.rows.get(key) or self.tombstones.get(key)

    def see(self, user_id: str, todo_id: str) -> Seen | None:
        with self.users.lock:
            account = self.users.get(user_id)
            return None if account is None else Seen(account, self.get(user_id, todo_id), is_read=True)

    def list(
        self,
        user_id: str,
        query: TodoQuery,
        *,
        limit: int,
        position: Position | None = None,
    ) -> Page[Todo]:
        with self.users.lock:
            wanted = [todo for todo in self._of(user_id) if matches(todo, query)]
        parts = 2 if query.sort == "created" else 3
        return page(wanted, lambda todo: sort_key(todo, query), parts=parts, limit=limit, position=position)

    def change(
        self, user_id: str, todo_id: str, decide: Decision, *, seen: Seen | None = None
    ) -> Todo | None:
        for _ in range(_ATTEMPTS):
            revision = self.users.open(user_id).revision
            current = self.get(user_id, todo_id)
            before, wanted = live(current), live(decide(current))
            if wanted is before:
                return before
            with self.users.lock:
                if self.users.open(user_id).revision == revision:
                    return self._store(user_id, todo_id, current, wanted)
        raise Contention

    def _store(
        self, user_id: str, todo_id: str, current: Todo | Tombstone | None, wanted: Todo | None
    ) -> Todo | None:
        count = len(self._of(user_id))
        growth = (wanted is not None) - (live(current) is not None)
        if self.quota is not None and growth > 0 and count >= self.quota:
            raise TodoQuotaExceeded(count=count, quota=self.quota)
        self.users.raise_revision(user_id, by=1, todo_count=count + growth)
        version = 1 if current is None else current.version + 1
        self._put(user_id, todo_id, wanted, version, self.users.rows[user_id].revision)
        return live(self.get(user_id, todo_id))

    def _put(self, user_id: str, todo_id: str, wanted: Todo | None, version: int, revision: int) -> None:
        key = (user_id, todo_id)
        if wanted is None:
            del self.rows[key]
            self.tombstones[key] = Tombstone(id=todo_id, version=version, deleted_at=now())
            self.deletions[key] = revision
        else:
            self.tombstones.pop(key, None)
            self.rows[key] = as_stored(replace(wanted, id=todo_id, version=version, revision=revision))

    def add(self, user_id: str, todos: Sequence[Todo]) -> Iterator[Added]:
        if todos:
            yield self._add(user_id, todos)

    def _add(self, user_id: str, todos: Sequence[Todo]) -> Added:
        with self.users.lock:
            revision, count = self.users.open(user_id).revision, len(self._of(user_id))
            states = {todo.id: self.get(user_id, todo.id) for todo in todos}
            new = [todo for todo in todos if states[todo.id] is None]
            fitting = new if self.quota is None else new[: max(0, self.quota - count)]
            if fitting:
                self.users.raise_revision(user_id, by=len(fitting), todo_count=count + len(fitting))
            for next_revision, todo in enumerate(fitting, revision + 1):
                self._put(user_id, todo.id, todo, 1, next_revision)
        deleted = sum(isinstance(state, Tombstone) for state in states.values())
        return Added(stored=len(fitting), deleted=deleted, over_quota=len(new) - len(fitting))

    def erase(self, user_id: str) -> Iterator[int]:
        with self.users.lock:
            erased = len(self._of(user_id))
            for rows in (self.rows, self.tombstones):
                for key in [key for key in rows if key[0] == user_id]:
                    del rows[key]
            for pointer in [pointer for pointer in self.users.pointers if pointer[0] == user_id]:
                del self.users.pointers[pointer]
        yield erased

    def _of(self, user_id: str) -> Sequence[Todo]:
        return [todo for (owner, _), todo in self.rows.items() if owner == user_id]
