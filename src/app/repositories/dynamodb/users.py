"""User records in DynamoDB.

A change of a profile raises `revision`, and writes the pointer to the profile in the same transaction. `todoCount` is
changed by the to-dos' transactions alone.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from app.aws.clients import Clients
from app.aws.errors import ConditionFailed, TransactionConflict, map_aws_errors
from app.aws.retries import retry_on_conflict
from app.models.moments import now
from app.models.pages import Page, Position
from app.models.users import User, UserQuery, UserStatus
from app.ports.feed import FeedEntry
from app.ports.users import UserRecordMissing
from app.repositories.dynamodb.attributes import (
    Item,
    instant,
    number,
    string,
    to_instant,
    to_number,
    to_optional_number,
    to_string,
)
from app.repositories.dynamodb.pointers import point, pointer_item
from app.repositories.dynamodb.user_directory import UserDirectory

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient

_PROFILE = {"name": "name", "phone": "phone", "locale": "locale", "time_zone": "timeZone"}
_EXISTS = "attribute_exists(userId)"
_DELETING = {":deleting": string("deleting")}


class DynamoUsers:
    """The `UserRepository` over the Users table. The pointers to profiles are in the Todos table."""

    def __init__(self, clients: Clients, table: str, *, todos_table: str) -> None:
        self._clients = clients
        self._table = table
        self._todos = todos_table
        self._directory = UserDirectory(clients, table)

    @property
    def _dynamodb(self) -> "DynamoDBClient":
        return self._clients.dynamodb

    def get(self, user_id: str) -> User | None:
        item = self._read(user_id)
        return None if item is None else user_from(item)

    def get_many(self, user_ids: Sequence[str]) -> Sequence[User]:
        return [user_from(item) for item in self._directory.records(user_ids)]

    def create(self, user: User) -> bool:
        return retry_on_conflict(lambda: self._try_create(user))

    def _try_create(self, user: User) -> bool:
        new = {"ConditionExpression": "attribute_not_exists(userId)"}
        pointer = FeedEntry(type="profile", id=user.id, version=1, revision=user.revision)
        try:
            self._write(
                {"Put": {"TableName": self._table, "Item": item_of(user), **new}},
                {"Put": {"TableName": self._todos, "Item": pointer_item(user.id, pointer)}},
            )
        except TransactionConflict:
            if self.get(user.id) is None:
                raise
            return False
        return True

    def update_profile(self, user_id: str, changes: dict[str, str | None]) -> User | None:
        if not changes:
            return self.get(user_id)
        values = {_PROFILE[field]: value for field, value in changes.items()}
        return self._change_existing(user_id, lambda _: values)

    def fill_profile(self, user_id: str, values: Mapping[str, str]) -> None:
        given = {_PROFILE[field]: value for field, value in values.items()}
        self._change_existing(
            user_id, lambda item: {name: value for name, value in given.items() if name not in item}
        )

    def change_email(self, user_id: str, email: str, *, was: str) -> bool:
        changed = self._change_existing(
            user_id, lambda item: {"email": email} if item["email"]["S"] == was else {}
        )
        return changed is not None and changed.email == email

    def set_status(self, user_id: str, status: UserStatus) -> User | None:
        return self._change_existing(user_id, lambda _: {"status": status})

    def _change_existing(
        self, user_id: str, decide: Callable[[Item], Mapping[str, str | None]]
    ) -> User | None:
        """The user with the changes that `decide` asks for: attributes to set, or with `None` to remove. `None` when
        there is no such user, or one who is being erased."""
        item = retry_on_conflict(lambda: self._try_change(user_id, decide))
        return None if item is None else user_from(item)

    def _try_change(self, user_id: str, decide: Callable[[Item], Mapping[str, str | None]]) -> Item | None:
        item = self._read(user_id)
        if item is None or to_string(item, "status") == "deleting":
            return None
        wanted = decide(item)
        if not wanted:
            return item
        revision = to_number(item, "revision") + 1
        changes = {
            **{name: None if value is None else string(value) for name, value in wanted.items()},
            "updatedAt": instant(now()),
            "revision": number(revision),
        }
        self._write(
            self._update_of(user_id, changes, item),
            point(self._todos, user_id, "profile", user_id, revision=revision),
        )
        return {name: value for name, value in {**item, **changes}.items() if value is not None}

    def _update_of(self, user_id: str, changes: Mapping[str, Item | None], read: Item) -> dict[str, Any]:
        """On the condition of the revision: whatever else `decide` has looked at changes with it."""
        values = {f":{name}": value for name, value in changes.items() if value is not None}
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(user_id),
                "UpdateExpression": _update_expression(changes),
                "ConditionExpression": "#revision = :read",
                "ExpressionAttributeNames": {f"#{name}": name for name in changes},
                "ExpressionAttributeValues": {**values, ":read": read["revision"]},
            }
        }

    def _write(self, *actions: Any) -> None:
        with map_aws_errors():
            self._dynamodb.transact_write_items(TransactItems=actions)

    def _read(self, user_id: str) -> Item | None:
        with map_aws_errors():
            answer = self._dynamodb.get_item(TableName=self._table, Key=_key(user_id), ConsistentRead=True)
        return answer.get("Item")

    def close(self, user_id: str) -> User | None:
        try:
            return user_from(retry_on_conflict(lambda: self._try_close(user_id)))
        except ConditionFailed:
            return None

    def _try_close(self, user_id: str) -> Item:
        """A change of a to-do that has read the revision before fails, and finds the status when it tries again."""
        with map_aws_errors():
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(user_id),
                UpdateExpression="SET #status = :deleting ADD #revision :one",
                ConditionExpression=_EXISTS,
                ExpressionAttributeNames={"#status": "status", "#revision": "revision"},
                ExpressionAttributeValues={**_DELETING, ":one": number(1)},
                ReturnValues="ALL_NEW",
            )
        return answer["Attributes"]

    def delete(self, user_id: str) -> bool:
        return retry_on_conflict(lambda: self._try_delete(user_id))

    def _try_delete(self, user_id: str) -> bool:
        with map_aws_errors():
            answer = self._dynamodb.delete_item(
                TableName=self._table, Key=_key(user_id), ReturnValues="ALL_OLD"
            )
        return "Attributes" in answer

    def search(self, query: UserQuery, *, limit: int, position: Position | None = None) -> Page[User]:
        found = self._directory.entries(query, limit=limit + 1, position=position)
        page = found[:limit]
        records = self._directory.records([entry.user_id for entry in page])
        users = (user_from(item) for item in records)
        wanted = tuple(user for user in users if query.status in (None, user.status))
        return Page(wanted, page[-1].position if len(found) > limit else None)

    def revoke_tokens(self, user_id: str, valid_after: int) -> None:
        try:
            retry_on_conflict(lambda: self._try_revoke(user_id, valid_after))
        except ConditionFailed as refused:
            if refused.item is None:
                raise UserRecordMissing from refused

    def _try_revoke(self, user_id: str, valid_after: int) -> None:
        with map_aws_errors():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(user_id),
                UpdateExpression="SET tokensValidAfter = :moment",
                ConditionExpression=f"{_EXISTS} AND tokensValidAfter < :moment",
                ExpressionAttributeValues={":moment": number(valid_after)},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )

    def wait_until_visible(self, user_id: str) -> None:
        """Reads are strongly consistent."""


def _update_expression(changes: Mapping[str, Item | None]) -> str:
    kept = ", ".join(f"#{name} = :{name}" for name, value in changes.items() if value is not None)
    removed = ", ".join(f"#{name}" for name, value in changes.items() if value is None)
    return f"SET {kept}" + (f" REMOVE {removed}" if removed else "")


def _key(user_id: str) -> Item:
    return {"userId": string(user_id)}


def item_of(user: User) -> Item:
    optional = {"name": user.name, "phone": user.phone, "locale": user.locale, "timeZone": user.time_zone}
    return {
        **_key(user.id),
        "cognitoUserSub": string(user.id),
        "email": string(user.email),
        "status": string(user.status),
        "revision": number(user.revision),
        "tokensValidAfter": number(user.tokens_valid_after),
        "createdAt": instant(user.created_at),
        "updatedAt": instant(user.updated_at),
        **({} if user.todo_count is None else {"todoCount": number(user.todo_count)}),
        **{name: string(value) for name, value in optional.items() if value is not None},
    }


def user_from(item: Item) -> User:
    return User(
        id=item["userId"]["S"],
        email=item["email"]["S"],
        name=to_string(item, "name"),
        phone=to_string(item, "phone"),
        locale=to_string(item, "locale"),
        time_zone=to_string(item, "timeZone"),
        status=cast("UserStatus", item["status"]["S"]),
        revision=to_number(item, "revision"),
        todo_count=to_optional_number(item, "todoCount"),
        tokens_valid_after=to_number(item, "tokensValidAfter"),
        created_at=to_instant(item, "createdAt"),
        updated_at=to_instant(item, "updatedAt"),
    )
