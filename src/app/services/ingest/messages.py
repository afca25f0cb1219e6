"""Records that come as messages: the good ones are stored, the others go to the dead letters with their reason."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from app.aws.clients import Clients
from app.errors import Unavailable
from app.models import EventOrder
from app.ports import StatsRepository, UserDataRepository
from app.services.ingest.fields import Refused
from app.services.ingest.transform import transform

if TYPE_CHECKING:
    from types_boto3_sqs.type_defs import MessageAttributeValueTypeDef

_log = logging.getLogger("app.ingest")
_REASONS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    value: Any
    reason: str


class DeadLetters:
    """Where messages lie that need a person. `reason` lies beside them as a message attribute, and `sentAt`: sent
    again, they shall not pass for newer than they are."""

    def __init__(self, clients: Clients, queue_url: str) -> None:
        self._clients = clients
        self._queue_url = queue_url

    def bury(self, body: str, reason: str, *, sent_at: int, attempts: int = 1) -> None:
        """Raises:
        app.errors.Unavailable: it does not lie there.
        """
        attributes: dict[str, MessageAttributeValueTypeDef] = {
            "reason": {"DataType": "String", "StringValue": reason},
            "attempts": {"DataType": "Number", "StringValue": str(attempts)},
            "sentAt": {"DataType": "Number", "StringValue": str(sent_at)},
        }
        try:
            self._clients.sqs.send_message(
                QueueUrl=self._queue_url, MessageBody=body, MessageAttributes=attributes
            )
        except (BotoCoreError, ClientError, UnicodeError) as error:
            raise Unavailable from error
        _log.warning("dead letter", extra={"fields": {"reason": reason}})


class RecordIngest:
    def __init__(
        self, user_data: UserDataRepository, dead_letters: DeadLetters, stats: StatsRepository
    ) -> None:
        self._user_data = user_data
        self._dead_letters = dead_letters
        self._stats = stats

    def take(self, values: Sequence[Any], order: EventOrder, *, attempts: int = 1) -> None:
        """Store what is good, then bury what is not: a repetition after a crash changes nothing but that it may
        bury a second time.

        Raises:
            app.errors.Unavailable: try all of it again.
        """
        today = datetime.fromtimestamp(order.at / 1000, UTC).date()
        rows, rejected = [], []
        for number, value in enumerate(values, 1):
            try:
                rows.append((transform(_object(value), today=today), order.nth(number)))
            except Refused as refused:
                rejected.append(RejectedRecord(value, _reason(refused)))
        self._user_data.upsert(rows)
        if rejected:
            self._bury(rejected, order.at, attempts)
        self._stats.add(rowsAccepted=len(rows), rowsRejected=len(rejected))

    def _bury(self, rejected: Sequence[RejectedRecord], sent_at: int, attempts: int) -> None:
        body = json.dumps({"records": [record.value for record in rejected]})
        reasons = sorted({record.reason for record in rejected})
        more = ", ..." if len(reasons) > _REASONS_SHOWN else ""
        self._dead_letters.bury(
            body, ", ".join(reasons[:_REASONS_SHOWN]) + more, sent_at=sent_at, attempts=attempts
        )


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused(None, "not_an_object")
    return value


def _reason(refused: Refused) -> str:
    return f"{refused.field}: {refused.reason}" if refused.field else refused.reason
