from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any

from app.errors import Contention
from app.models.pages import Page, Position
from app.models.todos import Todo, TodoQuery, Tombstone, live
from app.ports.todos import Added, Decision, Outcome, Seen, TodoRepository
from app.repositories import plans
from support.memory.paging import page
from support.memory.todo_lists import matches, sort_key
from support.memory.users import MemoryUsers

_ATTEMPTS = 100


class MemoryTodos(TodoRepository):
    """In memory. A change holds on the condition that nothing of the user changed meanwhile."""

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
            plan, found = self._read(user_id, [todo_id])
            after = plan.decide(todo_id, found[todo_id].state, decide)
            if self._store(user_id, plan):
                return live(after)
        raise Contention

    def change_many(
        self, user_id: str, decisions: Sequence[tuple[str, Decision]], *, atomic: bool = False
    ) -> Iterator[Outcome]:
        return plans.change_many(self._change_together, user_id, decisions, atomic=atomic)

    def add(self, user_id: str, todos: Sequence[Todo]) -> Iterator[Added]:
        return plans.add(self._change_together, user_id, todos)

    def _change_together(
        self, user_id: str, decisions: Sequence[tuple[str, Decision]], *, atomic: bool
    ) -> Sequence[Outcome]:
        for _ in range(_ATTEMPTS):
            plan, found = self._read(user_id, [todo_id for todo_id, _ in decisions])
            outcomes = plan.decide_each(decisions, found, atomic=atomic)
            if self._store(user_id, plan):
                return outcomes
        raise Contention

    def _read(self, user_id: str, todo_ids: Sequence[str]) -> tuple[plans.Plan, dict[str, Outcome]]:
        with self.users.lock:
            revision, count = self.users.open(user_id).revision, len(self._of(user_id))
            found = {todo_id: self._found(user_id, todo_id) for todo_id in todo_ids}
        return plans.Plan(revision, lambda: count, self.quota), found

    def _found(self, user_id: str, todo_id: str) -> Outcome:
        state = self.get(user_id, todo_id)
        return Outcome(
            state, state.revision if isinstance(state, Todo) else self.deletions.get((user_id, todo_id))
        )

    def _store(self, user_id: str, plan: plans.Plan) -> bool:
        """Return whether nothing of the user has changed since the plan was made."""
        if not plan.changes:
            return True
        with self.users.lock:
            if self.users.open(user_id).revision != plan.revision:
                return False
            self.users.raise_revision(user_id, by=len(plan.changes), todo_count=plan.todo_count)
            for revision, state in plan.changes.items():
                self._put((user_id, state.id), state, revision)
        return True

    def _put(self, key: tuple[str, str], state: Todo | Tombstone, revision: int) -> None:
        for table in self._tables:
            table.pop(key, None)
        if isinstance(state, Todo):
            self.rows[key] = state
        else:
            self.tombstones[key], self.deletions[key] = state, revision

    def erase(self, user_id: str) -> Iterator[int]:
        with self.users.lock:
            erased = len(self._of(user_id))
            for table in self._tables:
                for key in [key for key in table if key[0] == user_id]:
                    del table[key]
            for pointer in [pointer for pointer in self.users.pointers if pointer[0] == user_id]:
                del self.users.pointers[pointer]
        yield erased

    @property
    def _tables(self) -> tuple[dict[tuple[str, str], Any], ...]:
        return self.rows, self.tombstones, self.deletions

    def _of(self, user_id: str) -> Sequence[Todo]:
        return [todo for (owner, _), todo in self.rows.items() if owner == user_id]
