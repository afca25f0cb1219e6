"""Many items at once: partitions read or counted page by page, items read, written or deleted to the last one."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from app.aws import calls
from app.aws.errors import map_aws_errors
from app.aws.retries import attempts
from app.context import FailedCall
from app.errors import Unavailable
from app.repositories.dynamodb.attributes import Item

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_dynamodb.type_defs import WriteRequestTypeDef

_PAGE = 250
_BATCH = 25
"""Items in one `BatchWriteItem`, as DynamoDB allows."""
_KEYS = 100
"""Keys in one `BatchGetItem`, as DynamoDB allows."""
_PATIENCE = 10.0
"""Seconds for one batch."""


def query_pages(dynamodb: "DynamoDBClient", **request: Any) -> Iterator[list[Item]]:
    """The pages of a query of a table, read consistently; none is empty."""
    while True:
        with map_aws_errors():
            answer = dynamodb.query(**request, ConsistentRead=True, Limit=_PAGE)
        if answer["Items"]:
            yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def count_items(dynamodb: "DynamoDBClient", **request: Any) -> int:
    """How many items a query finds, read consistently and page by page."""
    count = 0
    while True:
        with map_aws_errors():
            answer = dynamodb.query(**request, Select="COUNT", ConsistentRead=True)
        count += answer["Count"]
        if "LastEvaluatedKey" not in answer:
            return count
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def get_items(
    dynamodb: "DynamoDBClient", table: str, keys: Sequence[Item], **projection: Any
) -> Iterator[Item]:
    """The items of these keys that there are, in any order, read consistently. No key may come twice.

    Raises:
        app.errors.Unavailable: DynamoDB keeps leaving some over.
    """
    for begin in range(0, len(keys), _KEYS):
        wanted = {"Keys": keys[begin : begin + _KEYS], "ConsistentRead": True, **projection}
        yield from _read_batch(dynamodb, table, wanted)


def _read_batch(dynamodb: "DynamoDBClient", table: str, wanted: dict[str, Any] | None) -> list[Item]:
    items: list[Item] = []
    for attempt in attempts(budget=_PATIENCE):
        with map_aws_errors():
            answer = dynamodb.batch_get_item(RequestItems={table: cast(Any, wanted)})
        items += answer["Responses"].get(table, ())
        wanted = cast("dict[str, Any] | None", answer.get("UnprocessedKeys", {}).get(table))
        if not wanted:
            return items
        given_up = FailedCall("dynamodb", "BatchGetItem", "UnprocessedKeys", attempt=attempt + 1)
    calls.record(given_up)
    raise Unavailable


def delete_items(dynamodb: "DynamoDBClient", table: str, keys: Sequence[Item]) -> None:
    """Raises:
    app.errors.Unavailable: DynamoDB keeps leaving some over.
    """
    write_all(dynamodb, table, [{"DeleteRequest": {"Key": key}} for key in keys])


def write_all(dynamodb: "DynamoDBClient", table: str, requests: "Sequence[WriteRequestTypeDef]") -> None:
    """Write in batches. DynamoDB may take a part of one and hand back the rest, for as long as it is throttled.

    Raises:
        app.errors.Unavailable: it keeps leaving some over.
    """
    for begin in range(0, len(requests), _BATCH):
        _write_batch(dynamodb, table, requests[begin : begin + _BATCH])


def _write_batch(dynamodb: "DynamoDBClient", table: str, left: "Sequence[WriteRequestTypeDef]") -> None:
    for attempt in attempts(budget=_PATIENCE):
        with map_aws_errors():
            answer = dynamodb.batch_write_item(RequestItems={table: left})
        left = cast("Sequence[WriteRequestTypeDef]", answer.get("UnprocessedItems", {}).get(table))
        if not left:
            return
        given_up = FailedCall("dynamodb", "BatchWriteItem", "UnprocessedItems", attempt=attempt + 1)
    calls.record(given_up)
    raise Unavailable
