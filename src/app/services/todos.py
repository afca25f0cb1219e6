"""The rules of to-dos: what a change means, and on which condition it may happen."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from app.errors import Conflict, NotFound, PreconditionFailed
from app.models import Page, Priority, Todo, TodoQuery, now
from app.repositories.protocols import TodoRepository
from app.services.cursors import CursorSigner

Precondition = Callable[[Todo | None], bool]
"""Whether a change may happen to the to-do as it is (`None`: there is none)."""

_ID_NAMESPACE = uuid.UUID("6f1f6c1e-3b1c-5d1a-9a55-6e0c3c7d2b10")


def always(_current: Todo | None) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoContent:
    """All that a client can say of a to-do."""

    title: str
    notes: str
    completed: bool
    due_on: date | None
    due_at: datetime | None
    priority: Priority
    tags: tuple[str, ...]
    list: str


class Todos:
    def __init__(self, repository: TodoRepository, cursors: CursorSigner) -> None:
        self._repository = repository
        self._cursors = cursors

    def get(self, user_id: str, todo_id: str) -> Todo:
        todo = self._repository.get(user_id, todo_id)
        if todo is None:
            raise NotFound
        return todo

    def list(self, user_id: str, query: TodoQuery, *, limit: int, cursor: str | None) -> Page[Todo]:
        """One page; its `position` is a signed cursor."""
        position = self.position(user_id, query, cursor)
        page = self._repository.list(user_id, query, limit=limit, position=position)
        if page.position is None:
            return page
        return replace(page, position=self._cursors.sign(user_id, query, page.position))

    def position(self, user_id: str, query: TodoQuery, cursor: str | None) -> str | None:
        """What a cursor stands for.

        Raises:
            BadRequest: the cursor is not one of ours for this user and query.
        """
        return None if cursor is None else self._cursors.verify(user_id, query, cursor)

    def create(
        self, user_id: str, content: TodoContent, *, todo_id: str | None, retry_token: str | None
    ) -> Todo:
        """A new to-do. With a `retry_token` its id is derived from it, so that repeating creates nothing twice.

        Raises:
            Conflict: `todo_id` is taken.
        """
        derived = todo_id is None and retry_token is not None
        chosen = todo_id or str(
            uuid.uuid5(_ID_NAMESPACE, f"{user_id}/{retry_token}") if derived else uuid.uuid4()
        )

        def decide(current: Todo | None) -> Todo:
            if current is None:
                return _apply(None, chosen, content)
            if derived:
                return current
            raise Conflict("There is a to-do with this id already.", code="todo_exists")

        return _stored(self._repository.change(user_id, chosen, decide))

    def put(
        self, user_id: str, todo_id: str, content: TodoContent, allowed: Precondition = always
    ) -> tuple[Todo, bool]:
        """Create or replace; and whether it was created.

        Raises:
            PreconditionFailed: `allowed` says no.
        """
        created = False

        def decide(current: Todo | None) -> Todo:
            nonlocal created
            created = current is None
            if not allowed(current):
                raise PreconditionFailed(current=current)
            return _apply(current, todo_id, content)

        return _stored(self._repository.change(user_id, todo_id, decide)), created

    def patch(
        self, user_id: str, todo_id: str, changes: dict[str, Any], allowed: Precondition = always
    ) -> Todo:
        """Change some fields; `changes` has names of `TodoContent`.

        Raises:
            NotFound: there is no such to-do.
            PreconditionFailed: `allowed` says no.
        """

        def decide(current: Todo | None) -> Todo:
            return _apply(current, todo_id, replace(_content(_existing(current, allowed)), **changes))

        return _stored(self._repository.change(user_id, todo_id, decide))

    def delete(self, user_id: str, todo_id: str, allowed: Precondition = always) -> None:
        """Raises `NotFound` or `PreconditionFailed` as `patch` does."""

        def decide(current: Todo | None) -> None:
            _existing(current, allowed)

        self._repository.change(user_id, todo_id, decide)

    def restore(self, user_id: str, todos: Iterable[Todo]) -> int:
        """Store to-dos of another place or time with their ids and times, those apart whose ids live ones have; how
        many. Safe to repeat, as after a failure, which leaves a part of them stored."""
        return self._repository.add(user_id, list({todo.id: todo for todo in todos}.values()))


def _existing(current: Todo | None, allowed: Precondition) -> Todo:
    if current is None:
        raise NotFound
    if not allowed(current):
        raise PreconditionFailed(current=current)
    return current


def _content(todo: Todo) -> TodoContent:
    return TodoContent(
        title=todo.title,
        notes=todo.notes,
        completed=todo.completed,
        due_on=todo.due_on,
        due_at=todo.due_at,
        priority=todo.priority,
        tags=todo.tags,
        list=todo.list,
    )


def _apply(current: Todo | None, todo_id: str, content: TodoContent) -> Todo:
    """`current` with the content; `current` itself when nothing differs, so that no version is spent."""
    if current is not None and _content(current) == content:
        return current
    moment = now()
    completed_at = None
    if content.completed:
        completed_at = current.completed_at if current and current.completed else moment
    return Todo(
        id=todo_id,
        title=content.title,
        notes=content.notes,
        completed=content.completed,
        completed_at=completed_at,
        due_on=content.due_on,
        due_at=content.due_at,
        priority=content.priority,
        tags=content.tags,
        list=content.list,
        created_at=current.created_at if current else moment,
        updated_at=moment,
    )


def _stored(todo: Todo | None) -> Todo:
    assert todo is not None, "only a delete leaves nothing"  # noqa: S101 - tells mypy what decide() guarantees
    return todo
