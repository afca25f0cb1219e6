"""The users by status and e-mail address: the index `byStatus`, which holds keys only.

A status is one partition of it, good for 1000 writes a second. It is written to when a user is created or deleted or
changes status, and by nothing else.
"""

import json
from collections.abc import Iterable, Sequence
from heapq import merge
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from app.aws.clients import Clients
from app.aws.errors import map_aws_errors
from app.errors import InvalidCursor
from app.models.pages import Position
from app.models.users import UserQuery, UserStatus
from app.repositories.dynamodb.attributes import Item, string
from app.repositories.dynamodb.batches import get_items

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient


class Entry(NamedTuple):
    email: str
    user_id: str

    @property
    def position(self) -> Position:
        return Position(json.dumps(self))


class UserDirectory:
    def __init__(self, clients: Clients, table: str) -> None:
        self._clients = clients
        self._table = table

    @property
    def _dynamodb(self) -> "DynamoDBClient":
        return self._clients.dynamodb

    def entries(self, query: UserQuery, *, limit: int, position: Position | None) -> tuple[Entry, ...]:
        """At most `limit`, in order. A user whose status changes meanwhile may be in it twice or not at all."""
        after = None if position is None else _entry_at(position)
        statuses = (query.status,) if query.status else get_args(UserStatus)
        found = merge(*(self._of_status(status, query.email, limit, after) for status in statuses))
        return tuple(dict.fromkeys(found))[:limit]

    def _of_status(self, status: str, prefix: str, limit: int, after: Entry | None) -> list[Entry]:
        """A position need not be that of an item of this partition: DynamoDB goes on behind where it would be."""
        request: dict[str, Any] = {} if after is None else {"ExclusiveStartKey": _key(status, after)}
        values = {":status": string(status)}
        condition = "#status = :status"
        if prefix:
            values[":prefix"] = string(prefix)
            condition += " AND begins_with(email, :prefix)"
        with map_aws_errors():
            answer = self._dynamodb.query(
                TableName=self._table,
                IndexName="byStatus",
                KeyConditionExpression=condition,
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=values,
                Limit=limit,
                **request,
            )
        return [Entry(item["email"]["S"], item["userId"]["S"]) for item in answer["Items"]]

    def records(self, user_ids: Sequence[str]) -> Iterable[Item]:
        """Their items, in this order, without those that are gone."""
        keys = [{"userId": string(user_id)} for user_id in user_ids]
        found = {item["userId"]["S"]: item for item in get_items(self._dynamodb, self._table, keys)}
        return [found[user_id] for user_id in user_ids if user_id in found]


def _entry_at(position: Position) -> Entry:
    try:
        email, user_id = map(_text, json.loads(position))
    except (TypeError, ValueError):
        raise InvalidCursor from None
    return Entry(email, user_id)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _key(status: str, entry: Entry) -> Item:
    return {"status": string(status), "email": string(entry.email), "userId": string(entry.user_id)}
