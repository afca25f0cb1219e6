"""Records that come as messages: the good ones are stored, the others go to the dead letters with their reason."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.models import EventOrder
from app.ports import StatsRepository, UserDataRepository
from app.ports.queues import DeadLetterWriter
from app.services.ingest.fields import Refused
from app.services.ingest.transform import transform

_log = logging.getLogger("app.ingest")
_REASONS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    value: Any
    reason: str


class RecordIngest:
    def __init__(
        self, user_data: UserDataRepository, dead_letters: DeadLetterWriter, stats: StatsRepository
    ) -> None:
        self._user_data = user_data
        self._dead_letters = dead_letters
        self._stats = stats

    def take(self, values: Sequence[Any], order: EventOrder, *, attempts: int = 1) -> None:
        """Store what is good, then dead-letter what is not: a repetition after a crash changes nothing, but may
        dead-letter a second time.

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
            self._dead_letter(rejected, order.at, attempts)
        self._stats.add(rowsAccepted=len(rows), rowsRejected=len(rejected))

    def _dead_letter(self, rejected: Sequence[RejectedRecord], sent_at: int, attempts: int) -> None:
        body = json.dumps({"records": [record.value for record in rejected]})
        reasons = sorted({record.reason for record in rejected})
        more = ", ..." if len(reasons) > _REASONS_SHOWN else ""
        reason = ", ".join(reasons[:_REASONS_SHOWN]) + more
        self._dead_letters.dead_letter(body, reason=reason, attempts=attempts, sent_at=sent_at)
        _log.warning("message moved to the dead-letter queue", extra={"fields": {"reason": reason}})


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused(None, "not_an_object")
    return value


def _reason(refused: Refused) -> str:
    return f"{refused.field}: {refused.reason}" if refused.field else refused.reason
