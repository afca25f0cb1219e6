"""A look at what is stored, past the repositories."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.repositories.dynamodb.storage import DynamoStorage


def item_of(storage: DynamoStorage, user_id: str, todo_id: str) -> dict[str, Any]:
    key = {"userId": {"S": user_id}, "todoId": {"S": todo_id}}
    return storage.clients.dynamodb.get_item(TableName=storage.tables["todos"], Key=key)["Item"]


def count_items(storage: DynamoStorage, table: str, name: str, value: str) -> int:
    return storage.clients.dynamodb.query(
        TableName=table,
        KeyConditionExpression=f"{name} = :value",
        ExpressionAttributeValues={":value": {"S": value}},
        ConsistentRead=True,
    )["Count"]


def forget_the_count(storage: DynamoStorage, user_id: str) -> None:
    """As a release from before the quota left the record."""
    storage.clients.dynamodb.update_item(
        TableName=storage.tables["users"],
        Key={"userId": {"S": user_id}},
        UpdateExpression="REMOVE todoCount",
    )


@contextmanager
def calls(storage: DynamoStorage) -> Iterator[list[str]]:
    """The names of the calls of DynamoDB, in order."""
    events, made = storage.clients.dynamodb.meta.events, list[str]()

    def note(model: Any, **_: object) -> None:
        made.append(model.name)

    events.register_first("before-call.dynamodb", note)
    try:
        yield made
    finally:
        events.unregister("before-call.dynamodb", note)
