"""A to-do as an item of the Todos table: its keys, its attributes, its tombstone.

Only live to-dos carry the sort keys of the list indexes, so a tombstone is in no list:

    createdKey   <createdAt>#<todoId>
    dueKey       <due instant>#<todoId>, or ~#<createdAt>#<todoId> without a due date, which sorts last

Both end with the to-do's id, so that one string is a whole position in a list.
"""

import re
from datetime import UTC, date, datetime, time
from typing import cast

from app.models.moments import timestamp
from app.models.todos import Priority, Todo, Tombstone, live
from app.ports.todos import Outcome
from app.repositories.dynamodb.attributes import (
    Item,
    boolean,
    instant,
    number,
    string,
    strings,
    to_instant,
    to_number,
    to_optional_instant,
    to_string,
    to_strings,
)
from app.repositories.dynamodb.todos_table import POINTS, expiry, key

NO_DUE_DATE = "~"
"""Sorts after every instant."""

LISTED = (
    "todoId",
    "title",
    "notes",
    "completed",
    "completedAt",
    "dueOn",
    "dueAt",
    "priority",
    "tags",
    "list",
    "createdAt",
    "updatedAt",
    "version",
    "revision",
    "history",
)
"""What `todo_from` reads. The keys of the indexes follow from it, so a list does not ask for them: boto3 looks at
each attribute of each item, and that is half of what a list costs."""

_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"
_ID = r"""[!"$-~]{1,128}"""
_SORT_KEY = {
    "createdKey": re.compile(rf"{_INSTANT}#(?P<id>{_ID})"),
    "dueKey": re.compile(rf"(?:{NO_DUE_DATE}#)?{_INSTANT}#(?P<id>{_ID})"),
}


def index_key(user_id: str, name: str, sort_key: str) -> Item | None:
    """The whole key of an entry of an index, from its sort key `name`; `None` when that is malformed."""
    match = _SORT_KEY[name].fullmatch(sort_key)
    return match and {**key(user_id, match["id"]), name: string(sort_key)}


def live_item(user_id: str, todo: Todo) -> Item:
    """Every attribute of `todo`. Empty texts and lists are left out: smaller items cost less."""
    item = {
        **key(user_id, todo.id),
        **{name: string(sort_key) for name, sort_key in sort_keys(todo).items()},
        "title": string(todo.title),
        "completed": boolean(todo.completed),
        "priority": string(todo.priority),
        "list": string(todo.list),
        "createdAt": instant(todo.created_at),
        "updatedAt": instant(todo.updated_at),
        "version": number(todo.version),
        "revision": number(todo.revision),
    }
    return item | _optional_attributes(todo)


def sort_keys(todo: Todo) -> dict[str, str]:
    """Where the to-do is in each index, by the attribute that says so."""
    created_key = f"{timestamp(todo.created_at)}#{todo.id}"
    return {"createdKey": created_key, "dueKey": _due_key(todo, created_key)}


def _due_key(todo: Todo, created_key: str) -> str:
    if todo.due_at is not None:
        return f"{timestamp(todo.due_at)}#{todo.id}"
    if todo.due_on is not None:
        return f"{timestamp(datetime.combine(todo.due_on, time.min, UTC))}#{todo.id}"
    return f"{NO_DUE_DATE}#{created_key}"


def _optional_attributes(todo: Todo) -> Item:
    item: Item = {}
    if todo.notes:
        item["notes"] = string(todo.notes)
    if todo.tags:
        item["tags"] = strings(todo.tags)
    if todo.completed_at is not None:
        item["completedAt"] = instant(todo.completed_at)
    if todo.due_on is not None:
        item["dueOn"] = string(todo.due_on.isoformat())
    if todo.due_at is not None:
        item["dueAt"] = instant(todo.due_at)
    return item | _history(todo)


def _history(state: Todo | Tombstone) -> Item:
    return {"history": string(state.history)} if state.history else {}


def item_of(user_id: str, state: Todo | Tombstone, revision: int) -> Item:
    """A to-do, or a deleted one, by which other devices learn of it. `ttl` is seconds since the epoch."""
    if isinstance(state, Todo):
        return live_item(user_id, state)
    item = {
        **key(user_id, state.id),
        "deleted": boolean(True),
        "version": number(state.version),
        "revision": number(revision),
        **_history(state),
    }
    if state.deleted_at is None:
        return item
    return item | {"deletedAt": instant(state.deleted_at), "ttl": expiry(state.deleted_at)}


def state_from(item: Item | None) -> Todo | Tombstone | None:
    """The to-do or the tombstone in an item; `None` of a pointer."""
    if item is None or POINTS in item:
        return None
    return _tombstone_from(item) if "deleted" in item else todo_from(item)


def live_todo(item: Item | None) -> Todo | None:
    """The to-do in `item`; `None` when there is none or a tombstone."""
    return live(state_from(item))


def outcome_from(item: Item) -> Outcome:
    """What there is, before any decision about it."""
    return Outcome(state_from(item), to_number(item, "revision"))


def _tombstone_from(item: Item) -> Tombstone:
    return Tombstone(
        id=item["todoId"]["S"],
        version=to_number(item, "version"),
        deleted_at=to_optional_instant(item, "deletedAt"),
        history=to_string(item, "history") or "",
    )


def todo_from(item: Item) -> Todo:
    due_on = to_string(item, "dueOn")
    return Todo(
        id=item["todoId"]["S"],
        title=item["title"]["S"],
        notes=to_string(item, "notes") or "",
        completed=item["completed"]["BOOL"],
        completed_at=to_optional_instant(item, "completedAt"),
        due_on=None if due_on is None else date.fromisoformat(due_on),
        due_at=to_optional_instant(item, "dueAt"),
        priority=cast("Priority", item["priority"]["S"]),
        tags=to_strings(item, "tags"),
        list=item["list"]["S"],
        created_at=to_instant(item, "createdAt"),
        updated_at=to_instant(item, "updatedAt"),
        version=to_number(item, "version"),
        revision=to_number(item, "revision"),
        history=to_string(item, "history") or "",
    )
