"""A batch of the mail queue: each message is done, retried or dead-lettered, independently of the others."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

from app.errors import Unavailable
from app.logs import counted
from app.ports.delivery import MailDelayed, MailRefused
from app.ports.queues import MAX_RECEIVES, DeadLetterWriter, number_attribute
from app.ports.stats import StatsRepository
from app.services.mail.mailer import Mailer

_log = logging.getLogger("app.mail")

_SECONDS_FOR_ONE = 12.0
"""What one message may take where all that it needs is slow. With less time left it is not begun."""


@dataclass(frozen=True, slots=True)
class Message:
    """As SQS delivers it. `receives` counts the deliveries, this one included. `sent_at`: when it was sent first, in
    milliseconds since the epoch; a redriven message brings that along."""

    id: str
    body: str
    receives: int = 1
    sent_at: int | None = None

    @classmethod
    def of(cls, record: dict[str, Any]) -> Self:
        """From a record of a Lambda event."""
        system = record.get("attributes", {})
        given = record.get("messageAttributes", {}).get("sentAt", {}).get("stringValue")
        sent_at = number_attribute(given) or number_attribute(system.get("SentTimestamp"))
        receives = int(system.get("ApproximateReceiveCount", 1))
        return cls(record["messageId"], record["body"], receives, sent_at)


class MailBatch:
    def __init__(self, mailer: Mailer, dead_letters: DeadLetterWriter, stats: StatsRepository) -> None:
        self._mailer = mailer
        self._dead_letters = dead_letters
        self._stats = stats

    def process(self, messages: Iterable[Message], remaining: Callable[[], float]) -> list[str]:
        """Returns the ids of the messages that go back to the queue. `remaining`: seconds until we are stopped."""
        outcomes: Counter[str] = Counter()
        failed = []
        for message in messages:
            in_time = remaining() >= _SECONDS_FOR_ONE
            outcome = self._process(message) if in_time else self._delay(message, "no_time_left")
            outcomes[outcome] += 1
            if outcome == "delayed":
                failed.append(message.id)
        self._count(outcomes)
        return failed

    def _process(self, message: Message) -> str:
        try:
            outcome: str = self._mailer.process(message.body)
        except MailRefused as refused:
            return self._dead_letter(message, refused.reason)
        except MailDelayed as delayed:
            return self._delay(message, delayed.reason)
        except Exception:  # noqa: BLE001 - a defect that one message meets must not fail the others of its batch
            _log.exception("mail failed")
            return self._delay(message, "internal_error")
        _log.info("mail", extra={"fields": {"messageId": message.id, "outcome": outcome}})
        return outcome

    def _delay(self, message: Message, reason: str) -> str:
        if message.receives >= MAX_RECEIVES:
            return self._dead_letter(message, reason)
        fields = {"messageId": message.id, "reason": reason, "attempts": message.receives}
        _log.warning("mail delayed", extra={"fields": fields})
        return "delayed"

    def _dead_letter(self, message: Message, reason: str) -> str:
        """Move it with the reason. Where that fails, the queue moves it after more attempts, without one."""
        try:
            self._dead_letters.dead_letter(
                message.body, reason=reason, attempts=message.receives, sent_at=message.sent_at
            )
        except Unavailable:
            _log.error(
                "message not moved to the dead-letter queue",
                extra={"fields": {"reason": reason}},
                exc_info=True,
            )
            return "delayed"
        extra = counted("MailRefused", messageId=message.id, reason=reason, attempts=message.receives)
        _log.error("mail refused", extra=extra)
        return "refused"

    def _count(self, outcomes: Counter[str]) -> None:
        self._stats.add(
            mailSent=outcomes["sent"] + outcomes["resent"],
            mailResent=outcomes["resent"],
            mailRefused=outcomes["refused"],
            mailSuppressed=outcomes["suppressed"],
        )
