"""Pointers: items of the Todos table that say when a user's profile, or one of their files, has changed last.

So the feed of a user is one index of one table. A pointer is written in the transaction of the change, with the
revision that the user gets by it. Its `version` counts the changes of what it points to.

    todoId      #profile, or #file#<fileId>; no id of a to-do begins so
    points      profile | file
    deleted     of a file that is gone, with `ttl`, as of a tombstone
"""

from typing import Any

from app.models.moments import now
from app.ports.feed import EntryType, FeedEntry
from app.repositories.dynamodb.attributes import Item, boolean, number, string
from app.repositories.dynamodb.todos_table import POINTS, expiry, key


def pointer_item(user_id: str, entry: FeedEntry) -> Item:
    """A pointer as a whole. One to what is gone is kept for 90 days from now."""
    gone = {"deleted": boolean(True), "ttl": expiry(now())} if entry.is_deleted else {}
    return {
        **key(user_id, pointer_id(entry.type, entry.id)),
        POINTS: string(entry.type),
        "version": number(entry.version),
        "revision": number(entry.revision),
        **gone,
    }


def point(
    table: str, user_id: str, kind: EntryType, target: str, *, revision: int, deleted: bool = False
) -> dict[str, Any]:
    """The action of a transaction that points to a change, or to the deletion, of `target`."""
    values: Item = {":points": string(kind), ":revision": number(revision), ":one": number(1)}
    end = " REMOVE #deleted, #ttl"
    if deleted:
        values |= {":deleted": boolean(True), ":ttl": expiry(now())}
        end = ", #deleted = :deleted, #ttl = :ttl"
    return {
        "Update": {
            "TableName": table,
            "Key": key(user_id, pointer_id(kind, target)),
            "UpdateExpression": f"ADD #version :one SET #points = :points, #revision = :revision{end}",
            "ExpressionAttributeNames": {
                "#points": POINTS,
                **{f"#{name}": name for name in ("revision", "version", "deleted", "ttl")},
            },
            "ExpressionAttributeValues": values,
        }
    }


def pointer_id(kind: EntryType, target: str) -> str:
    return "#profile" if kind == "profile" else f"#file#{target}"


def target_of(user_id: str, pointer: Item) -> str:
    """The id of the user or of the file that it points to."""
    return user_id if pointer[POINTS]["S"] == "profile" else pointer["todoId"]["S"].removeprefix("#file#")
