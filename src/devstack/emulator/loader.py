"""Reads what was saved, when MiniStack starts.

By itself MiniStack goes on without what it cannot read, and its next save takes the place of it. Here the start ends,
and what was saved stays as it is.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ministack.app
from ministack.core import persistence


def install() -> None:
    ministack.app._load_persisted_state = _load_all


@contextmanager
def or_end(what: str) -> Iterator[None]:
    """End the process with the reason why `what` cannot be read. An exception would not end MiniStack's server."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - after any error, going on would lose the data
        advice = "The other data are still there; `make reset` deletes them all."
        print(f"The saved {what} cannot be read: {error}. {advice}", file=sys.stderr, flush=True)
        os._exit(1)


def load(name: str, module: str) -> None:
    """Raises:
    ValueError: the snapshot of the service is damaged. Its module may raise other errors.
    """
    state = persistence.load_state(name)
    path = Path(persistence.STATE_DIR) / f"{name}.json"
    if state is None and path.exists():
        raise ValueError(f"{path} is damaged")
    if state:
        ministack.app._get_module(module).load_persisted_state(state)


def _load_all() -> None:
    for name, module in ministack.app._state_map.items():
        with or_end(f"state of {name}"):
            load(name, module)
