"""AWS in the process of a test, by moto."""

import copy
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table


@contextmanager
def aws_in_process() -> Iterator[None]:
    """Answer every call of boto3 by moto, one at a time: a transaction is undone without regard for what another
    thread has changed meanwhile."""
    answer, lock = BotocoreStubber.__call__, RLock()

    def one_at_a_time(stubber: BotocoreStubber, *arguments: Any, **named: Any) -> Any:
        with lock:
            return answer(stubber, *arguments, **named)

    with mock_aws(), patch.object(BotocoreStubber, "__call__", one_at_a_time), _transactions_at_little_cost():
        yield


@contextmanager
def _transactions_at_little_cost() -> Iterator[None]:
    """For each item that a transaction writes, moto copies all items of its table, to undo it. Keep which items and
    records of its stream there were, and copies of those that are changed."""
    transact = DynamoDBBackend.transact_write_items

    def undone_where_it_fails(backend: DynamoDBBackend, transact_items: Sequence[Mapping[str, Any]]) -> None:
        written = [operation for action in transact_items for operation in action.values()]
        names = {operation.get("TableName") for operation in written} & backend.tables.keys()
        tables = [backend.tables[name] for name in names]
        before = [(table, _items_of(table, written), _streamed(table)) for table in tables]
        try:
            transact(backend, transact_items)
        except Exception:
            for table, items, records in before:
                table.items = items
                if table.stream_shard is not None:
                    table.stream_shard.items = records
            raise

    without_tables = SimpleNamespace(
        deepcopy=lambda value: value if isinstance(value, Table) else copy.deepcopy(value)
    )
    with (
        patch.object(DynamoDBBackend, "transact_write_items", undone_where_it_fails),
        patch.object(models, "copy", without_tables),
    ):
        yield


def _items_of(table: Table, written: Sequence[Mapping[str, Any]]) -> Any:
    """The items of `table`, by their keys. moto changes an item in place for an update, so that needs a copy."""
    kept: Any = defaultdict(dict)
    for hash_key, found in table.items.items():
        kept[hash_key] = dict(found) if table.has_range_key else found
    for operation in written:
        if operation.get("TableName") == table.name and "UpdateExpression" in operation:
            hash_key, range_key = _keys_of(table, operation["Key"])
            item = copy.deepcopy(table.get_item(hash_key, range_key))
            if item is not None and table.has_range_key:
                kept[hash_key][range_key] = item
            elif item is not None:
                kept[hash_key] = item
    return kept


def _streamed(table: Table) -> list[Any]:
    return [] if table.stream_shard is None else [*table.stream_shard.items]


def _keys_of(table: Table, key: Mapping[str, Any]) -> Any:
    range_key = key[table.range_key_attr] if table.range_key_attr else None
    return models.DynamoType(key[table.hash_key_attr]), range_key and models.DynamoType(range_key)
