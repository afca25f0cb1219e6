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

    The port is remembered last: what is interrupted is done again by the next start.
    """
    memory = folder / _MEMORY
    last = int(memory.read_text()) if memory.exists() else None
    if last not in (None, port):
        for snapshot in folder.glob("*.json"):
            _rewrite(snapshot, last, port)
    folder.mkdir(parents=True, exist_ok=True)
    memory.write_text(str(port))


def _rewrite(snapshot: Path, last: int | None, port: int) -> None:
    before = snapshot.read_text()
    after = re.sub(rf"(?<=://{re.escape(HOST)}:){last}(?!\d)", str(port), before)
    if after != before:
        new = snapshot.with_suffix(".json.tmp")
        new.write_text(after)
        new.replace(snapshot)
