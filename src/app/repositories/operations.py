"""Idempotency keys in DynamoDB: a claim while a request runs, then its answer.

`ttl` says until when a record counts, running claims included. DynamoDB deletes expired items days late, so a
claim compares it too.
"""

import math
from contextlib import suppress
from hashlib import sha256

from app.repositories.dynamodb import ConditionFailed, Item, number, string, to_number, translated
from app.repositories.operations_table import OperationsTable
from app.repositories.protocols import OperationRecord, StoredAnswer

_CLAIM_SECONDS = 60
_ANSWER_SECONDS = 24 * 60 * 60
_OWN_RUNNING_CLAIM = "#owner = :owner AND attribute_not_exists(#answer)"


class DynamoOperations(OperationsTable):
    """The `OperationRepository` over the Operations table."""

    def claim(self, user_id: str, key: str, fingerprint: str, *, owner: str) -> OperationRecord | None:
        item = {
            **_key(user_id, key),
            "fingerprint": string(fingerprint),
            "owner": string(owner),
            "ttl": self._expiry(_CLAIM_SECONDS),
        }
        try:
            self._put_if_free(item)
        except ConditionFailed as refused:
            return _holder(refused, owner)
        return None

    def _put_if_free(self, item: Item) -> None:
        with translated():
            self._dynamodb.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR #ttl <= :now",
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={":now": number(math.floor(self._clock()))},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )

    def complete(self, user_id: str, key: str, answer: StoredAnswer, *, owner: str) -> None:
        with suppress(ConditionFailed), translated():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(user_id, key),
                UpdateExpression="SET #answer = :answer, #ttl = :ttl",
                ConditionExpression=_OWN_RUNNING_CLAIM,
                ExpressionAttributeNames={"#owner": "owner", "#answer": "answer", "#ttl": "ttl"},
                ExpressionAttributeValues={
                    ":owner": string(owner),
                    ":answer": _answer_attribute(answer),
                    ":ttl": self._expiry(_ANSWER_SECONDS),
                },
            )

    def release(self, user_id: str, key: str, *, owner: str) -> None:
        with suppress(ConditionFailed), translated():
            self._dynamodb.delete_item(
                TableName=self._table,
                Key=_key(user_id, key),
                ConditionExpression=_OWN_RUNNING_CLAIM,
                ExpressionAttributeNames={"#owner": "owner", "#answer": "answer"},
                ExpressionAttributeValues={":owner": string(owner)},
            )

    def _expiry(self, seconds: int) -> Item:
        return number(math.ceil(self._clock()) + seconds)


def _key(user_id: str, key: str) -> Item:
    """The key is the client's own string of any length: its digest has a known one."""
    digest = sha256(key.encode()).hexdigest()
    return {"pk": string(f"user#{user_id}"), "sk": string(f"idempotency#{digest}")}


def _holder(refused: ConditionFailed, owner: str) -> OperationRecord | None:
    """What holds the key: `None` when we do, for the SDK sends a claim again whose answer was lost."""
    item = refused.item or {}
    record = OperationRecord(item["fingerprint"]["S"], _stored_answer(item))
    return None if record.answer is None and item["owner"]["S"] == owner else record


def _answer_attribute(answer: StoredAnswer) -> Item:
    return {
        "M": {
            "status": number(answer.status),
            "headers": {"M": {name: string(value) for name, value in answer.headers.items()}},
            "body": string(answer.body),
        }
    }


def _stored_answer(item: Item) -> StoredAnswer | None:
    if "answer" not in item:
        return None
    answer = item["answer"]["M"]
    headers = {name: value["S"] for name, value in answer["headers"]["M"].items()}
    return StoredAnswer(to_number(answer, "status"), headers, answer["body"]["S"])
