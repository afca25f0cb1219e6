from collections.abc import Iterator

from app.ports.feed import FeedEntry, FeedPage
from support.memory.todos import MemoryTodos
from support.memory.users import MemoryUsers


class MemoryFeed:
    """The `FeedRepository` in memory."""

    def __init__(self, users: MemoryUsers, todos: MemoryTodos) -> None:
        self.users = users
        self.todos = todos

    def revision(self, user_id: str) -> int | None:
        user = self.users.get(user_id)
        return None if user is None else user.revision

    def after(self, user_id: str, revision: int, *, until: int, limit: int) -> FeedPage:
        with self.users.lock:
            entries = sorted(self._entries(user_id), key=lambda entry: entry.revision)
        wanted = [entry for entry in entries if revision < entry.revision <= until]
        return FeedPage(wanted[:limit], is_last=len(wanted) <= limit)

    def _entries(self, user_id: str) -> Iterator[FeedEntry]:
        yield from (entry for (owner, *_), entry in self.users.pointers.items() if owner == user_id)
        for (owner, todo_id), todo in self.todos.rows.items():
            if owner == user_id:
                yield FeedEntry(
                    type="todo", id=todo_id, version=todo.version, revision=todo.revision, todo=todo
                )
        for (owner, todo_id), gone in self.todos.tombstones.items():
            if owner == user_id:
                yield FeedEntry(
                    type="todo",
                    id=todo_id,
                    version=gone.version,
                    revision=self.todos.deletions[owner, todo_id],
                    is_deleted=True,
                )
