"""Deleted accounts in DynamoDB: a marker under the user's id, and nothing else about the user.

It is kept for longer than a mail may wait in its queue (4 days) and then among the dead letters (14 days), and far
longer than an access token lives: what comes late finds it, and is dropped.
"""

import math
from collections.abc import Iterator

from app.aws.errors import map_aws_errors
from app.models.moments import now
from app.ports.users import ErasureState
from app.repositories.dynamodb.attributes import Item, instant, number, string
from app.repositories.dynamodb.batches import delete_items, query_pages
from app.repositories.dynamodb.operations_table import OperationsTable

_KEPT_SECONDS = 19 * 24 * 60 * 60
_MARKER = "erased"


class DynamoErasures(OperationsTable):
    """The `ErasureRepository` over the Operations table."""

    def state(self, user_id: str) -> ErasureState | None:
        with map_aws_errors():
            answer = self._dynamodb.get_item(
                TableName=self._table, Key=_key(user_id, _MARKER), ConsistentRead=True
            )
        if "Item" not in answer:
            return None
        return "finished" if "finishedAt" in answer["Item"] else "begun"

    def begin(self, user_id: str) -> None:
        self._mark(user_id, "SET beganAt = if_not_exists(beganAt, :now), #ttl = :ttl")

    def finish(self, user_id: str) -> None:
        self._mark(user_id, "SET finishedAt = :now, #ttl = :ttl")

    def _mark(self, user_id: str, update: str) -> None:
        with map_aws_errors():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(user_id, _MARKER),
                UpdateExpression=update,
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={
                    ":now": instant(now()),
                    ":ttl": number(math.ceil(self._clock()) + _KEPT_SECONDS),
                },
            )

    def erase_operations(self, user_id: str) -> Iterator[int]:
        for items in query_pages(
            self._dynamodb,
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": string(f"user#{user_id}")},
            ProjectionExpression="sk",
        ):
            keys = [_key(user_id, item["sk"]["S"]) for item in items if item["sk"]["S"] != _MARKER]
            delete_items(self._dynamodb, self._table, keys)
            yield len(keys)


def _key(user_id: str, name: str) -> Item:
    return {"pk": string(f"user#{user_id}"), "sk": string(name)}
