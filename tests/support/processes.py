"""Processes of the system, read from /proc: who started whom, and who listens where."""

import os
import time
from collections.abc import Callable
from pathlib import Path

LISTENING = "0A"


def descendants(process: int) -> set[int]:
    """The ids of everything that `process` has started, directly or not."""
    parents = {pid: parent for pid in _all() if (parent := _parent(pid)) is not None}
    found: set[int] = set()
    frontier = {process}
    while frontier:
        frontier = {pid for pid, parent in parents.items() if parent in frontier} - found
        found |= frontier
    return found


def alive(processes: set[int]) -> set[int]:
    """Those that still run; a zombie does not."""
    return {pid for pid in processes if _state(pid) not in (None, "Z")}


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether `condition` came true in time."""
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
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for fields in map(str.split, Path(table).read_text().splitlines()[1:])
        if fields[3] == LISTENING and fields[9] in sockets
    }


def _all() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _stat(process: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the command, which may hold anything."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _state(process: int) -> str | None:
    fields = _stat(process)
    return fields[0] if fields else None


def _parent(process: int) -> int | None:
    fields = _stat(process)
    return int(fields[1]) if fields else None


def _socket_inodes(process: int) -> list[str]:
    inodes = []
    try:
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            target = os.readlink(descriptor)
            if target.startswith("socket:["):
                inodes.append(target[8:-1])
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return inodes
    return inodes
