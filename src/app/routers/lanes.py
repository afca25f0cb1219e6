"""Lanes: how many changes of one user may hold threads of this process at once. The others wait on the event loop.

Writers of one user wait for each other, in their threads (`app.aws.turns`). Without a bound one user's would take
every thread, and other users would wait with them.
"""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

import anyio
from anyio.lowlevel import RunVar

from app import deadline
from app.errors import Contention

T = TypeVar("T")

WIDTH = 8
"""Enough that the next writer is ready when its turn comes: it has nothing to do in it but one call. anyio has 40
threads."""

PATIENCE_S = 10.0
"""How long a change waits for its lane, within its request's deadline."""


@dataclass(slots=True)
class _Lane:
    places: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(WIDTH, fast_acquire=True))
    changes: int = 0


_user_id: ContextVar[str | None] = ContextVar("lane", default=None)
_lanes: RunVar[dict[str, _Lane]] = RunVar("lanes")
"""Of one event loop."""


def take(user_id: str) -> None:
    """Have what this request changes go in the lane of this user."""
    _user_id.set(user_id)


def in_lane(endpoint: Callable[..., Coroutine[Any, Any, T]]) -> Callable[..., Coroutine[Any, Any, T]]:
    """`endpoint`, in the lane that its request took. Raises `Contention` where its place does not come in time."""

    @wraps(endpoint)
    async def waiting(**arguments: Any) -> T:
        user_id = _user_id.get()
        if user_id is None:
            return await endpoint(**arguments)
        lanes = _lanes.get({})
        _lanes.set(lanes)
        lane = lanes.setdefault(user_id, _Lane())
        lane.changes += 1
        try:
            await _wait(lane.places)
            try:
                return await endpoint(**arguments)
            finally:
                lane.places.release()
        finally:
            lane.changes -= 1
            if lane.changes == 0:
                del lanes[user_id]

    return waiting


async def _wait(places: anyio.Semaphore) -> None:
    with suppress(anyio.WouldBlock):
        return places.acquire_nowait()
    with anyio.move_on_after(max(0.0, min(PATIENCE_S, deadline.left()))):
        return await places.acquire()
    raise Contention
