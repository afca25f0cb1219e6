"""Raw user data under the one form of their address. Of two that are one person's, the newer stays, with its link."""

from typing import Any

from app.addresses import kept
from app.aws.errors import ConditionFailed, map_aws_errors
from app.models.user_data import EventOrder
from app.repositories.dynamodb.attributes import Item, string, to_number
from operations.journal import Work

TITLE = "raw user data under the one form of an address"


def run(work: Work) -> None:
    table = work.tables.user_data_table
    for item in work.items(table):
        address = kept(item["email"]["S"])
        if address != item["email"]["S"] and _put(work, table, item, address):
            work.changed += _delete(work, table, item)


def _put(work: Work, table: str, item: Item, address: str) -> bool:
    """False where a row arrived under the address meanwhile."""
    moved = {**item, "email": string(address)}
    answer = work.clients.dynamodb.get_item(
        TableName=table, Key={"email": moved["email"]}, ConsistentRead=True
    )
    there = answer.get("Item", {})
    try:
        with map_aws_errors():
            work.clients.dynamodb.put_item(TableName=table, Item=_newer(moved, there), **_unchanged(there))
    except ConditionFailed:
        return False
    return True


def _unchanged(there: Item) -> dict[str, Any]:
    """The condition that the item of the address is as it was read: nothing, a link alone, or a row."""
    if not there:
        return {"ConditionExpression": "attribute_not_exists(email)"}
    if "attributes" not in there:
        return {
            "ConditionExpression": "attribute_not_exists(attributes) AND userId = :read",
            "ExpressionAttributeValues": {":read": there["userId"]},
        }
    return {
        "ConditionExpression": "updatedAt = :read",
        "ExpressionAttributeValues": {":read": there["updatedAt"]},
    }


def _newer(moved: Item, there: Item) -> Item:
    """A link is kept, also by a newer row that has none: its owner has proven the address."""
    newest = moved if "attributes" not in there or _order(moved).follows(_order(there)) else there
    link = there.get("userId") or moved.get("userId")
    return {**newest, **({"userId": link} if link else {})}


def _order(item: Item) -> EventOrder:
    return EventOrder(to_number(item, "at"), item["source"]["S"], item["sequence"]["S"])


def _delete(work: Work, table: str, item: Item) -> bool:
    """False where the version before has changed it meanwhile: AGAIN=1 moves it."""
    try:
        with map_aws_errors():
            work.clients.dynamodb.delete_item(
                TableName=table,
                Key={"email": item["email"]},
                ConditionExpression="updatedAt = :read",
                ExpressionAttributeValues={":read": item["updatedAt"]},
            )
    except ConditionFailed:
        return False
    return True
