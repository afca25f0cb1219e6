"""The programs of the embedded PostgreSQL, where another user than root may run them.

Those of the wheel are in the virtual environment, which may be below a folder that only root can enter. PostgreSQL
asks with `access(2)` whether it may run its own programs, and that ignores capabilities. So they are copied into a
new directory for temporary files, in which only root can write. Each process makes a copy of its own, and holds a
lock on it as long as something of it runs; copies without one, of processes that were killed, are deleted with the
next copy.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from project.errors import StackError

_PREFIX = "serverless-backend-postgres-"
_NEW_SECONDS = 60
"""A younger copy may not have its lock yet."""


@dataclass(frozen=True, slots=True)
class Programs:
    """`directory` holds `bin`. A process that runs one of them holds the descriptors `locks` meanwhile."""

    directory: Path
    locks: tuple[int, ...] = ()


@cache
def open_to_all(installed: Path) -> Programs:
    """Those in `installed`, or a copy of them that lasts as long as this process.

    Raises:
        StackError: no directory for temporary files can be reached by others.
    """
    program = installed / "bin" / "postgres"
    if all(_can_be_passed(path) for path in (program, *program.parents)):
        return Programs(installed)
    temporary = Path(tempfile.gettempdir()).resolve()
    if not all(_can_be_passed(path) for path in (temporary, *temporary.parents)):
        raise StackError(f"PostgreSQL does not run as root, and {temporary} is closed to others: set TMPDIR")
    _delete_unused(temporary)
    return _copy(installed, temporary)


def _copy(installed: Path, temporary: Path) -> Programs:
    copy = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=temporary))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    lock = os.open(copy, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    package = installed.parent
    for part in package.parent.glob(f"{package.name}*"):  # the libraries are beside the package
        shutil.copytree(part, copy / part.name, symlinks=True)
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or _can_be_run(path) else 0o644)
    return Programs(copy / package.name / installed.name, (lock,))


def _delete_unused(temporary: Path) -> None:
    for path in temporary.glob(f"{_PREFIX}*"):
        try:
            directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:  # it is gone, or not one of ours
            continue
        try:
            if _is_unused(directory):
                shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(directory)


def _is_unused(directory: int) -> bool:
    """Return whether it is ours, and locked by no process."""
    status = os.fstat(directory)
    if status.st_uid != os.geteuid() or time.time() - status.st_mtime < _NEW_SECONDS:
        return False
    try:
        fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _can_be_passed(path: Path) -> bool:
    """By everyone: a directory entered, a program run."""
    return bool(path.stat().st_mode & 0o001)


def _can_be_run(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o100)
