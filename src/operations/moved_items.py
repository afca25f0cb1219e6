"""Make two tables of to-dos hold the same: each function compares them page by page, and counts what it changed."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.aws.clients import Clients
from app.aws.errors import ConditionFailed, map_aws_errors
from app.repositories.dynamodb.attributes import Item
from app.repositories.dynamodb.batches import delete_items, get_items, write_all

_PAGE = 100
"""Items, and 1 MB at most: as many as one batch reads."""


def copy(clients: Clients, source: str, target: str) -> int:
    """Copy from `source` what `target` lacks or has otherwise."""
    copied = 0
    for items in _pages(clients, source):
        differing = _differing(clients, items, target)
        write_all(clients.dynamodb, target, [{"PutRequest": {"Item": item}} for item in differing])
        copied += len(differing)
    return copied


def copy_newer(clients: Clients, source: str, target: str) -> int:
    """Copy what `target` lacks or has of an earlier revision, while others may change it."""
    return sum(
        _put_newer(clients, target, item)
        for items in _pages(clients, source)
        for item in _differing(clients, items, target)
    )


def delete_surplus(clients: Clients, source: str, target: str) -> int:
    """Delete from `target` what `source` does not have."""
    deleted = 0
    for items in _pages(clients, target):
        kept = {_id(item) for item in get_items(clients.dynamodb, source, list(map(_key, items)))}
        surplus = [_key(item) for item in items if _id(item) not in kept]
        delete_items(clients.dynamodb, target, surplus)
        deleted += len(surplus)
    return deleted


def _pages(clients: Clients, table: str) -> Iterator[Sequence[Item]]:
    request: dict[str, Any] = {"TableName": table, "Limit": _PAGE, "ConsistentRead": True}
    while True:
        with map_aws_errors():
            page = clients.dynamodb.scan(**request)
        if page["Items"]:
            yield page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _differing(clients: Clients, items: Sequence[Item], table: str) -> list[Item]:
    there = {_id(item): item for item in get_items(clients.dynamodb, table, list(map(_key, items)))}
    return [item for item in items if there.get(_id(item)) != item]


def _put_newer(clients: Clients, table: str, item: Item) -> bool:
    try:
        with map_aws_errors():
            clients.dynamodb.put_item(
                TableName=table,
                Item=item,
                ConditionExpression="attribute_not_exists(todoId) OR #revision < :revision",
                ExpressionAttributeNames={"#revision": "revision"},
                ExpressionAttributeValues={":revision": item["revision"]},
            )
    except ConditionFailed:  # the application has changed it since
        return False
    return True


def _key(item: Item) -> Item:
    return {"userId": item["userId"], "todoId": item["todoId"]}


def _id(item: Item) -> tuple[str, str]:
    return item["userId"]["S"], item["todoId"]["S"]
