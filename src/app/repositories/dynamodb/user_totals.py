"""Sums over the user records: users, to-dos, files, bytes. Kept from the Users table's stream, not by requests.

A record's stream image holds the counts that the quotas use, so a change of a record says by how much each sum
changes. A batch of changes is one transaction of two writes: the sums, and a marker of the batch by which a
repetition is known. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from app.aws.errors import TransactionConflict, map_aws_errors
from app.aws.retries import retry_on_conflict
from app.repositories.dynamodb.attributes import Item, number, string, to_number, to_optional_number
from app.repositories.dynamodb.operations_table import OperationsTable

SUMS = ("users", "todos", "files", "bytes")
SUMS_KEY: Item = {"pk": string("stats"), "sk": string("users")}
_COUNTS = {"todos": "todoCount", "files": "usedFiles", "bytes": "usedBytes"}
_MARKER_SECONDS = 2 * 24 * 3600
"""A stream keeps its records for a day."""


class Change(NamedTuple):
    """One record of the stream. `sequence` rises among the changes of a shard."""

    sequence: int
    deltas: Counter[str]


def counts(item: Item | None) -> Counter[str]:
    """The part of one user record in the sums. A count that it lacks is 0."""
    if item is None:
        return Counter()
    found = {name: to_optional_number(item, attribute) or 0 for name, attribute in _COUNTS.items()}
    return Counter(users=1, **found)


def change_of(record: dict[str, Any]) -> Change:
    """Raises:
    KeyError, TypeError, ValueError: it is not a record of the Users table with both images.
    """
    stream = record["dynamodb"]
    old, new = stream.get("OldImage"), stream.get("NewImage")
    if (old, new) == (None, None):
        raise ValueError("neither image")
    deltas = counts(new)
    deltas.subtract(counts(old))
    if _is_filled_in(old, new):
        deltas["todos"] = 0
    return Change(int(stream["SequenceNumber"]), deltas)


def _is_filled_in(old: Item | None, new: Item | None) -> bool:
    """Return whether a recount gave the record the number of its to-dos, which it has added to the sums itself. Every
    change of a to-do raises the revision."""
    return (
        old is not None
        and new is not None
        and "todoCount" not in old
        and to_number(old, "revision") == to_number(new, "revision")
    )


class UserTotals(OperationsTable):
    """The sums in the Operations table."""

    def count(self, changes: Sequence[Change]) -> None:
        """Add the changes of one shard, in their order. Those of a batch that was counted before add nothing: it may
        come again as it was, with later changes after it, or without those that have failed.

        Raises:
            app.errors.AppError: nothing is counted.
        """
        remaining = changes
        while remaining and (sums := _sums(remaining)):
            last = retry_on_conflict(partial(self._try_count, remaining, sums))
            remaining = [change for change in remaining if last is not None and change.sequence > last]

    def _try_count(self, changes: Sequence[Change], sums: dict[str, int]) -> int | None:
        """Return the last change of the batch that was counted in place of this one; `None`: this one was.

        Raises:
            TransactionConflict: others change the sums right now.
        """
        marker = {"pk": string(f"counted#{changes[0].sequence}"), "sk": string("batch")}
        expires = int(self._clock()) + _MARKER_SECONDS
        item = {**marker, "last": string(str(changes[-1].sequence)), "ttl": number(expires)}
        try:
            with map_aws_errors():
                self._dynamodb.transact_write_items(
                    TransactItems=[
                        {
                            "Put": {
                                "TableName": self._table,
                                "Item": item,
                                "ConditionExpression": "attribute_not_exists(pk)",
                            }
                        },
                        {"Update": self._addition(sums)},
                    ]
                )
        except TransactionConflict:
            with map_aws_errors():
                found = self._dynamodb.get_item(TableName=self._table, Key=marker, ConsistentRead=True)
            if "Item" not in found:
                raise
            return int(found["Item"]["last"]["S"])
        return None

    def _addition(self, sums: dict[str, int]) -> Any:
        return {
            "TableName": self._table,
            "Key": SUMS_KEY,
            "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in sums),
            "ExpressionAttributeNames": {f"#{name}": name for name in sums},
            "ExpressionAttributeValues": {f":{name}": number(delta) for name, delta in sums.items()},
        }


def _sums(changes: Sequence[Change]) -> dict[str, int]:
    """Return the sum of the changes, without zeros: most changes of to-dos add and delete none."""
    total: Counter[str] = Counter()
    for change in changes:
        total.update(change.deltas)
    return {name: delta for name, delta in total.items() if delta}
