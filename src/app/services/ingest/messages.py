"""Records that come as messages: valid ones are stored, invalid ones go to the dead letters with their reason."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.models.user_data import EventOrder
from app.ports.queues import DeadLetterWriter
from app.ports.stats import StatsRepository
from app.ports.user_data import RowStore
from app.services.ingest.attributes import without_secrets
from app.services.ingest.json_values import encode
from app.services.ingest.refused import Refused
from app.services.ingest.storing import NOT_STORABLE, store
from app.services.ingest.transform import RecordReader

_log = logging.getLogger("app.ingest")


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    value: Any
    reason: str


class RecordIngest:
    def __init__(self, user_data: RowStore, dead_letters: DeadLetterWriter, stats: StatsRepository) -> None:
        self._user_data = user_data
        self._dead_letters = dead_letters
        self._stats = stats

    def take(self, values: Sequence[Any], order: EventOrder, *, attempts: int = 1) -> None:
        """Store what is good, then dead-letter what is not: a repetition after a crash changes nothing, but may
        dead-letter a second time.

        Raises:
            app.errors.Unavailable: try all of it again.
        """
        reader = RecordReader(datetime.fromtimestamp(order.at / 1000, UTC).date())
        rows, stored, rejected, warnings = [], [], [], Counter[str]()
        for number, value in enumerate(values, 1):
            try:
                reading = reader.read(_object(value))
            except Refused as refused:
                rejected.append(RejectedRecord(value, _reason(refused)))
                continue
            rows.append((reading.data, order.nth(number)))
            stored.append(value)
            warnings.update(warning.reason for warning in reading.warnings)
        unstorable = store(self._user_data, rows)
        rejected += [RejectedRecord(stored[index], NOT_STORABLE) for index in unstorable]
        if rejected:
            self._dead_letter(rejected, order.at, attempts)
        if warnings:
            _log.info("warnings", extra={"fields": dict(warnings)})
        self._stats.add(rowsAccepted=len(rows) - len(unstorable), rowsRejected=len(rejected))

    def _dead_letter(self, rejected: Sequence[RejectedRecord], sent_at: int, attempts: int) -> None:
        body = encode({"records": [without_secrets(record.value) for record in rejected]})
        reason = ", ".join(sorted({record.reason for record in rejected}))
        self._dead_letters.dead_letter(body, reason=reason, attempts=attempts, sent_at=sent_at)
        _log.warning("message moved to the dead-letter queue", extra={"fields": {"reason": reason}})


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused(None, "not_an_object")
    return value


def _reason(refused: Refused) -> str:
    return f"{refused.field}: {refused.reason}" if refused.field else refused.reason
