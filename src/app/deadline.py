"""The deadline of what is being served: every call to AWS, and every wait between two attempts, consults it.

It is a context variable. `anyio.to_thread` copies the context into its worker threads, so a route that runs in a
thread has its request's deadline. A thread pool of one's own does not; without a deadline nothing changes.
"""

import math
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

SECONDS = 25.0
"""From a request's arrival. API Gateway gives up after 30, and the function is stopped after 29."""

_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)


def left() -> float:
    """Seconds until the deadline: infinite where there is none, negative when it has passed."""
    return _deadline.get() - time.monotonic()


def of_request(seconds: float) -> AbstractContextManager[None]:
    """Bound a request, whatever deadline there is. uvicorn goes on to read a connection in the context of a request
    that had a large body: the deadline of that request is not one of those after it."""
    return _until(time.monotonic() + seconds)


def within(seconds: float) -> AbstractContextManager[None]:
    """Bound an invocation, or a part of one or of a request. A nearer deadline stays."""
    return _until(min(_deadline.get(), time.monotonic() + seconds))


@contextmanager
def _until(moment: float) -> Iterator[None]:
    token = _deadline.set(moment)
    try:
        yield
    finally:
        _deadline.reset(token)
