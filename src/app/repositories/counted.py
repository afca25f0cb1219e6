"""Repositories that count what comes and goes, whoever makes it: services and workers need not think of it."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from app.aws.clients import Clients
from app.config import OperationsSettings, TodosSettings, UsersSettings
from app.models import Todo, Tombstone, User, live
from app.ports import Added, Decision
from app.repositories.dynamodb.stats import DynamoStats
from app.repositories.dynamodb.todos import DynamoTodos
from app.repositories.dynamodb.users import DynamoUsers


class CountedTodosSettings(TodosSettings, OperationsSettings, Protocol):
    """Settings of a counting to-do repository: its tables, and the one with the counters."""


class CountedTodos(DynamoTodos):
    def __init__(self, clients: Clients, settings: CountedTodosSettings) -> None:
        super().__init__(clients, settings)
        self._stats = DynamoStats(clients, settings)

    def change(self, user_id: str, todo_id: str, decide: Decision) -> Todo | None:
        before: Todo | None = None

        def watched(current: Todo | Tombstone | None) -> Todo | Tombstone | None:
            nonlocal before
            before = live(current)
            return decide(current)

        stored = super().change(user_id, todo_id, watched)
        self._stats.add(todos=(stored is not None) - (before is not None))
        return stored

    def _add_batch(self, user_id: str, todos: Sequence[Todo], *, is_full: bool) -> Added:
        """Each batch is counted when it is stored: the next one may fail."""
        added = super()._add_batch(user_id, todos, is_full=is_full)
        self._stats.add(todos=added.stored)
        return added

    def erase(self, user_id: str) -> Iterator[int]:
        for erased in super().erase(user_id):
            self._stats.add(todos=-erased)
            yield erased


class CountedUsersSettings(UsersSettings, OperationsSettings, Protocol):
    """Settings of a counting user repository: its table, and the one with the counters."""


class CountedUsers(DynamoUsers):
    def __init__(self, clients: Clients, settings: CountedUsersSettings) -> None:
        super().__init__(clients, settings)
        self._stats = DynamoStats(clients, settings)

    def create(self, user: User) -> bool:
        created = super().create(user)
        self._stats.add(users=int(created))
        return created

    def delete(self, user_id: str) -> bool:
        deleted = super().delete(user_id)
        self._stats.add(users=-int(deleted))
        return deleted
