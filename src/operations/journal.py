"""The context of a migration, and the record of its progress."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from app.aws.clients import Clients
from app.models.moments import now, timestamp
from app.repositories.dynamodb.attributes import Item
from operations.restore import Tables

_PARTITION = "migrations"


class Journal:
    """The progress of the steps: one item a step."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def is_done(self, step: str) -> bool:
        return "doneAt" in self._item(step)

    def position(self, step: str) -> Item | None:
        """The last key that was read, of a step that was interrupted."""
        kept = self._item(step).get("position")
        return None if kept is None else cast(Item, json.loads(kept["S"]))

    def keep(self, step: str, position: Item) -> None:
        self._put(step, position={"S": json.dumps(position)})

    def finish(self, step: str) -> None:
        self._put(step, doneAt={"S": timestamp(now())})

    def forget(self, step: str) -> None:
        self._dynamodb.delete_item(TableName=self._table, Key=_key(step))

    def _item(self, step: str) -> Item:
        answer = self._dynamodb.get_item(TableName=self._table, Key=_key(step), ConsistentRead=True)
        return cast(Item, answer.get("Item", {}))

    def _put(self, step: str, **attributes: Item) -> None:
        self._dynamodb.put_item(TableName=self._table, Item={**_key(step), **attributes})


def _key(step: str) -> Item:
    return {"pk": {"S": _PARTITION}, "sk": {"S": step}}


@dataclass
class Work:
    """The context of a step, which counts in `changed` what it has changed."""

    step: str
    tables: Tables
    clients: Clients
    journal: Journal
    page_size: int = 500
    read: int = 0
    changed: int = 0

    def items(self, table: str) -> Iterator[Item]:
        """The items of a table, from where an earlier run has stopped. A step reads one table."""
        request: dict[str, Any] = {"TableName": table, "Limit": self.page_size}
        position = self.journal.position(self.step)
        while True:
            if position is not None:
                request["ExclusiveStartKey"] = position
            page = self.clients.dynamodb.scan(**request)
            yield from page["Items"]
            self.read += len(page["Items"])
            print(f"  {self.read} read, {self.changed} changed", flush=True)
            position = page.get("LastEvaluatedKey")
            if position is None:
                return
            self.journal.keep(self.step, position)
