"""Queues, and the dead-letter queues behind them."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

QueueName = Literal["email", "ingest"]

MAX_RECEIVES = 5
"""How often a message is delivered before the queue itself moves it to the dead letters, without a reason."""

_DIGITS = 13
"""Of milliseconds since the epoch, until the year 2286."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that could not be handled. `attempts` counts the consumer's, not the times it was browsed since."""

    id: str
    queue: QueueName
    payload: str
    reason: str | None
    attempts: int
    sent_at: datetime
    arrived_at: datetime
    """When the queue got it: later than `sent_at` where the consumer sent it here, or it was redriven."""
    handle: str = field(repr=False)
    attributes: Mapping[str, Any] = field(repr=False)


def number_attribute(value: object) -> int | None:
    """A number among a message's attributes, as large as milliseconds since the epoch at most. `None` of anything
    else: others may write to the queue, too."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


class Queue(Protocol):
    def send(self, body: str) -> None:
        """Put a message on the queue: from there on it is not lost.

        Raises:
            app.errors.Unavailable: the queue did not confirm it. It may have taken it.
        """
        ...


class DeadLetterWriter(Protocol):
    def dead_letter(self, body: str, *, reason: str, attempts: int, sent_at: int | None = None) -> None:
        """Move a message to the dead letters. `sent_at`: when it was first sent, in milliseconds since the epoch, so
        that a redriven message does not pass for newer than it is.

        Raises:
            app.errors.Unavailable: it was not moved.
        """
        ...


class BrowseSession(Protocol):
    """Dead letters that are hidden from others while they are browsed."""

    def __iter__(self) -> Iterator[DeadLetter]: ...

    def remove(self, letter: DeadLetter) -> None: ...

    def redrive(self, letter: DeadLetter) -> None:
        """Send it to its queue, then delete it: a crash in between leaves two, of which the consumer handles one."""
        ...


class DeadLetterQueue(Protocol):
    """Every method may raise `app.errors.Unavailable`. Counts are approximate."""

    @property
    def name(self) -> QueueName: ...

    def count(self) -> int:
        """About how many there are, hidden ones included."""
        ...

    def in_flight(self) -> int:
        """About how many are hidden, because another session browses them."""
        ...

    def browse(self, *, seconds: float) -> AbstractContextManager[BrowseSession]:
        """Browse the letters for so long. Those that are not removed are put back at the end."""
        ...
