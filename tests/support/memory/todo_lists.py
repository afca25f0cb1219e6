"""The to-dos that a query finds, and their order."""

from datetime import UTC, datetime, time

from app.models.moments import timestamp
from app.models.todos import Todo, TodoQuery
from app.text import fold


def due_instant(todo: Todo) -> datetime | None:
    return todo.due_at if todo.due_on is None else datetime.combine(todo.due_on, time.min, UTC)


def sort_key(todo: Todo, query: TodoQuery) -> tuple[str, ...]:
    """Of two parts, or by due date of three: `~` sorts after every instant."""
    created = timestamp(todo.created_at)
    if query.sort == "created":
        return (created, todo.id)
    due = due_instant(todo)
    return ("~", created, todo.id) if due is None else (timestamp(due), "", todo.id)


def matches(todo: Todo, query: TodoQuery) -> bool:
    return (
        query.completed in (None, todo.completed)
        and query.list in (None, todo.list)
        and query.priority in (None, todo.priority)
        and (query.tag is None or query.tag in todo.tags)
        and _is_within(due_instant(todo), query)
        and _mentions(todo, query.q)
    )


def _is_within(due: datetime | None, query: TodoQuery) -> bool:
    if query.due_before is None and query.due_after is None:
        return True
    if due is None:
        return False
    return (query.due_before is None or due < query.due_before) and (
        query.due_after is None or due > query.due_after
    )


def _mentions(todo: Todo, text: str | None) -> bool:
    return text is None or any(fold(text) in fold(hay) for hay in (todo.title, todo.notes, *todo.tags))
