"""The migrations of stored data, applied to a state that an earlier version has written."""

import subprocess
import sys
from collections.abc import Mapping

from devstack.deploy import STACK
from devstack.environment import own
from devstack.state import State
from project.errors import StackError
from project.paths import SOURCE

_MEMORY = "migrations"
_SECONDS = 600


def names() -> str:
    """The steps that there are."""
    return ",".join(sorted(path.stem for path in (SOURCE / "operations" / "migrations").glob("m*.py")))


def are_due(state: State) -> bool:
    return state.recall(_MEMORY) != names()


def done(state: State) -> None:
    """Remember it, so that the next start need not look. A fresh state needs no step."""
    state.remember(_MEMORY, names())


def apply(state: State, env: Mapping[str, str]) -> None:
    """In a process of its own, as an operator does it: the local stack itself imports none of an operator's tools.

    Raises:
        StackError: a step failed; the next start goes on.
    """
    command = [sys.executable, "-m", "operations.migrate", "--stack", STACK]
    with state.log("migrate").open("wb") as log:
        try:
            ended = subprocess.run(
                command, env=own(env), stdout=log, stderr=subprocess.STDOUT, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise StackError(f"The migrations take too long; see {state.log('migrate')}") from None
    if ended.returncode != 0:
        raise StackError(f"The data cannot be migrated; see {state.log('migrate')}")
    done(state)
