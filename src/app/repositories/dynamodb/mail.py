"""Mail records in DynamoDB: sent mail, suppressed addresses, and deleted accounts.

Neither ids nor addresses are stored, only their digests: nothing here tells about a person.
"""

import math
from hashlib import sha256

from app.aws.errors import ConditionFailed, map_aws_errors
from app.aws.retries import attempts
from app.errors import Unavailable
from app.models.moments import now
from app.ports.mail import MailClaim
from app.repositories.dynamodb.attributes import Item, instant, number, string, to_number
from app.repositories.dynamodb.operations_table import OperationsTable

LEASE_SECONDS = 60
"""Longer than the function may run. A worker that has not recorded the outcome by then never will."""
_KEPT_SECONDS = 30 * 24 * 60 * 60
"""Longer than a message may wait in the queue (4 days) and then among the dead letters (14)."""
_FREE = "attribute_not_exists(pk) OR (#status = :sending AND #leasedUntil <= :now)"


class DynamoMail(OperationsTable):
    """The `MailRepository` over the Operations table."""

    def claim(self, mail_id: str, *, owner: str) -> MailClaim:
        try:
            item = self._take(mail_id, owner)
        except ConditionFailed as refused:
            item = refused.item or {}
            if item["status"]["S"] == "sent":
                return "sent"
            if item["owner"]["S"] != owner:  # else the SDK repeated a claim whose answer was lost
                return "held"
        return "again" if to_number(item, "unsettled") > 1 else "first"

    def _take(self, mail_id: str, owner: str) -> Item:
        """`unsettled` counts the claims that may have sent the mail without telling."""
        moment = self._clock()
        with map_aws_errors():
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key=_mail_key(mail_id),
                UpdateExpression="SET #status = :sending, #owner = :owner, #leasedUntil = :until, #ttl = :ttl"
                " ADD #unsettled :one",
                ConditionExpression=_FREE,
                ExpressionAttributeNames=_names("status", "owner", "leasedUntil", "ttl", "unsettled"),
                ExpressionAttributeValues={
                    ":sending": string("sending"),
                    ":owner": string(owner),
                    ":now": number(math.floor(moment)),
                    ":until": number(math.ceil(moment) + LEASE_SECONDS),
                    ":ttl": self._expiry(),
                    ":one": number(1),
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        return answer["Attributes"]

    def settle_sent(self, mail_id: str, message_id: str) -> None:
        for _ in attempts(budget=5, base=0.1, cap=1):
            try:
                return self._settle_sent(mail_id, message_id)
            except Unavailable as error:
                failure = error
        raise failure

    def _settle_sent(self, mail_id: str, message_id: str) -> None:
        with map_aws_errors():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_mail_key(mail_id),
                UpdateExpression="SET #status = :sent, #messageId = :messageId, #sentAt = :now, #ttl = :ttl",
                ExpressionAttributeNames=_names("status", "messageId", "sentAt", "ttl"),
                ExpressionAttributeValues={
                    ":sent": string("sent"),
                    ":messageId": string(message_id),
                    ":now": instant(now()),
                    ":ttl": self._expiry(),
                },
            )

    def settle_unsent(self, mail_id: str, *, owner: str) -> None:
        try:
            self._give_back(mail_id, owner)
        except ConditionFailed:
            return

    def _give_back(self, mail_id: str, owner: str) -> None:
        with map_aws_errors():
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_mail_key(mail_id),
                UpdateExpression="SET #leasedUntil = :zero REMOVE #owner ADD #unsettled :less",
                ConditionExpression="#status = :sending AND #owner = :owner",
                ExpressionAttributeNames=_names("status", "owner", "leasedUntil", "unsettled"),
                ExpressionAttributeValues={
                    ":sending": string("sending"),
                    ":owner": string(owner),
                    ":zero": number(0),
                    ":less": number(-1),
                },
            )

    def is_suppressed(self, address: str) -> bool:
        return self._exists(_suppression_key(address))

    def suppress(self, address: str, reason: str) -> None:
        item = {**_suppression_key(address), "reason": string(reason), "createdAt": instant(now())}
        with map_aws_errors():
            self._dynamodb.put_item(TableName=self._table, Item=item)

    def is_erased(self, user_id: str) -> bool:
        return self._exists({"pk": string(f"user#{user_id}"), "sk": string("erased")})

    def _exists(self, key: Item) -> bool:
        with map_aws_errors():
            return "Item" in self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)

    def _expiry(self) -> Item:
        return number(math.ceil(self._clock()) + _KEPT_SECONDS)


def _mail_key(mail_id: str) -> Item:
    return {"pk": string(f"mail#{_digest(mail_id)}"), "sk": string("mail")}


def _suppression_key(address: str) -> Item:
    return {"pk": string(f"suppression#{_digest(address.lower())}"), "sk": string("address")}


def _digest(value: str) -> str:
    return sha256(value.encode()).hexdigest()


def _names(*attributes: str) -> dict[str, str]:
    return {f"#{name}": name for name in attributes}
