"""Repositories that keep the statistics: they count what is created and deleted, after it is.

Services and workers need not think of it. Each works on a Protocol, so it counts for every storage engine.
"""

from collections.abc import Iterator, Mapping, Sequence

from app.models import Page, Position, Todo, TodoQuery, Tombstone, User, UserQuery, UserStatus, live
from app.ports import Added, Decision, Seen, StatsRepository, TodoRepository, UserRepository


class CountedTodos(TodoRepository):
    def __init__(self, todos: TodoRepository, stats: StatsRepository) -> None:
        self._todos = todos
        self._stats = stats

    def get(self, user_id: str, todo_id: str) -> Todo | Tombstone | None:
        return self._todos.get(user_id, todo_id)

    def list(
        self, user_id: str, query: TodoQuery, *, limit: int, position: Position | None = None
    ) -> Page[Todo]:
        return self._todos.list(user_id, query, limit=limit, position=position)

    def change(
        self, user_id: str, todo_id: str, decide: Decision, *, seen: Seen | None = None
    ) -> Todo | None:
        before: Todo | None = None

        def watched(current: Todo | Tombstone | None) -> Todo | Tombstone | None:
            nonlocal before
            before = live(current)
            return decide(current)

        stored = self._todos.change(user_id, todo_id, watched, seen=seen)
        self._stats.add(todos=(stored is not None) - (before is not None))
        return stored

    def add(self, user_id: str, todos: Sequence[Todo]) -> Iterator[Added]:
        for added in self._todos.add(user_id, todos):
            self._stats.add(todos=added.stored)
            yield added

    def erase(self, user_id: str) -> Iterator[int]:
        for erased in self._todos.erase(user_id):
            self._stats.add(todos=-erased)
            yield erased


class CountedUsers(UserRepository):
    def __init__(self, users: UserRepository, stats: StatsRepository) -> None:
        self._users = users
        self._stats = stats

    def get(self, user_id: str) -> User | None:
        return self._users.get(user_id)

    def get_many(self, user_ids: Sequence[str]) -> Sequence[User]:
        return self._users.get_many(user_ids)

    def create(self, user: User) -> bool:
        created = self._users.create(user)
        self._stats.add(users=int(created))
        return created

    def update_profile(self, user_id: str, changes: dict[str, str | None]) -> User | None:
        return self._users.update_profile(user_id, changes)

    def fill_profile(self, user_id: str, values: Mapping[str, str]) -> None:
        self._users.fill_profile(user_id, values)

    def change_email(self, user_id: str, email: str, *, was: str) -> bool:
        return self._users.change_email(user_id, email, was=was)

    def set_status(self, user_id: str, status: UserStatus) -> User | None:
        return self._users.set_status(user_id, status)

    def close(self, user_id: str) -> User | None:
        return self._users.close(user_id)

    def delete(self, user_id: str) -> bool:
        deleted = self._users.delete(user_id)
        self._stats.add(users=-int(deleted))
        return deleted

    def search(self, query: UserQuery, *, limit: int, position: Position | None = None) -> Page[User]:
        return self._users.search(query, limit=limit, position=position)

    def revoke_tokens(self, user_id: str, valid_after: int) -> None:
        self._users.revoke_tokens(user_id, valid_after)

    def wait_until_visible(self, user_id: str) -> None:
        self._users.wait_until_visible(user_id)
