"""Activity in DynamoDB: in the user's partition of the Operations table, an item an entry, by its time."""

import math
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import cast

from app.aws.errors import ConditionFailed, map_aws_errors
from app.models.moments import timestamp
from app.models.pages import Page, Position
from app.ports.activity import ACTIVITY_DAYS, Activity, ActivityKind
from app.repositories.dynamodb.attributes import Item, number, string, to_instant, to_number, to_string
from app.repositories.dynamodb.batches import delete_items, query_pages
from app.repositories.dynamodb.operations_table import OperationsTable

_KEPT = timedelta(days=ACTIVITY_DAYS)
_PREFIX = "activity#"
_LAST = "activity~"
"""After every key with the prefix."""


class DynamoActivity(OperationsTable):
    """The `ActivityRepository` over the Operations table."""

    def append(self, user_id: str, entry: Activity) -> None:
        """Safe to send again: the same entry has the same key."""
        item = {**_key(user_id, entry, entry.id), **_attributes(entry), "count": number(entry.count)}
        with map_aws_errors():
            self._dynamodb.put_item(TableName=self._table, Item=item)

    def count(self, user_id: str, entry: Activity, *, of_account: bool = True) -> None:
        """A condition that a made-up user never meets costs what the write costs."""
        attributes = _attributes(entry)
        condition = {} if of_account else {"ConditionExpression": "attribute_exists(pk)"}
        sets = ", ".join(f"#{name} = :{name}" for name in attributes)
        with suppress(ConditionFailed), map_aws_errors():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(user_id, entry, entry.kind),
                UpdateExpression=f"SET {sets} ADD #count :count",
                ExpressionAttributeNames={f"#{name}": name for name in (*attributes, "count")},
                ExpressionAttributeValues={
                    **{f":{name}": value for name, value in attributes.items()},
                    ":count": number(1),
                },
                **condition,  # type: ignore[arg-type]
            )

    def list(self, user_id: str, *, limit: int, position: Position | None = None) -> Page[Activity]:
        """DynamoDB deletes expired items days late, so the oldest one to show is in the condition."""
        partition = string(f"user#{user_id}")
        start = {} if position is None else {"ExclusiveStartKey": {"pk": partition, "sk": string(position)}}
        oldest = datetime.fromtimestamp(self._clock(), UTC) - _KEPT
        with map_aws_errors():
            answer = self._dynamodb.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND sk BETWEEN :oldest AND :last",
                ExpressionAttributeValues={
                    ":pk": partition,
                    ":oldest": string(f"{_PREFIX}{timestamp(oldest)}"),
                    ":last": string(_LAST),
                },
                ScanIndexForward=False,
                ConsistentRead=True,
                Limit=limit + 1,
                **start,  # type: ignore[arg-type]
            )
        items = answer["Items"]
        more = len(items) > limit
        return Page(
            tuple(map(_entry, items[:limit])), Position(items[limit - 1]["sk"]["S"]) if more else None
        )

    def erase(self, user_id: str) -> Iterator[int]:
        partition = string(f"user#{user_id}")
        for items in query_pages(
            self._dynamodb,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": partition, ":prefix": string(_PREFIX)},
            ProjectionExpression="sk",
        ):
            delete_items(self._dynamodb, self._table, [{"pk": partition, "sk": item["sk"]} for item in items])
            yield len(items)


def _key(user_id: str, entry: Activity, name: str) -> Item:
    return {"pk": string(f"user#{user_id}"), "sk": string(f"{_PREFIX}{timestamp(entry.at)}#{name}")}


def _attributes(entry: Activity) -> Item:
    optional = {"network": entry.network, "clientId": entry.client_id}
    return {
        "id": string(entry.id),
        "kind": string(entry.kind),
        "at": string(timestamp(entry.at)),
        "ttl": number(math.ceil((entry.at + _KEPT).timestamp())),
        **{name: string(value) for name, value in optional.items() if value is not None},
    }


def _entry(item: Item) -> Activity:
    return Activity(
        id=item["id"]["S"],
        kind=cast(ActivityKind, item["kind"]["S"]),
        at=to_instant(item, "at"),
        count=to_number(item, "count"),
        network=to_string(item, "network"),
        client_id=to_string(item, "clientId"),
    )
