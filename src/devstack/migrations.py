"""The migrations of stored data, applied to a state that an earlier version has written."""

import subprocess
import sys
from collections.abc import Mapping

from devstack.deploy import STACK
from devstack.environment import own
from devstack.state import State
from project.errors import StackError
from project.paths import SOURCE

FIRST_TODOS_TABLE = "TodosTable"
"""The logical id of the table that has not all indexes."""
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
    """Raises:
    StackError: a step failed; the next start goes on.
    """
    _operate("migrate", "The data cannot be migrated", state, env)
    done(state)


def move_todos(state: State, env: Mapping[str, str]) -> None:
    """Move what the first table of to-dos holds into the second.

    Raises:
        StackError: it failed; the next start goes on.
    """
    _operate("move_todos", "The to-dos cannot be moved", state, env)


def _operate(command: str, failure: str, state: State, env: Mapping[str, str]) -> None:
    """In a process of its own, as an operator does it: the local stack itself imports none of an operator's tools."""
    log = state.log(command)
    with log.open("wb") as output:
        try:
            ended = subprocess.run(
                [sys.executable, "-m", f"operations.{command}", "--stack", STACK],
                env=own(env),
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise StackError(f"{failure}: it takes too long; see {log}") from None
    if ended.returncode != 0:
        raise StackError(f"{failure}; see {log}")
