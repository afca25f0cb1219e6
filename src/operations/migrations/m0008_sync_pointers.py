"""Pointers to the profiles and files that are older than the feed: without one, a device does not learn of them.

Each is a change of its user, so that devices which have a token learn of it, too.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from app.aws.errors import map_aws_errors
from app.aws.retries import retry_on_conflict
from app.ports.feed import EntryType
from app.repositories.dynamodb.attributes import Item, number, string, to_number, to_string
from app.repositories.dynamodb.batches import get_items, query_pages
from app.repositories.dynamodb.pointers import point, pointer_id
from app.repositories.dynamodb.todos_table import key
from operations.journal import Work

TITLE = "pointers to profiles and files, for the feed"

_BATCH = 90
"""Pointers in one transaction, which holds 100 actions."""

Target = tuple[EntryType, str]


def run(work: Work) -> None:
    for item in work.items(work.tables.users_table):
        user_id = item["userId"]["S"]
        wanted = list(_targets(work, user_id))
        for begin in range(0, len(wanted), _BATCH):
            work.changed += _point(work, user_id, wanted[begin : begin + _BATCH])


def _targets(work: Work, user_id: str) -> Iterator[Target]:
    yield "profile", user_id
    for items in query_pages(
        work.clients.dynamodb,
        TableName=work.tables.files_table,
        KeyConditionExpression="userId = :user",
        ExpressionAttributeValues={":user": string(user_id)},
        ProjectionExpression="fileId",
    ):
        yield from (("file", item["fileId"]["S"]) for item in items)


def _point(work: Work, user_id: str, wanted: Sequence[Target]) -> int:
    """How many pointers were missing."""
    return retry_on_conflict(lambda: _try_point(work, user_id, wanted))


def _try_point(work: Work, user_id: str, wanted: Sequence[Target]) -> int:
    dynamodb, table = work.clients.dynamodb, work.tables.todos_table
    with map_aws_errors():
        found = dynamodb.get_item(
            TableName=work.tables.users_table, Key={"userId": string(user_id)}, ConsistentRead=True
        )
    user: Item | None = found.get("Item")
    if user is None or to_string(user, "status") == "deleting":
        return 0
    keys = [key(user_id, pointer_id(*target)) for target in wanted]
    there = {item["todoId"]["S"] for item in get_items(dynamodb, table, keys)}
    missing = [target for target in wanted if pointer_id(*target) not in there]
    if missing:
        _write(work, user, missing)
    return len(missing)


def _write(work: Work, user: Item, missing: Sequence[Target]) -> None:
    user_id, revision = user["userId"]["S"], to_number(user, "revision")
    raised = {
        "Update": {
            "TableName": work.tables.users_table,
            "Key": {"userId": user["userId"]},
            "UpdateExpression": "ADD #revision :count",
            "ConditionExpression": "#revision = :read",
            "ExpressionAttributeNames": {"#revision": "revision"},
            "ExpressionAttributeValues": {":count": number(len(missing)), ":read": user["revision"]},
        }
    }
    pointers = (
        point(work.tables.todos_table, user_id, *target, revision=place)
        for place, target in enumerate(missing, revision + 1)
    )
    actions: list[Any] = [raised, *pointers]
    with map_aws_errors():
        work.clients.dynamodb.transact_write_items(TransactItems=actions)
