"""Turns: the writers of one user in this process go one after another.

Writers that compete for one item by its condition cost each other attempts, and the waits between these grow until
some are refused. Those of one process need not compete; what is left are the processes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, RLock
from typing import Any, Generic, TypeVar

from app import deadline
from app.errors import Contention

T = TypeVar("T")

PATIENCE_S = 10.0
"""How long a writer waits for its turn, within its request's deadline."""


@dataclass(slots=True)
class Turn(Generic[T]):
    left: T | None = None
    """What the writer before left for the next one. It may be outdated."""
    lock: Any = field(default_factory=RLock)
    writers: int = 0


class Turns(Generic[T]):
    def __init__(self) -> None:
        self._turns: dict[str, Turn[T]] = {}
        self._lock = Lock()

    @contextmanager
    def of(self, user_id: str, *, patience_s: float = PATIENCE_S) -> Iterator[Turn[T]]:
        """Raises `app.errors.Contention` where the turn does not come in time. A thread may nest its turns."""
        turn = self._join(user_id)
        try:
            if not turn.lock.acquire(timeout=max(0.0, min(patience_s, deadline.left()))):
                raise Contention
            try:
                yield turn
            finally:
                turn.lock.release()
        finally:
            self._leave(user_id, turn)

    def _join(self, user_id: str) -> Turn[T]:
        with self._lock:
            turn = self._turns.setdefault(user_id, Turn())
            turn.writers += 1
            return turn

    def _leave(self, user_id: str, turn: Turn[T]) -> None:
        """Nothing is kept when no writer waits."""
        with self._lock:
            turn.writers -= 1
            if turn.writers == 0:
                del self._turns[user_id]
