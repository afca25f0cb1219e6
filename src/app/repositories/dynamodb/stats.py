"""Counters of what the deployment holds and has done: two items, kept up to date and never scanned for.

The sums over the users are kept from a stream, see `user_totals`. The others are the work of consumers of queues, and
approximate: a counter is raised after the write that it tells of, outside its transaction, and it is not waited for.
A thread of its own would be frozen with the function when the batch is done, so the write is made before: once, and
with a deadline that no caller notices. After a miss nothing is counted for a while, since one batch may count often.
What is missed is logged.
"""

import logging
import time
from collections import Counter
from typing import Any, Unpack, cast

from app import deadline
from app.aws.errors import map_aws_errors
from app.ports.stats import Deltas
from app.repositories.dynamodb.attributes import Item, number, string
from app.repositories.dynamodb.operations_table import OperationsTable
from app.repositories.dynamodb.user_totals import SUMS_KEY

_log = logging.getLogger("app.stats")
_SECONDS = 0.3
"""DynamoDB takes less than 10 ms. A write that got no answer in time may still count."""
_PAUSE_SECONDS = 10.0
WORK_KEY: Item = {"pk": string("stats"), "sk": string("counters")}
"""Of earlier versions it also holds sums over the users, until a recount."""


class DynamoStats(OperationsTable):
    """The `StatsRepository` over the Operations table."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._paused_until = 0.0

    def add(self, **deltas: Unpack[Deltas]) -> None:
        changes = {name: delta for name, delta in deltas.items() if isinstance(delta, int) and delta}
        if not changes:
            return
        missed = {"fields": {"deltas": changes}}
        if time.monotonic() < self._paused_until:
            _log.warning("statistics not updated", extra=missed)
            return
        try:
            with deadline.within(_SECONDS):
                self._add(changes)
        except Exception:  # noqa: BLE001 - what is counted is done, so no failure here may reach the caller
            self._paused_until = time.monotonic() + _PAUSE_SECONDS
            _log.warning("statistics not updated", extra=missed, exc_info=True)

    def _add(self, changes: dict[str, int]) -> None:
        with map_aws_errors():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=WORK_KEY,
                UpdateExpression="ADD " + ", ".join(f"#{name} :{name}" for name in changes),
                ExpressionAttributeNames={f"#{name}": name for name in changes},
                ExpressionAttributeValues={f":{name}": number(delta) for name, delta in changes.items()},
            )

    def read(self) -> Deltas:
        counters: Counter[str] = Counter()
        for key in (WORK_KEY, SUMS_KEY):
            with map_aws_errors():
                answer = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
            counters.update(
                {name: int(value["N"]) for name, value in answer.get("Item", {}).items() if "N" in value}
            )
        return cast("Deltas", dict(counters))
