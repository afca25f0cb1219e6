"""User records in DynamoDB. `revision` and `todoCount` are changed by the to-dos' transactions alone."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from app.aws.clients import Clients
from app.aws.errors import ConditionFailed, map_aws_errors
from app.aws.retries import retry_on_conflict
from app.models import Page, Position, User, UserQuery, UserStatus, now
from app.ports import UserRecordMissing
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
from app.repositories.dynamodb.user_directory import UserDirectory

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient

_PROFILE = {"name": "name", "phone": "phone", "locale": "locale", "time_zone": "timeZone"}
_EXISTS = "attribute_exists(userId)"
_STAYS = f"{_EXISTS} AND #status <> :deleting"
_NAMED = re.compile(r"#(\w+)")
_DELETING = {":deleting": string("deleting")}


class DynamoUsers:
    """The `UserRepository` over the Users table."""

    def __init__(self, clients: Clients, table: str) -> None:
        self._clients = clients
        self._table = table
        self._directory = UserDirectory(clients, table)

    @property
    def _dynamodb(self) -> "DynamoDBClient":
        return self._clients.dynamodb

    def get(self, user_id: str) -> User | None:
        with map_aws_errors():
            answer = self._dynamodb.get_item(TableName=self._table, Key=_key(user_id), ConsistentRead=True)
        return user_from(answer["Item"]) if "Item" in answer else None

    def get_many(self, user_ids: Sequence[str]) -> Sequence[User]:
        return [user_from(item) for item in self._directory.records(user_ids)]

    def create(self, user: User) -> bool:
        try:
            retry_on_conflict(lambda: self._put_new(user))
        except ConditionFailed:
            return False
        return True

    def _put_new(self, user: User) -> None:
        with map_aws_errors():
            self._dynamodb.put_item(
                TableName=self._table, Item=item_of(user), ConditionExpression="attribute_not_exists(userId)"
            )

    def update_profile(self, user_id: str, changes: dict[str, str | None]) -> User | None:
        if not changes:
            return self.get(user_id)
        return self._update_existing(user_id, {_PROFILE[field]: value for field, value in changes.items()})

    def fill_profile(self, user_id: str, values: Mapping[str, str]) -> None:
        given = {_PROFILE[field]: string(value) for field, value in values.items()}
        with suppress(ConditionFailed):
            retry_on_conflict(lambda: self._try_fill(user_id, given))

    def _try_fill(self, user_id: str, given: Mapping[str, Item]) -> None:
        is_empty = " OR ".join(f"attribute_not_exists(#{name})" for name in given)
        kept = ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in given)
        with map_aws_errors():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(user_id),
                UpdateExpression=f"SET {kept}, updatedAt = :updatedAt",
                ConditionExpression=f"{_STAYS} AND ({is_empty})",
                ExpressionAttributeNames={f"#{name}": name for name in (*given, "status")},
                ExpressionAttributeValues={
                    **{f":{name}": value for name, value in given.items()},
                    ":updatedAt": instant(now()),
                    **_DELETING,
                },
            )

    def change_email(self, user_id: str, email: str, *, was: str) -> bool:
        changes = {"email": string(email), "updatedAt": instant(now())}
        try:
            self._update(user_id, changes, f"{_STAYS} AND email = :was", {":was": string(was), **_DELETING})
        except ConditionFailed:
            return False
        return True

    def set_status(self, user_id: str, status: UserStatus) -> User | None:
        return self._update_existing(user_id, {"status": status}, _STAYS, _DELETING)

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

    def _update_existing(
        self,
        user_id: str,
        changes: Mapping[str, str | None],
        condition: str = _EXISTS,
        compared: Item | None = None,
    ) -> User | None:
        attributes = {name: None if value is None else string(value) for name, value in changes.items()}
        try:
            changed = {**attributes, "updatedAt": instant(now())}
            return user_from(self._update(user_id, changed, condition, compared))
        except ConditionFailed:
            return None

    def revoke_tokens(self, user_id: str, valid_after: int) -> None:
        forwards = f"{_EXISTS} AND #tokensValidAfter < :tokensValidAfter"
        try:
            self._update(user_id, {"tokensValidAfter": number(valid_after)}, forwards)
        except ConditionFailed as refused:
            if refused.item is None:
                raise UserRecordMissing from refused

    def wait_until_visible(self, user_id: str) -> None:
        """Reads are strongly consistent."""

    def _update(
        self, user_id: str, changes: Mapping[str, Item | None], condition: str, compared: Item | None = None
    ) -> Item:
        """Set the attributes, remove those that are `None`, and return the whole new item. `compared`: the values
        that the condition names beside those.

        Raises:
            ConditionFailed: with the item as it is.
        """
        return retry_on_conflict(lambda: self._try_update(user_id, changes, condition, compared or {}))

    def _try_update(
        self, user_id: str, changes: Mapping[str, Item | None], condition: str, compared: Item
    ) -> Item:
        values = {f":{name}": value for name, value in changes.items() if value is not None} | compared
        with map_aws_errors():
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(user_id),
                UpdateExpression=_update_expression(changes),
                ConditionExpression=condition,
                ExpressionAttributeNames={
                    f"#{name}": name for name in {*changes, *_NAMED.findall(condition)}
                },
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        return answer["Attributes"]


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
