"""The deadline of what is being served: every call to AWS, and every wait between two attempts, consults it.

It is a context variable. `anyio.to_thread` copies the context into its worker threads, so a route that runs in a
thread has its request's deadline. A thread pool of one's own does not; without a deadline nothing changes.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SECONDS = 25.0
"""From a request's arrival. API Gateway gives up after 30, and the function is stopped after 29."""

_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)


def left() -> float:
    """Seconds until the deadline: infinite where there is none, negative when it has passed."""
    return _deadline.get() - time.monotonic()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Bound a request, an invocation, or a part of one. A nearer deadline stays."""
    token = _deadline.set(min(_deadline.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _deadline.reset(token)
