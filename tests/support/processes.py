"""Processes of the system, read from /proc: who started whom, and who listens where."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

LISTENING = "0A"
_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_STATE, _PARENT, _BEGAN = 0, 1, 19
"""Places in /proc/PID/stat after the command."""


class Pid(int):
    """The id of a process, and when that began: the system gives an id again, to another."""

    began: str


def known(process: int) -> Pid:
    """A process that runs now, distinct from a later one with its id."""
    return _pid(process, _stat(process))


def descendants(process: int) -> set[int]:
    """The ids of everything that `process` has started, directly or not."""
    parents = {_pid(pid, fields): int(fields[_PARENT]) for pid in _all() if (fields := _stat(pid))}
    found: set[int] = set()
    frontier = {process}
    while frontier:
        frontier = {pid for pid, parent in parents.items() if parent in frontier} - found
        found |= frontier
    return found


def alive(processes: set[int]) -> set[int]:
    """Those that still run; a zombie does not, nor another process that has the id now."""
    return {pid for pid in processes if _runs(pid)}


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Return True once `condition` is true, False at the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def listening_addresses(processes: set[int]) -> set[str]:
    """The addresses, as /proc writes them in hexadecimal, at which the processes accept connections."""
    sockets = {inode for pid in processes for inode in _socket_inodes(pid)}
    return {
        fields[1].split(":")[0]
        for table in _TABLES
        if table.exists()  # there may be no IPv6
        for fields in map(str.split, table.read_text().splitlines()[1:])
        if fields[3] == LISTENING and fields[9] in sockets
    }


def _all() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _pid(process: int, fields: list[str] | None) -> Pid:
    pid = Pid(process)
    pid.began = fields[_BEGAN] if fields else ""
    return pid


def _runs(process: int) -> bool:
    fields = _stat(process)
    if not fields or fields[_STATE] == "Z":
        return False
    return not isinstance(process, Pid) or process.began == fields[_BEGAN]


def _stat(process: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the command, which may hold anything."""
    try:
        return Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _socket_inodes(process: int) -> list[str]:
    inodes = []
    with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
        for descriptor in list(Path(f"/proc/{process}/fd").iterdir()):
            with suppress(FileNotFoundError):  # it has been closed since
                target = os.readlink(descriptor)
                if target.startswith("socket:["):
                    inodes.append(target[8:-1])
    return inodes
