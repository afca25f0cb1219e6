"""The audit in DynamoDB: a partition a month, an entry an item, kept for a little more than a year."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

from app.aws.errors import map_aws_errors
from app.errors import InvalidCursor
from app.models.audit import AuditEntry, AuditOutcome
from app.models.moments import timestamp
from app.models.pages import Page, Position
from app.repositories.dynamodb.attributes import Item, instant, number, string, to_instant, to_string
from app.repositories.dynamodb.operations_table import OperationsTable

_KEPT_MONTHS = 13
_KEPT_SECONDS = 400 * 24 * 60 * 60


class DynamoAudit(OperationsTable):
    """The `AuditRepository` over the Operations table."""

    def append(self, entry: AuditEntry) -> None:
        with map_aws_errors():
            self._dynamodb.put_item(TableName=self._table, Item=_item(entry))

    def settle(self, entry: AuditEntry) -> None:
        with map_aws_errors():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(entry),
                UpdateExpression="SET #outcome = :outcome, #details = :details",
                ExpressionAttributeNames={"#outcome": "outcome", "#details": "details"},
                ExpressionAttributeValues={
                    ":outcome": string(entry.outcome),
                    ":details": _details(entry.details),
                },
            )

    def list(self, *, limit: int, position: Position | None = None) -> Page[AuditEntry]:
        found: list[AuditEntry] = []
        for month in self._months(position):
            found += self._of_month(month, limit + 1 - len(found), position)
            if len(found) > limit:
                return Page(tuple(found[:limit]), _sort_key(found[limit - 1]))
        return Page(tuple(found), None)

    def _months(self, position: Position | None) -> Iterator[str]:
        """`YYYY-MM`, backwards from that of the position, or from the present one, to the oldest kept."""
        today = datetime.fromtimestamp(self._clock(), UTC)
        newest = today.year * 12 + today.month - 1
        first = newest if position is None else min(newest, _month_number(position))
        for months in range(first, newest - _KEPT_MONTHS - 1, -1):
            yield f"{months // 12:04}-{months % 12 + 1:02}"

    def _of_month(self, month: str, limit: int, position: Position | None) -> tuple[AuditEntry, ...]:
        partition = string(f"audit#{month}")
        start = {"ExclusiveStartKey": {"pk": partition, "sk": string(position)}} if position else {}
        same_month = position is not None and position.startswith(month)
        with map_aws_errors():
            answer = self._dynamodb.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": partition},
                ScanIndexForward=False,
                ConsistentRead=True,
                Limit=limit,
                **(start if same_month else {}),  # type: ignore[arg-type]
            )
        return tuple(_entry(item) for item in answer["Items"])


def _month_number(position: Position) -> int:
    try:
        return int(position[:4]) * 12 + int(position[5:7]) - 1
    except ValueError:
        raise InvalidCursor from None


def _sort_key(entry: AuditEntry) -> Position:
    return Position(f"{timestamp(entry.at)}#{entry.id}")


def _key(entry: AuditEntry) -> Item:
    sort_key = _sort_key(entry)
    return {"pk": string(f"audit#{sort_key[:7]}"), "sk": string(sort_key)}


def _item(entry: AuditEntry) -> Item:
    return {
        **_key(entry),
        "at": instant(entry.at),
        "id": string(entry.id),
        "actorId": string(entry.actor_id),
        "actorEmail": string(entry.actor_email),
        "action": string(entry.action),
        "target": string(entry.target),
        "outcome": string(entry.outcome),
        "details": _details(entry.details),
        "ttl": number(math.ceil(entry.at.timestamp()) + _KEPT_SECONDS),
        **({} if entry.request_id is None else {"requestId": string(entry.request_id)}),
    }


def _details(details: dict[str, str | int]) -> Item:
    return {
        "M": {
            name: number(value) if isinstance(value, int) else string(value)
            for name, value in details.items()
        }
    }


def _entry(item: Item) -> AuditEntry:
    return AuditEntry(
        id=item["id"]["S"],
        at=to_instant(item, "at"),
        actor_id=item["actorId"]["S"],
        actor_email=item["actorEmail"]["S"],
        action=item["action"]["S"],
        target=item["target"]["S"],
        request_id=to_string(item, "requestId"),
        outcome=cast("AuditOutcome", item["outcome"]["S"]),
        details={
            name: int(value["N"]) if "N" in value else value["S"]
            for name, value in item["details"]["M"].items()
        },
    )
