import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from app.models.moments import now
from app.ports.queues import DeadLetter, QueueName

_BATCH = 2
_ids = count()


@dataclass
class MemoryDeadLetters:
    """The `DeadLetterQueue` and its `DeadLetterWriter` in memory, with the source as `sent`.

    `elsewhere` are letters that another session has hidden; `on_send` is what the consumer does at once.
    """

    name: QueueName = "email"
    letters: dict[str, DeadLetter] = field(default_factory=dict)
    elsewhere: dict[str, DeadLetter] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    sent: list[DeadLetter] = field(default_factory=list)
    on_send: Callable[[DeadLetter], None] = lambda _: None
    looks: list[float] = field(default_factory=list)
    """How long each session might take."""

    def put(self, *letters: DeadLetter) -> None:
        self.letters.update((each.id, each) for each in letters)

    def dead_letter(self, body: str, *, reason: str, attempts: int, sent_at: int | None = None) -> None:
        letter_id, arrived_at = f"letter-{next(_ids)}", now()
        self.put(
            DeadLetter(
                id=letter_id,
                queue=self.name,
                payload=body,
                reason=reason,
                attempts=attempts,
                sent_at=arrived_at if sent_at is None else datetime.fromtimestamp(sent_at / 1000, UTC),
                arrived_at=arrived_at,
                handle=letter_id,
                attributes={},
            )
        )

    def count(self) -> int:
        return len(self.letters) + len(self.elsewhere)

    def in_flight(self) -> int:
        return len(self.elsewhere) + len(self.hidden)

    @contextmanager
    def browse(self, *, seconds: float) -> Iterator["MemoryBrowseSession"]:
        self.looks.append(seconds)
        session = MemoryBrowseSession(self, time.monotonic() + seconds)
        try:
            yield session
        finally:
            self.hidden -= session.held

    def receive(self) -> list[DeadLetter]:
        batch = [each for each in self.letters.values() if each.id not in self.hidden][:_BATCH]
        self.hidden.update(each.id for each in batch)
        return batch


class MemoryBrowseSession:
    def __init__(self, queue: MemoryDeadLetters, deadline: float) -> None:
        self.held: set[str] = set()
        self._queue = queue
        self._deadline = deadline

    def __iter__(self) -> Iterator[DeadLetter]:
        while time.monotonic() < self._deadline and (batch := self._queue.receive()):
            self.held.update(letter.id for letter in batch)
            yield from batch

    def remove(self, letter: DeadLetter) -> None:
        del self._queue.letters[letter.id]
        self.held.discard(letter.id)
        self._queue.hidden.discard(letter.id)

    def redrive(self, letter: DeadLetter) -> None:
        self._queue.sent.append(letter)
        self._queue.on_send(letter)
        self.remove(letter)
