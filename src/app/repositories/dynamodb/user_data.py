"""Raw user data in DynamoDB, one item a person, under the e-mail address. The address of an account has an item with
the link to it, also while nothing is held on it: rows that come later find their owner there, without a search.

Rows are written in transactions of up to a hundred, each row on the condition that what is stored was said before
it. `BatchWriteItem` would be cheaper and takes no conditions: an older event would overwrite a newer one. When rows
are too old, DynamoDB refuses the transaction and says which; the rest is written without them.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from app.aws.clients import Clients
from app.aws.errors import ConditionFailed, TransactionConflict, code_of, map_aws_errors
from app.aws.retries import attempts, retry_on_conflict
from app.errors import Contention, Unprocessable
from app.models.moments import now
from app.models.user_data import EventOrder, UserData
from app.ports.user_data import Observation
from app.repositories.dynamodb.attributes import Item, instant, number, string, to_string
from app.repositories.dynamodb.batches import get_items
from app.repositories.dynamodb.values import from_attribute, to_attribute

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_MOST = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
_READERS = 10
_WRITERS = 4
"""Transactions at once: DynamoDB's answers are waited for, Python's work is not."""

_COLUMNS = {
    "name": "name",
    "phone": "phone",
    "birth_date": "birthDate",
    "country": "country",
    "locale": "locale",
}
_IS_NEWER = (
    "attribute_not_exists(#source) OR (#source = :source AND #sequence < :sequence)"
    " OR (#source <> :source AND (#at < :at OR (#at = :at AND #source < :source)))"
)
"""`EventOrder.follows`, as DynamoDB says it."""


class DynamoUserData:
    """The `UserDataRepository` over the UserData table."""

    def __init__(self, clients: Clients, table: str) -> None:
        self._clients = clients
        self._table = table

    @property
    def _dynamodb(self) -> "DynamoDBClient":
        return self._clients.dynamodb

    def get(self, email: str) -> UserData | None:
        with map_aws_errors():
            answer = self._dynamodb.get_item(TableName=self._table, Key=_key(email), ConsistentRead=True)
        return _held(answer["Item"]) if "Item" in answer else None

    def get_many(self, emails: Sequence[str]) -> Sequence[UserData]:
        items = get_items(self._dynamodb, self._table, [_key(email) for email in emails])
        return [held for item in items if (held := _held(item)) is not None]

    def owners(self, emails: Sequence[str]) -> Mapping[str, str]:
        batches = [emails[i : i + _MOST] for i in range(0, len(emails), _MOST)]
        if len(batches) <= 1:
            return dict(chain.from_iterable(map(self._owners, batches)))
        with ThreadPoolExecutor(_READERS) as readers:
            return dict(chain.from_iterable(readers.map(self._owners, batches)))

    def _owners(self, emails: Sequence[str]) -> list[tuple[str, str]]:
        """Reads no more than the link: most rows have none, and a row may be large."""
        keys = [_key(email) for email in emails]
        items = get_items(self._dynamodb, self._table, keys, ProjectionExpression="email, userId")
        return [(item["email"]["S"], item["userId"]["S"]) for item in items if "userId" in item]

    def upsert(self, rows: Sequence[Observation]) -> int:
        newest = _newest(rows)
        batches = [newest[i : i + _MOST] for i in range(0, len(newest), _MOST)]
        if len(batches) <= 1:
            return sum(map(self._write, batches))
        with ThreadPoolExecutor(_WRITERS) as writers:
            return sum(writers.map(self._write, batches))

    def _write(self, rows: Sequence[Observation]) -> int:
        """Raises `Contention` when others change the same rows for too long."""
        waiting = list(rows)
        for _ in attempts(budget=10.0):
            refused = self._try_write(waiting)
            if refused is None:
                return len(waiting)
            waiting = [row for row, code in zip(waiting, refused, strict=True) if code != _TOO_OLD]
            if not waiting:
                return 0
        raise Contention

    def _try_write(self, rows: Sequence[Observation]) -> list[str] | None:
        """`None` when all are written; else nothing is, and there is a reason for each row, `None` without a fault.

        Raises:
            app.errors.Unprocessable: a row is larger than an item may be, or all together than a transaction.
        """
        try:
            with map_aws_errors():
                self._dynamodb.transact_write_items(TransactItems=[self._action(*row) for row in rows])
        except TransactionConflict as cancelled:
            return _reasons(cancelled, len(rows))
        except ClientError as error:
            if code_of(error) != "ValidationException":
                raise
            raise Unprocessable("This cannot be stored as it is.", code="not_storable") from error
        return None

    def _action(self, data: UserData, order: EventOrder) -> "TransactWriteItemTypeDef":
        given = {_COLUMNS[name]: getattr(data, name) for name in _COLUMNS}
        changes: dict[str, Item] = {
            **{name: string(value) for name, value in given.items() if value is not None},
            "attributes": to_attribute(data.attributes),
            "source": string(order.source),
            "sequence": string(order.sequence),
            "at": number(order.at),
            "updatedAt": instant(now()),
        }
        gone = [name for name, value in given.items() if value is None]
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(data.email),
                "UpdateExpression": _expression(changes, gone),
                "ConditionExpression": _IS_NEWER,
                "ExpressionAttributeNames": {f"#{name}": name for name in (*changes, *gone)},
                "ExpressionAttributeValues": {f":{name}": value for name, value in changes.items()},
            }
        }

    def link(self, email: str, user_id: str) -> UserData | None:
        """The account that has proved the address owns the data about it, so this replaces a link to another
        account."""
        return _held(retry_on_conflict(lambda: self._set_user(email, user_id)))

    def _set_user(self, email: str, user_id: str) -> Item:
        with map_aws_errors():
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(email),
                UpdateExpression="SET userId = :user",
                ExpressionAttributeValues={":user": string(user_id)},
                ReturnValues="ALL_NEW",
            )
        return answer["Attributes"]

    def unlink(self, email: str, user_id: str) -> None:
        """An item without data goes with its link: it would be an address that is kept for no reason."""
        try:
            retry_on_conflict(
                lambda: self._delete(email, "userId = :user AND attribute_not_exists(attributes)", user_id)
            )
        except ConditionFailed:
            with suppress(ConditionFailed):
                retry_on_conflict(lambda: self._remove_user(email, user_id))

    def _remove_user(self, email: str, user_id: str) -> None:
        with map_aws_errors():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(email),
                UpdateExpression="REMOVE userId",
                ConditionExpression="userId = :user",
                ExpressionAttributeValues={":user": string(user_id)},
            )

    def erase(self, email: str, user_id: str) -> None:
        with suppress(ConditionFailed):
            retry_on_conflict(
                lambda: self._delete(email, "attribute_not_exists(userId) OR userId = :user", user_id)
            )

    def _delete(self, email: str, condition: str, user_id: str) -> None:
        with map_aws_errors():
            self._dynamodb.delete_item(
                TableName=self._table,
                Key=_key(email),
                ConditionExpression=condition,
                ExpressionAttributeValues={":user": string(user_id)},
            )


_TOO_OLD = "ConditionalCheckFailed"


def _newest(rows: Iterable[Observation]) -> list[Observation]:
    """One row a person, the newest: a transaction may touch an item only once."""
    newest: dict[str, Observation] = {}
    for row in rows:
        other = newest.get(row[0].email)
        if other is None or row[1].follows(other[1]):
            newest[row[0].email] = row
    return list(newest.values())


def _reasons(cancelled: TransactionConflict, count: int) -> list[str]:
    """Met by another transaction without being cancelled, every row may go again."""
    response: Any = cast(ClientError, cancelled.__cause__).response
    codes = [str(reason.get("Code", "None")) for reason in response.get("CancellationReasons", ())]
    return codes or ["TransactionConflict"] * count


def _expression(changes: Iterable[str], gone: Sequence[str]) -> str:
    kept = ", ".join(f"#{name} = :{name}" for name in changes)
    return f"SET {kept}" + (" REMOVE " + ", ".join(f"#{name}" for name in gone) if gone else "")


def _key(email: str) -> Item:
    return {"email": string(email)}


def _held(item: Item) -> UserData | None:
    """`None` for an item that holds nothing but the link of an address to its account."""
    return _user_data(item) if "attributes" in item else None


def _user_data(item: Item) -> UserData:
    return UserData(
        email=item["email"]["S"],
        **{field: to_string(item, name) for field, name in _COLUMNS.items()},
        attributes=cast("dict[str, Any]", from_attribute(item.get("attributes", {"M": {}}))),
        user_id=to_string(item, "userId"),
    )
