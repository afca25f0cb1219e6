"""Make a cold start cheaper, by what it leaves out or by a snapshot. Only the standard library is imported here."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def frozen_imports() -> Iterator[None]:
    """Import without collecting garbage, of which imports make none, and leave what was imported out of every later
    collection."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def before_snapshot(warm: Callable[[], object]) -> None:
    """Run `warm` before Lambda takes a snapshot of this process, if it will (SnapStart).

    Every instance of the version starts from that memory. So `warm` imports and builds, and must leave nothing that
    an instance has to make for itself: connections, credentials, secrets, ids, or times of the monotonic clock, which
    stands still in a snapshot. Python's own random generator is seeded again in each instance; ids and tokens come
    from the kernel's, which Lambda keeps unique.
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html
    """
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return
    import random

    import snapshot_restore_py as hooks

    hooks.register_before_snapshot(_frozen, warm)
    hooks.register_after_restore(random.seed)


def _frozen(warm: Callable[[], object]) -> None:
    with frozen_imports():
        warm()
