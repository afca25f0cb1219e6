"""Changes of address in DynamoDB: a record beside the user's other operations, and an item for each reserved address.

Both are written in one transaction, so the record always names every item that is the account's. The sign-up trigger
reads the items by address. DynamoDB deletes expired items days late, so their `ttl` is compared, too.
"""

import json
import math
from dataclasses import asdict, replace
from typing import Any

from app.aws.errors import TransactionConflict, map_aws_errors
from app.errors import Conflict, Contention
from app.ports.address_changes import AddressRecord, FormerAddress, PendingChange
from app.repositories.dynamodb.attributes import Item, number, string, to_number
from app.repositories.dynamodb.operations_table import OperationsTable

_FREE = "attribute_not_exists(pk) OR userId = :me OR #ttl <= :now"


class DynamoAddressChanges(OperationsTable):
    """The `AddressChangeRepository` over the Operations table."""

    def get(self, user_id: str) -> AddressRecord:
        item = self._read(_record_key(user_id))
        return AddressRecord() if item is None else _record_from(item)

    def put(self, user_id: str, record: AddressRecord, *, was: AddressRecord) -> AddressRecord:
        stored = replace(record, version=was.version + 1)
        gone = [email for email in was.reserved if email not in stored.reserved]
        try:
            with map_aws_errors():
                self._dynamodb.transact_write_items(
                    TransactItems=[
                        self._put_record(user_id, stored, was),
                        *(self._reserve(user_id, email, until) for email, until in stored.reserved.items()),
                        *(self._release(user_id, email) for email in gone if self.holder(email) == user_id),
                    ]
                )
        except TransactionConflict as refused:
            if 0 in refused.failed or not refused.failed:
                raise Contention from refused
            raise Conflict("This e-mail address is taken.", code="email_taken") from refused
        return stored

    def holder(self, email: str) -> str | None:
        item = self._read(_address_key(email))
        if item is None or to_number(item, "ttl") <= self._now():
            return None
        return str(item["userId"]["S"])

    def erase(self, user_id: str) -> bool:
        """The record goes in the same transaction, so that a repetition finds the addresses or needs none."""
        record = self.get(user_id)
        if record.version == 0:
            return False
        held = [email for email in record.reserved if self.holder(email) == user_id]
        try:
            with map_aws_errors():
                self._dynamodb.transact_write_items(
                    TransactItems=[
                        self._delete_record(user_id, record),
                        *(self._release(user_id, email) for email in held),
                    ]
                )
        except TransactionConflict as refused:
            raise Contention from refused
        return True

    def _read(self, key: Item) -> Item | None:
        with map_aws_errors():
            answer = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return answer.get("Item")

    def _put_record(self, user_id: str, record: AddressRecord, was: AddressRecord) -> Any:
        item = {
            **_record_key(user_id),
            "version": number(record.version),
            "record": string(json.dumps(asdict(record))),
            "ttl": number(max(record.until, record.leased_until)),
        }
        return {"Put": {"TableName": self._table, "Item": item, **_is(was)}}

    def _delete_record(self, user_id: str, record: AddressRecord) -> Any:
        return {"Delete": {"TableName": self._table, "Key": _record_key(user_id), **_is(record)}}

    def _reserve(self, user_id: str, email: str, until: int) -> Any:
        return {
            "Put": {
                "TableName": self._table,
                "Item": {**_address_key(email), "userId": string(user_id), "ttl": number(until)},
                "ConditionExpression": _FREE,
                "ExpressionAttributeNames": {"#ttl": "ttl"},
                "ExpressionAttributeValues": {":me": string(user_id), ":now": number(self._now())},
            }
        }

    def _release(self, user_id: str, email: str) -> Any:
        return {
            "Delete": {
                "TableName": self._table,
                "Key": _address_key(email),
                "ConditionExpression": "attribute_not_exists(pk) OR userId = :me",
                "ExpressionAttributeValues": {":me": string(user_id)},
            }
        }

    def _now(self) -> int:
        return math.floor(self._clock())


def _is(was: AddressRecord) -> dict[str, Any]:
    """The condition that this version is stored."""
    if was.version == 0:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "version = :was",
        "ExpressionAttributeValues": {":was": number(was.version)},
    }


def _record_key(user_id: str) -> Item:
    return {"pk": string(f"user#{user_id}"), "sk": string("addresses")}


def _address_key(email: str) -> Item:
    return {"pk": string(f"address#{email}"), "sk": string("reserved")}


def _record_from(item: Item) -> AddressRecord:
    kept = json.loads(item["record"]["S"])
    pending = kept.pop("pending")
    former = kept.pop("former")
    return AddressRecord(
        **kept,
        pending=None if pending is None else PendingChange(**pending),
        former=tuple(FormerAddress(**address) for address in former),
    )
