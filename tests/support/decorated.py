"""Storage as the composition root builds it, over that in memory: read through the cache."""

import time
from collections.abc import Callable

from app.cache import Cache
from app.ports.todos import TodoRepository
from app.repositories.cached import CachedTodos, CachedUsers
from support.memory import MemoryStorage


class DecoratedStorage(MemoryStorage):
    def __init__(self, cache: Cache, clock: Callable[[], float] = time.time) -> None:
        super().__init__(clock)
        self.cache, self.plain = cache, self.todos
        self.todos = self._decorated(self.plain)
        self.users = CachedUsers(self.users, cache, see=self.plain.see)

    def todos_with_quota(self, quota: int) -> TodoRepository:
        return self._decorated(self.plain.with_quota(quota))

    def _decorated(self, todos: TodoRepository) -> TodoRepository:
        return CachedTodos(todos, self.cache)
