"""Capacity units of the calls of DynamoDB that are made, by AWS's published rules: moto answers constants.

What is read: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
What is written: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
Indexes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html (throughput considerations)
Transactions: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html (capacity)
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from support.read_units import consistent_read_units, item_bytes
from support.tables import table_schemas

Item = dict[str, Any]
_WRITE_BYTES = 1024
_TRANSACTION = 2
"""Each write is made twice: to prepare the transaction, and to commit it."""


@dataclass
class Spent:
    """`calls` in their order, and the units of them together."""

    calls: list[str] = field(default_factory=list)
    read: float = 0
    written: float = 0


@contextmanager
def measured(client: Any, plain: Any) -> Iterator[Spent]:
    """What the calls of `client` cost. `plain` is another client, to look at the items before and after."""
    spent, writes = Spent(), list[tuple[str, Item, Item, int]]()

    def before(params: dict[str, Any], model: Any, **_: Any) -> None:
        spent.calls.append(model.name)
        spent.read += _read_units(model.name, params, plain)
        writes[:] = [
            (table, key, _stored(plain, table, key), by) for table, key, by in _written(model.name, params)
        ]

    def after(http_response: Any, **_: Any) -> None:
        assert http_response.status_code == 200, "what a refused call costs is not computed"
        for table, key, old, by in writes:
            spent.written += write_units(table, old, _stored(plain, table, key), by)
        writes.clear()

    events = client.meta.events
    events.register("provide-client-params.dynamodb", before)
    events.register("after-call.dynamodb", after)
    try:
        yield spent
    finally:
        events.unregister("provide-client-params.dynamodb", before)
        events.unregister("after-call.dynamodb", after)


def write_units(table: str, old: Item, new: Item, times: int = 1) -> int:
    """One write of an item, `{}` where there is none: by the larger of what was and what is; and of its entries in
    indexes, each by itself and never twice."""
    schema = table_schemas()[table]
    indexes = [*schema.get("LocalSecondaryIndexes", ()), *schema.get("GlobalSecondaryIndexes", ())]
    of_indexes = (_index_units(_entry(schema, index, old), _entry(schema, index, new)) for index in indexes)
    return times * _units(old, new) + sum(of_indexes)


def _index_units(old: tuple[Item, Item], new: tuple[Item, Item]) -> int:
    """Nothing for an entry that stays, and two writes for one that moves: out of its place, and into the other."""
    if old == new:
        return 0
    (old_key, was), (new_key, is_now) = old, new
    if old_key == new_key or not was or not is_now:
        return _units(was, is_now)
    return _units(was) + _units(is_now)


def _entry(schema: dict[str, Any], index: dict[str, Any], item: Item) -> tuple[Item, Item]:
    """The key of an item in an index and all that is kept there; nothing of an item that lacks the key."""
    names = [part["AttributeName"] for part in index["KeySchema"]]
    if not all(name in item for name in names):
        return {}, {}
    own = [part["AttributeName"] for part in schema["KeySchema"]]
    projection = index["Projection"]
    kept = {*names, *own, *projection.get("NonKeyAttributes", ())}
    is_all = projection["ProjectionType"] == "ALL"
    return {name: item[name] for name in names}, {
        name: value for name, value in item.items() if is_all or name in kept
    }


def _units(*items: Item) -> int:
    return max(1, *(ceil(item_bytes(item) / _WRITE_BYTES) for item in items))


def _read_units(operation: str, params: dict[str, Any], plain: Any) -> float:
    if operation == "GetItem":
        return _get_units(plain, params["TableName"], params["Key"], params)
    if operation == "BatchGetItem":
        return sum(
            _get_units(plain, table, key, of_table)
            for table, of_table in params["RequestItems"].items()
            for key in of_table["Keys"]
        )
    return _query_units(plain, params) if operation == "Query" else 0


def _get_units(plain: Any, table: str, key: Item, params: dict[str, Any]) -> float:
    return consistent_read_units(item_bytes(_stored(plain, table, key))) * _share(params)


def _query_units(plain: Any, params: dict[str, Any]) -> float:
    """By all that is examined together: before any filter, and whole, whatever of it is asked for."""
    assert "FilterExpression" not in params
    whole = {name: value for name, value in params.items() if name != "ProjectionExpression"}
    if names := params.get("ExpressionAttributeNames"):
        of_key = re.findall(r"#\w+", params["KeyConditionExpression"])
        whole["ExpressionAttributeNames"] = {name: names[name] for name in of_key}
    examined = sum(map(item_bytes, plain.query(**whole)["Items"]))
    return consistent_read_units(examined) * _share(params)


def _share(params: dict[str, Any]) -> float:
    return 1 if params.get("ConsistentRead") else 0.5


def _written(operation: str, params: dict[str, Any]) -> Iterator[tuple[str, Item, int]]:
    """The table and the key of each item, and how many times it is written."""
    if operation == "TransactWriteItems":
        for action in params["TransactItems"]:
            (write,) = action.values()
            yield write["TableName"], _key(write), _TRANSACTION
    elif operation in ("PutItem", "UpdateItem", "DeleteItem"):
        yield params["TableName"], _key(params), 1


def _key(write: dict[str, Any]) -> Item:
    if "Key" in write:
        return dict(write["Key"])
    names = [part["AttributeName"] for part in table_schemas()[write["TableName"]]["KeySchema"]]
    return {name: write["Item"][name] for name in names}


def _stored(plain: Any, table: str, key: Item) -> Item:
    return dict(plain.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {}))
