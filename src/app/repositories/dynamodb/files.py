"""Records of files in DynamoDB. `usedBytes` and `usedFiles` of the user's record are the sums over them.

Every change of a record is one transaction with the correction of these sums, so they cannot drift. Its conditions
decide, and where one does not hold, DynamoDB says what is stored instead: only a refusal for the quota reads.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.aws.clients import Clients
from app.aws.errors import TransactionConflict, map_aws_errors
from app.aws.retries import retry_on_conflict
from app.models import File, Page, Position, Quota
from app.ports import QuotaExceeded, UserRecordMissing
from app.repositories.dynamodb.attributes import Item, instant, number, string
from app.repositories.dynamodb.file_items import file_from, item, key

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient

_RETURNED = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
_AS_READ = {
    "ConditionExpression": "#status = :read",
    "ExpressionAttributeNames": {"#status": "status"},
    **_RETURNED,
}
_RECORD, _USER = 0, 1
"""The actions of a transaction, by their numbers."""


class DynamoFiles:
    """The `FileRepository` over the Files and Users tables."""

    def __init__(self, clients: Clients, *, files_table: str, users_table: str) -> None:
        self._clients = clients
        self._files = files_table
        self._users = users_table

    @property
    def _dynamodb(self) -> "DynamoDBClient":
        return self._clients.dynamodb

    def get(self, user_id: str, file_id: str) -> File | None:
        with map_aws_errors():
            answer = self._dynamodb.get_item(
                TableName=self._files, Key=key(user_id, file_id), ConsistentRead=True
            )
        return file_from(answer["Item"]) if "Item" in answer else None

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
        new = {"ConditionExpression": "attribute_not_exists(fileId)", **_RETURNED}
        put = {"Put": {"TableName": self._files, "Item": item(user_id, file), **new}}
        room = {":bytesLeft": number(quota.size - file.reserved), ":filesLeft": number(quota.files - 1)}
        fits = (
            "(attribute_not_exists(usedBytes) OR usedBytes <= :bytesLeft)"
            " AND (attribute_not_exists(usedFiles) OR usedFiles <= :filesLeft)"
        )
        try:
            self._write(put, self._use(user_id, file.reserved, 1, condition=fits, values=room))
        except TransactionConflict as conflict:
            if _RECORD in conflict.failed:  # stored by an earlier request, whose answer was lost
                return
            _refuse_missing_user(conflict)
            if _USER not in conflict.failed:
                raise
            # DynamoDB need not have come to the other condition.
            if self.get(user_id, file.id) is None:
                raise QuotaExceeded from None

    def settle(self, user_id: str, current: File, settled: File) -> bool:
        put = {
            "Put": {
                "TableName": self._files,
                "Item": item(user_id, settled),
                **_AS_READ,
                "ExpressionAttributeValues": {":read": string(current.status)},
            }
        }
        use = self._use(user_id, settled.reserved - current.reserved, 0)
        return retry_on_conflict(lambda: self._change(put, use))

    def remove(self, user_id: str, current: File) -> bool:
        delete = {
            "TableName": self._files,
            "Key": key(user_id, current.id),
            **_AS_READ,
            "ExpressionAttributeValues": {":read": string(current.status)},
        }
        use = self._use(user_id, -current.reserved, -1)
        return retry_on_conflict(lambda: self._change({"Delete": delete}, use))

    def discard(self, user_id: str, file_id: str) -> None:
        with map_aws_errors():
            self._dynamodb.delete_item(TableName=self._files, Key=key(user_id, file_id))

    def _change(self, change: dict[str, Any], use: dict[str, Any]) -> bool:
        """`False` when the record is not as its condition says any more.

        Raises:
            TransactionConflict: others change the user's record right now.
            UserRecordMissing: the account is gone, or going.
        """
        try:
            self._write(change, use)
        except TransactionConflict as conflict:
            if _RECORD in conflict.failed:
                return False
            _refuse_missing_user(conflict)
            raise
        return True

    def _write(self, *actions: Any) -> None:
        """botocore adds a `ClientRequestToken`, by which DynamoDB knows what it is sent again after a time-out."""
        with map_aws_errors():
            self._dynamodb.transact_write_items(TransactItems=actions)

    def _use(
        self, user_id: str, size: int, files: int, *, condition: str = "", values: Item | None = None
    ) -> dict[str, Any]:
        exists = "attribute_exists(userId)"
        return {
            "Update": {
                "TableName": self._users,
                "Key": {"userId": string(user_id)},
                "UpdateExpression": "ADD usedBytes :bytes, usedFiles :files",
                "ConditionExpression": f"{exists} AND {condition}" if condition else exists,
                "ExpressionAttributeValues": {
                    ":bytes": number(size),
                    ":files": number(files),
                    **(values or {}),
                },
                **_RETURNED,
            }
        }

    def used(self, user_id: str) -> Quota:
        with map_aws_errors():
            answer = self._dynamodb.get_item(
                TableName=self._users, Key={"userId": string(user_id)}, ConsistentRead=True
            )
        if "Item" not in answer:
            raise UserRecordMissing
        user = answer["Item"]
        none = number(0)
        return Quota(int(user.get("usedBytes", none)["N"]), int(user.get("usedFiles", none)["N"]))

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


def _refuse_missing_user(conflict: TransactionConflict) -> None:
    if _USER in conflict.failed and conflict.failed[_USER] is None:
        raise UserRecordMissing from conflict
