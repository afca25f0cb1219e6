"""The directory that holds everything a stack keeps: delete it and the stack has never been."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from project.errors import StackError

_LOCK = "lock"
_DIRECTORIES = ("logs", "memory", "ministack", "postgres", "postgres.new", "valkey")
_FILES = ("credentials", "env", "env.new", _LOCK)
"""All that a stack makes in its directory. The lock goes last, so that what was interrupted can be repeated."""
_STOPPING = 10.0
"""Seconds within which the children of a killed stack are gone."""


class State:
    """Everything is below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = Path(
            os.path.realpath(root)
        )  # unlike `Path.resolve` it takes a loop of links for what it is
        self.env_file = self.root / "env"
        self.logs = self.root / "logs"

    def directory(self, name: str) -> Path:
        path = self.root / name
        with _usable(path):
            path.mkdir(parents=True, exist_ok=True)
        return path

    def log(self, name: str) -> Path:
        return self.directory("logs") / f"{name}.log"

    def remember(self, name: str, value: str) -> None:
        (self.directory("memory") / name).write_text(value)

    def recall(self, name: str) -> str | None:
        path = self.root / "memory" / name
        return path.read_text() if path.exists() else None

    @contextmanager
    def lock(self) -> Iterator[int]:
        """Hold the directory for one stack. Yields the lock's descriptor, for the children to hold as well.

        Raises:
            StackError: a stack runs here already, or the directory cannot be used.
        """
        with _usable(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.root / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _acquire(descriptor)
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            yield descriptor
        finally:
            os.close(descriptor)

    def reset(self) -> None:
        """Forget everything. What else is in the directory stays: `STATE` may name any.

        Raises:
            StackError: a stack runs here, or no stack ever did.
        """
        with _usable(self.root):
            try:
                names = {path.name for path in self.root.iterdir()}
            except FileNotFoundError:
                return
        if names and not names & set(_FILES):
            raise StackError(f"STATE: {self.root} is not the state of a local stack. Nothing is deleted.")
        with self.lock(), _usable(self.root):
            self._delete()

    def _delete(self) -> None:
        for name in _DIRECTORIES:
            if (self.root / name).exists():
                shutil.rmtree(self.root / name)
        for name in _FILES:
            (self.root / name).unlink(missing_ok=True)
        if not any(self.root.iterdir()):
            self.root.rmdir()


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StackError(f"STATE: {path} cannot be used: {error.strerror}") from error


def _acquire(descriptor: int) -> None:
    """Take the lock, waiting only while the children of a stack that was killed are still stopping."""
    deadline = time.monotonic() + _STOPPING
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = int(os.pread(descriptor, 20, 0) or b"0")
            if _runs(owner) or time.monotonic() > deadline:
                raise StackError(f"The stack runs already (process {owner}). Stop it first.") from None
            time.sleep(0.05)
        else:
            return


def _runs(process: int) -> bool:
    """Also true for the moment between locking and writing the id (0)."""
    if process == 0:
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not is_zombie(process)


def is_zombie(process: int) -> bool:
    """Return whether the process has ended and only its parent has not noticed; `False` where there is no `/proc`."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "Z"
