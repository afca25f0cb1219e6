"""Idempotency keys in DynamoDB: a claim while a request runs, then its answer.

`leasedUntil` says how long a request may run; a released claim has one that is over, an answered one has none. `ttl`
says until when the record counts. DynamoDB deletes expired items days late, so a claim compares it too.
"""

import json
import math
from contextlib import suppress
from hashlib import sha256

from app.aws.errors import ConditionFailed, map_aws_errors
from app.ports.idempotency import KeyClaim, OperationRecord, StoredAnswer
from app.repositories.dynamodb.attributes import Item, number, string, to_number
from app.repositories.dynamodb.operations_table import OperationsTable

_CLAIM_SECONDS = 60
_KEPT_SECONDS = 24 * 60 * 60
_OWN_RUNNING_CLAIM = "#owner = :owner AND attribute_not_exists(#answer)"


class DynamoOperations(OperationsTable):
    """The `OperationRepository` over the Operations table."""

    def claim(
        self, user_id: str, key: str, fingerprint: str, *, owner: str, resource_id: str
    ) -> KeyClaim | OperationRecord:
        item = {
            **_key(user_id, key),
            "fingerprint": string(fingerprint),
            "owner": string(owner),
            "resourceId": string(resource_id),
            "leasedUntil": self._expiry(_CLAIM_SECONDS),
            "ttl": self._expiry(_KEPT_SECONDS),
        }
        try:
            self._put_if_free(item)
        except ConditionFailed as refused:
            return self._resume(item, refused.item or {})
        return KeyClaim(resource_id)

    def _put_if_free(self, item: Item) -> None:
        """A claim that is over gives way to another request only: the same one is to know its id."""
        with map_aws_errors():
            self._dynamodb.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR #ttl <= :now"
                " OR (#leasedUntil <= :now AND #fingerprint <> :fingerprint)",
                ExpressionAttributeNames=_names("ttl", "leasedUntil", "fingerprint"),
                ExpressionAttributeValues={":now": self._now(), ":fingerprint": item["fingerprint"]},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )

    def _resume(self, wanted: Item, held: Item) -> KeyClaim | OperationRecord:
        """Go on where the same request left off, unless it still runs or is answered."""
        if _is_running(held, wanted["owner"]):  # the SDK sends a claim again whose answer was lost
            return KeyClaim(held["resourceId"]["S"])
        if self._is_over(held) and held["fingerprint"] == wanted["fingerprint"]:
            try:
                held = self._take_over(wanted)
            except ConditionFailed as refused:
                held = refused.item or held
            if _is_running(held, wanted["owner"]):
                return KeyClaim(held["resourceId"]["S"], resumed=True)
        return OperationRecord(held["fingerprint"]["S"], _stored_answer(held))

    def _is_over(self, item: Item) -> bool:
        return "leasedUntil" in item and to_number(item, "leasedUntil") <= math.floor(self._clock())

    def _take_over(self, wanted: Item) -> Item:
        with map_aws_errors():
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key={"pk": wanted["pk"], "sk": wanted["sk"]},
                UpdateExpression="SET #owner = :owner, #leasedUntil = :until, #ttl = :ttl",
                ConditionExpression="#leasedUntil <= :now AND #fingerprint = :fingerprint",
                ExpressionAttributeNames=_names("owner", "leasedUntil", "ttl", "fingerprint"),
                ExpressionAttributeValues={
                    ":owner": wanted["owner"],
                    ":until": wanted["leasedUntil"],
                    ":ttl": wanted["ttl"],
                    ":now": self._now(),
                    ":fingerprint": wanted["fingerprint"],
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        return answer["Attributes"]

    def complete(self, user_id: str, key: str, answer: StoredAnswer, *, owner: str) -> None:
        with suppress(ConditionFailed), map_aws_errors():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(user_id, key),
                UpdateExpression="SET #answer = :answer, #ttl = :ttl REMOVE #leasedUntil",
                ConditionExpression=_OWN_RUNNING_CLAIM,
                ExpressionAttributeNames=_names("owner", "answer", "ttl", "leasedUntil"),
                ExpressionAttributeValues={
                    ":owner": string(owner),
                    ":answer": string(answer),
                    ":ttl": self._expiry(_KEPT_SECONDS),
                },
            )

    def release(self, user_id: str, key: str, *, owner: str) -> None:
        with suppress(ConditionFailed), map_aws_errors():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(user_id, key),
                UpdateExpression="SET #leasedUntil = :over",
                ConditionExpression=_OWN_RUNNING_CLAIM,
                ExpressionAttributeNames=_names("owner", "answer", "leasedUntil"),
                ExpressionAttributeValues={":owner": string(owner), ":over": number(0)},
            )

    def _now(self) -> Item:
        return number(math.floor(self._clock()))

    def _expiry(self, seconds: int) -> Item:
        return number(math.ceil(self._clock()) + seconds)


def _key(user_id: str, key: str) -> Item:
    """The key is the client's own string of any length: its digest has a known one."""
    digest = sha256(key.encode()).hexdigest()
    return {"pk": string(f"user#{user_id}"), "sk": string(f"idempotency#{digest}")}


def _is_running(item: Item, owner: Item) -> bool:
    return item["owner"] == owner and "answer" not in item


def _names(*attributes: str) -> dict[str, str]:
    return {f"#{name}": name for name in attributes}


def _stored_answer(item: Item) -> StoredAnswer | None:
    if "answer" not in item:
        return None
    answer = item["answer"]
    return StoredAnswer(answer["S"]) if "S" in answer else _former_answer(answer["M"])


def _former_answer(answer: Item) -> StoredAnswer:
    """Of an earlier release, kept for a day: its body is JSON, or the bare id of a file or an import."""
    body = answer["body"]["S"]
    return StoredAnswer(body if body.startswith("{") else json.dumps({"id": body}))
