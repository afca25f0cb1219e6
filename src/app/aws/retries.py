"""Retries with full jitter, bounded by the deadline of the request."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import TypeVar

from app import deadline
from app.aws.errors import TransactionConflict
from app.errors import Contention

T = TypeVar("T")


def attempts(*, budget: float = 2.0, base: float = 0.01, cap: float = 0.25) -> Iterator[int]:
    """Count attempts from 0 until `budget` seconds or the request's own time are spent, waiting between them with
    full jitter.

    Full jitter (a wait anywhere between nothing and the bound) spreads competing writers best:
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    end = time.monotonic() + min(budget, deadline.left())
    for attempt in count():
        yield attempt
        pause = random.uniform(0, min(cap, base * 2**attempt))  # noqa: S311
        if time.monotonic() + pause > end:
            return
        time.sleep(pause)


def retry_on_conflict(operation: Callable[[], T], *, budget: float = 2.0) -> T:
    """Run `operation`, again while a concurrent write conflicts with it, for `budget` seconds.

    Raises:
        app.errors.Contention: every attempt met a conflict.
    """
    for _ in attempts(budget=budget):
        with suppress(TransactionConflict):
            return operation()
    raise Contention
