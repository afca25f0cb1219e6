"""State that was written while the embedded AWS had another port.

Queue URLs and endpoints hold the port, in what MiniStack keeps of queues, stacks and functions. They are rewritten
before it reads them, so that the state does not depend on the port.
"""

import re
from pathlib import Path

from devstack.ports import HOST

_MEMORY = "port"


def relocate(folder: Path, port: int) -> None:
    """Rewrite the snapshots in `folder` for a server at `port`. Does nothing where they were written at that port.

    The new port is remembered last: what is interrupted is done again by the next start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    last = _remembered(folder) or _port_of_queues(folder)
    if last is not None and last != port:
        _remember(folder, last)  # the queues that are moved first no longer show it
        for snapshot in folder.glob("*.json"):
            _rewrite(snapshot, last, port)
    _remember(folder, port)


def _remember(folder: Path, port: int) -> None:
    _replace(folder / _MEMORY, str(port))


def _remembered(folder: Path) -> int | None:
    """`None` also for a file that says no port, as after a kill."""
    return _port(r"(\d+)", folder / _MEMORY)


def _port_of_queues(folder: Path) -> int | None:
    """For a state of a version that did not remember its port."""
    return _port(rf"://{re.escape(HOST)}:(\d+)/", folder / "sqs.json")


def _port(pattern: str, path: Path) -> int | None:
    found = re.search(pattern, path.read_text(errors="replace")) if path.exists() else None
    return int(found[1]) if found else None


def _rewrite(snapshot: Path, last: int, port: int) -> None:
    before = snapshot.read_text()
    after = re.sub(rf"(?<=://{re.escape(HOST)}:){last}(?!\d)", str(port), before)
    if after != before:
        _replace(snapshot, after)


def _replace(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.tmp")
    new.write_text(text)
    new.replace(path)
