"""Dead letters: list, redrive or discard them, each action audited.

Several administrators may do so at once: one session holds a letter at a time, and it is gone once handled.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.errors import Conflict, NotFound
from app.models.moments import now
from app.models.users import User
from app.ports.queues import BrowseSession, DeadLetter, DeadLetterQueue, QueueName
from app.services.admin.audit import Audit, Details

_LIST_SECONDS = 5
_SEARCH_SECONDS = 10
_REDRIVE_SECONDS = 18
_PATIENCE_SECONDS = 3
"""All within the 29 seconds that a request may take."""


@dataclass(frozen=True, slots=True)
class DeadLetters:
    items: tuple[DeadLetter, ...]
    counts: Mapping[QueueName, int]


@dataclass(frozen=True, slots=True)
class Redriven:
    """`remaining` is about how many are left: of a queue too long for one request, or dead again since."""

    moved: int
    remaining: int


class AdminDeadLetters:
    def __init__(
        self,
        queues: Iterable[DeadLetterQueue],
        audit: Audit,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._queues = tuple(queues)
        self._audit = audit
        self._clock = clock
        self._sleep = sleep

    def list(self, name: QueueName | None, *, limit: int) -> DeadLetters:
        """Some letters of the queue, or of each."""
        queues = self._named(name)
        counts = {queue.name: queue.count() for queue in queues}
        items = [letter for queue in queues for letter in _some(queue, limit, counts[queue.name])]
        items.sort(key=lambda letter: (letter.sent_at, letter.id))
        return DeadLetters(tuple(items[:limit]), counts)

    def redrive(self, admin: User, letter_id: str, name: QueueName | None) -> None:
        """Raises:
        NotFound
        Conflict: another session holds it right now.
        """
        with self._audit.recorded(admin, "dead_letter.redrive", letter_id) as details:
            self._deal_with(letter_id, name, lambda session, letter: session.redrive(letter), details)

    def discard(self, admin: User, letter_id: str, name: QueueName | None) -> None:
        """Raises:
        NotFound
        Conflict: another session holds it right now.
        """
        with self._audit.recorded(admin, "dead_letter.discard", letter_id) as details:
            self._deal_with(letter_id, name, lambda session, letter: session.remove(letter), details)

    def redrive_all(self, admin: User, name: QueueName | None) -> Redriven:
        queues = self._named(name)
        target = ",".join(queue.name for queue in queues)
        with self._audit.recorded(admin, "dead_letters.redrive", target, moved=0) as details:
            started, deadline = now(), self._clock() + _REDRIVE_SECONDS
            for queue in queues:
                _redrive_queue(queue, started, deadline - self._clock(), details)
        return Redriven(int(details["moved"]), sum(queue.count() for queue in queues))

    def _named(self, name: QueueName | None) -> tuple[DeadLetterQueue, ...]:
        return tuple(queue for queue in self._queues if name in (None, queue.name))

    def _deal_with(
        self,
        letter_id: str,
        name: QueueName | None,
        act: Callable[[BrowseSession, DeadLetter], None],
        details: Details,
    ) -> None:
        queues = self._named(name)
        deadline = self._clock() + _PATIENCE_SECONDS
        while not any(_dealt_with(queue, letter_id, act, details) for queue in queues):
            if not any(queue.in_flight() for queue in queues):
                raise NotFound
            if self._clock() > deadline:
                raise Conflict(
                    "Another administrator is browsing these dead letters. Try again.",
                    code="dead_letters_in_use",
                    headers={"Retry-After": "2"},
                )
            self._sleep(0.2)


def _some(queue: DeadLetterQueue, limit: int, count: int) -> list[DeadLetter]:
    found: list[DeadLetter] = []
    if count == 0:
        return found
    with queue.browse(seconds=_LIST_SECONDS) as session:
        for letter in session:
            found.append(letter)
            if len(found) >= min(limit, count):
                break
    return found


def _dealt_with(
    queue: DeadLetterQueue, letter_id: str, act: Callable[[BrowseSession, DeadLetter], None], details: Details
) -> bool:
    """Return whether the letter was there. A queue cannot be searched by id, so this browses it."""
    with queue.browse(seconds=_SEARCH_SECONDS) as session:
        for letter in session:
            if letter.id == letter_id:
                details.update(
                    queue=queue.name, sentAt=letter.sent_at.isoformat(), reason=(letter.reason or "")[:200]
                )
                act(session, letter)
                return True
    return False


def _redrive_queue(queue: DeadLetterQueue, started: datetime, seconds: float, details: Details) -> None:
    """Those that were there at the start: a letter that its consumer refuses at once would loop."""
    with queue.browse(seconds=seconds) as session:
        for letter in session:
            if letter.arrived_at <= started:
                session.redrive(letter)
                details["moved"] = int(details["moved"]) + 1
