"""A snapshot as Lambda takes and restores it, in one process: its hooks run, and each instance is a fork.

A fork differs from a restored machine in one thing: Python seeds its random generator again after it. So each
instance gets the generator's state back before its hooks run. Import this in a process of its own.
"""

import json
import os
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import snapshot_restore_py as hooks


def take() -> None:
    """Run what is registered to run before, the last first, as Lambda's runtime does."""
    for call, arguments, named in reversed(hooks.get_before_snapshot()):
        call(*arguments, **named)


def restored(work: Callable[[], Any], *, instances: int = 2, renewed: bool = True) -> list[Any]:
    """What `work` returns in each instance, through JSON. `renewed`: whether the hooks after a restore run."""
    return [json.loads(_in_fork(work, renewed, random.getstate())) for _ in range(instances)]


def _in_fork(work: Callable[[], Any], renewed: bool, state: Any) -> bytes:
    receiving, sending = os.pipe()
    if (child := os.fork()) == 0:
        status = 1
        try:
            random.setstate(state)
            if renewed:
                _renew()
            os.write(sending, json.dumps(work()).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(sending)
    with open(receiving, "rb") as answer:
        said = answer.read()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return said


def _renew() -> None:
    for call, arguments, named in hooks.get_after_restore():
        call(*arguments, **named)


def sockets() -> list[str]:
    """The kernel's name of each socket that is open in this process: the same only for the same socket."""
    names = (os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    return [name for name in names if name.startswith("socket:")]


def threads() -> int:
    return threading.active_count()
