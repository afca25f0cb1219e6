"""Counters in DynamoDB: one item each, and one conditional write for each use.

An item has `used`; `pause`, which doubles with each use, and `before`, what it was before the last one, for a use
that is given back; `nextAt`, before which a use beyond the free ones is refused; `endsAt`, when the window is over.
Times are milliseconds since the epoch. DynamoDB deletes expired items late, within days, so an item whose window is
over counts as none.
"""

from contextlib import suppress
from typing import Any

from app.aws.errors import ConditionFailed, map_aws_errors
from app.limit_settings import Limit
from app.repositories.dynamodb.attributes import Item, number, string, to_number
from app.repositories.dynamodb.operations_table import OperationsTable

_FIRST_PAUSE_MS = 1000
_NAMES = {f"#{name}": name for name in ("used", "pause", "before", "nextAt", "endsAt", "ttl")}
_COUNT = (
    "SET #used = if_not_exists(#used, :none) + :one, "
    "#nextAt = :now + if_not_exists(#pause, :pause), "
    "#before = if_not_exists(#pause, :pause), "
    "#pause = if_not_exists(#pause, :pause) + if_not_exists(#pause, :pause), "
    "#endsAt = if_not_exists(#endsAt, :end), #ttl = if_not_exists(#ttl, :ttl)"
)
_GIVE_BACK = "SET #used = #used - :one, #pause = if_not_exists(#before, #pause)"
_ALLOWED = (
    "attribute_not_exists(pk) OR (#endsAt > :now AND #used < :limit AND (#used < :free OR #nextAt <= :now))"
)


class DynamoLimits(OperationsTable):
    """The `LimitRepository` over the Operations table."""

    def take(self, key: str, limit: Limit) -> float:
        now = round(self._clock() * 1000)
        try:
            self._count(key, limit, now)
        except ConditionFailed as refused:
            held = refused.item
            if held is not None and to_number(held, "endsAt") > now:
                return _wait(held, limit, now)
            return self._begin_again(key, limit, now)
        return 0.0

    def _count(self, key: str, limit: Limit, now: int) -> None:
        first = _first(limit, now)
        with map_aws_errors():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(key),
                UpdateExpression=_COUNT,
                ConditionExpression=_ALLOWED,
                ExpressionAttributeNames=_NAMES,
                ExpressionAttributeValues={
                    ":none": number(0),
                    ":one": number(1),
                    ":now": number(now),
                    ":limit": number(limit.count),
                    ":free": number(_free(limit)),
                    ":pause": {"N": repr(_pause(limit))},
                    ":end": first["endsAt"],
                    ":ttl": first["ttl"],
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )

    def _begin_again(self, key: str, limit: Limit, now: int) -> float:
        """Replace an item whose window is over. One of several at once does; the others count after it."""
        try:
            with map_aws_errors():
                self._dynamodb.put_item(
                    TableName=self._table,
                    Item={**_key(key), **_first(limit, now)},
                    ConditionExpression="attribute_not_exists(pk) OR #endsAt <= :now",
                    ExpressionAttributeNames={"#endsAt": "endsAt"},
                    ExpressionAttributeValues={":now": number(now)},
                )
        except ConditionFailed:
            return self.take(key, limit)
        return 0.0

    def give_back(self, key: str) -> None:
        names = {f"#{name}": name for name in ("used", "pause", "before")}
        self._change(key, _GIVE_BACK, "#used > :none", names)

    def clear(self, key: str) -> None:
        self._change(key, "SET #endsAt = :none", "#endsAt > :one", {"#endsAt": "endsAt"})

    def _change(self, key: str, update: str, condition: str, names: dict[str, Any]) -> None:
        with suppress(ConditionFailed), map_aws_errors():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(key),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={":one": number(1), ":none": number(0)},
            )


def _key(key: str) -> Item:
    return {"pk": string(f"limit#{key}"), "sk": string("limit")}


def _first(limit: Limit, now: int) -> Item:
    end = now + limit.seconds * 1000
    pause = _pause(limit)
    return {
        "used": number(1),
        "nextAt": {"N": repr(now + pause)},
        "before": {"N": repr(pause)},
        "pause": {"N": repr(2 * pause)},
        "endsAt": number(end),
        "ttl": number(end // 1000 + 1),
    }


def _free(limit: Limit) -> int:
    return limit.count if limit.free is None else limit.free


def _pause(limit: Limit) -> float:
    """Milliseconds, such that they have doubled to a second after the last free use. Where there are no waits it is
    zero, which stays zero."""
    return 0.0 if limit.free is None else _FIRST_PAUSE_MS / 2 ** (limit.free - 1)


def _wait(held: Item, limit: Limit, now: int) -> float:
    ends = float(held["endsAt"]["N"])
    until = ends if to_number(held, "used") >= limit.count else min(float(held["nextAt"]["N"]), ends)
    return max(until - now, 1) / 1000
