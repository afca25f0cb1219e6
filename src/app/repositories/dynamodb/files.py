"""Records of files in DynamoDB. `usedBytes` and `usedFiles` of the user's record are the sums over them.

Every change of a record is one transaction with the correction of these sums, so they cannot drift, and with the
user's next revision and the pointer to the file. It reads the user before, and holds while the revision is still what
was read; the condition of the record decides, and is not read.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from app.aws.clients import Clients
from app.aws.errors import TransactionConflict, map_aws_errors
from app.aws.retries import retry_on_conflict
from app.models.files import File, Quota
from app.models.pages import Page, Position
from app.ports.files import QuotaExceeded
from app.ports.users import UserRecordMissing
from app.repositories.dynamodb.attributes import (
    Item,
    instant,
    number,
    string,
    to_number,
    to_optional_number,
)
from app.repositories.dynamodb.batches import get_items
from app.repositories.dynamodb.file_items import file_from, item, key
from app.repositories.dynamodb.pointers import point
from app.repositories.dynamodb.user_tables import UserTables

_AS_READ = {
    "ConditionExpression": "#status = :read",
    "ExpressionAttributeNames": {"#status": "status"},
}
_RECORD = 0
"""The number of the action that changes the record."""


class DynamoFiles(UserTables):
    """The `FileRepository` over the Files and Users tables. The pointers to files are in the Todos table."""

    def __init__(self, clients: Clients, *, files_table: str, users_table: str, todos_table: str) -> None:
        super().__init__(clients, todos_table=todos_table, users_table=users_table)
        self._files = files_table

    def get(self, user_id: str, file_id: str) -> File | None:
        with map_aws_errors():
            answer = self._dynamodb.get_item(
                TableName=self._files, Key=key(user_id, file_id), ConsistentRead=True
            )
        return file_from(answer["Item"]) if "Item" in answer else None

    def get_many(self, user_id: str, file_ids: Sequence[str]) -> Sequence[File]:
        keys = [key(user_id, file_id) for file_id in file_ids]
        return [file_from(found) for found in get_items(self._dynamodb, self._files, keys)]

    def list(self, user_id: str, *, limit: int, position: Position | None = None) -> Page[File]:
        request = self._query(user_id)
        if position is not None:
            request["ExclusiveStartKey"] = key(user_id, position)
        with map_aws_errors():
            answer = self._dynamodb.query(**request, ScanIndexForward=False, Limit=limit + 1)
        found = tuple(file_from(entry) for entry in answer["Items"])
        return Page(found[:limit], Position(found[limit - 1].id) if len(found) > limit else None)

    def every(self, user_id: str) -> Iterator[File]:
        for entries in self._pages(self._query(user_id)):
            yield from map(file_from, entries)

    def pending(self, user_id: str, expired_before: datetime) -> Iterator[File]:
        request = self._query(user_id) | {
            "FilterExpression": "#status = :pending AND #expiresAt < :moment",
            "ExpressionAttributeNames": {"#status": "status", "#expiresAt": "expiresAt"},
        }
        request["ExpressionAttributeValues"] |= {
            ":pending": string("pending"),
            ":moment": instant(expired_before),
        }
        for entries in self._pages(request):
            yield from map(file_from, entries)

    def reserve(self, user_id: str, file: File, quota: Quota) -> None:
        if file.reserved > quota.size or quota.files < 1:  # nor would it fit where nothing is counted yet
            raise QuotaExceeded
        retry_on_conflict(lambda: self._try_reserve(user_id, file, quota))

    def _try_reserve(self, user_id: str, file: File, quota: Quota) -> None:
        user = self._user(user_id)
        used = _used(user)
        if used.size + file.reserved > quota.size or used.files >= quota.files:
            if self.get(user_id, file.id) is None:
                raise QuotaExceeded
            return  # stored by an earlier request, whose answer was lost
        new = {"ConditionExpression": "attribute_not_exists(fileId)"}
        put = {"Put": {"TableName": self._files, "Item": item(user_id, file), **new}}
        try:
            self._write(user, file.id, put, Quota(file.reserved, 1))
        except TransactionConflict as conflict:
            if _RECORD not in conflict.failed:
                raise

    def settle(self, user_id: str, current: File, settled: File) -> bool:
        put = {
            "Put": {
                "TableName": self._files,
                "Item": item(user_id, settled),
                **_AS_READ,
                "ExpressionAttributeValues": {":read": string(current.status)},
            }
        }
        return self._change(user_id, current, put, Quota(settled.reserved - current.reserved, 0))

    def remove(self, user_id: str, current: File) -> bool:
        delete = {
            "TableName": self._files,
            "Key": key(user_id, current.id),
            **_AS_READ,
            "ExpressionAttributeValues": {":read": string(current.status)},
        }
        return self._change(user_id, current, {"Delete": delete}, Quota(-current.reserved, -1), deleted=True)

    def discard(self, user_id: str, file_id: str) -> None:
        with map_aws_errors():
            self._dynamodb.delete_item(TableName=self._files, Key=key(user_id, file_id))

    def _change(
        self, user_id: str, current: File, change: dict[str, Any], use: Quota, *, deleted: bool = False
    ) -> bool:
        """`False` when the record is not `current` any more.

        Raises:
            UserRecordMissing: the account is gone.
        """

        def attempt() -> bool:
            try:
                self._write(self._user(user_id), current.id, change, use, deleted=deleted)
            except TransactionConflict as conflict:
                if _RECORD in conflict.failed:
                    return False
                raise
            return True

        return retry_on_conflict(attempt)

    def _write(
        self, user: Item, file_id: str, change: dict[str, Any], use: Quota, *, deleted: bool = False
    ) -> None:
        """botocore adds a `ClientRequestToken`, by which DynamoDB knows what it is sent again after a time-out."""
        user_id, revision = user["userId"]["S"], to_number(user, "revision") + 1
        pointer = point(self._todos, user_id, "file", file_id, revision=revision, deleted=deleted)
        actions: list[Any] = [change, self._use(user, use), pointer]
        with map_aws_errors():
            self._dynamodb.transact_write_items(TransactItems=actions)

    def _use(self, user: Item, use: Quota) -> Any:
        return {
            "Update": {
                "TableName": self._users,
                "Key": {"userId": user["userId"]},
                "UpdateExpression": "ADD usedBytes :bytes, usedFiles :files, #revision :one",
                "ConditionExpression": "#revision = :read",
                "ExpressionAttributeNames": {"#revision": "revision"},
                "ExpressionAttributeValues": {
                    ":bytes": number(use.size),
                    ":files": number(use.files),
                    ":one": number(1),
                    ":read": user["revision"],
                },
            }
        }

    def _user(self, user_id: str) -> Item:
        with map_aws_errors():
            answer = self._dynamodb.get_item(
                TableName=self._users, Key={"userId": string(user_id)}, ConsistentRead=True
            )
        if "Item" not in answer:
            raise UserRecordMissing
        return answer["Item"]

    def used(self, user_id: str) -> Quota:
        return _used(self._user(user_id))

    def _query(self, user_id: str) -> dict[str, Any]:
        return {
            "TableName": self._files,
            "KeyConditionExpression": "userId = :user",
            "ExpressionAttributeValues": {":user": string(user_id)},
            "ConsistentRead": True,
        }

    def _pages(self, request: dict[str, Any]) -> Iterator[Sequence[Item]]:
        """Everything that a query finds, page by page: an empty page need not be the last one."""
        while True:
            with map_aws_errors():
                answer = self._dynamodb.query(**request)
            yield answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request = request | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _used(user: Item) -> Quota:
    return Quota(to_optional_number(user, "usedBytes") or 0, to_optional_number(user, "usedFiles") or 0)
