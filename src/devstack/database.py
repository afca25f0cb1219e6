"""PostgreSQL under the API, where `DATABASE=postgres` chooses it: embedded, or the developer's own server."""

import subprocess
import sys
from collections.abc import Iterator, Mapping

from devstack import environment, postgres
from devstack.ports import HOST, free_port
from devstack.processes import Child
from devstack.state import State
from project.errors import StackError

_PORT = "postgres-port"
_MIGRATION_SECONDS = 600


class Database:
    """`url` names a server; without one, ours is started in `state`, and `url` is known after that."""

    def __init__(self, state: State, url: str | None = None) -> None:
        self._state = state
        self._port = None if url else _port(state)
        self.url = url or ""

    @classmethod
    def of(cls, env: Mapping[str, str], state: State) -> "Database | None":
        """`None`: DynamoDB is the engine.

        Raises:
            StackError: `DATABASE` names neither.
        """
        chosen = env.get("DATABASE") or "dynamodb"
        if chosen not in ("dynamodb", "postgres"):
            raise StackError(
                "DATABASE must be dynamodb or postgres; Aurora is on AWS only, for its emulator needs Docker"
            )
        if chosen == "dynamodb":
            return None
        return cls(state, environment.given_url("DATABASE_URL", env, state.env_file))

    @property
    def variables(self) -> dict[str, str]:
        """Of the application."""
        return {"DATABASE": "postgres", "DATABASE_URL": self.url}

    @property
    def summary(self) -> str:
        """Without the password."""
        return f"{HOST}:{self._port} (DATABASE_URL in the environment)" if self._port else "your DATABASE_URL"

    def start(self, *, lock: int) -> Iterator[Child]:
        """Yield the server that was started, if one was, and bring the schema up to date.

        Raises:
            StackError: the server does not start or answer, or the schema cannot be migrated.
        """
        if self._port is None:
            postgres.check(self.url)
        else:
            child = postgres.start(self._state, self._port, lock=lock)
            yield child
            postgres.wait_ready(child, self._state, self._port)
            self.url = postgres.url_at(self._state, self._port)
            self._state.remember(_PORT, str(self._port))
        self._migrate()

    def _migrate(self) -> None:
        """In a process of its own, as an operator does it."""
        log = self._state.log("schema")
        with log.open("wb") as output:
            try:
                done = subprocess.run(
                    [sys.executable, "-m", "operations.schema"],
                    env=environment.own(self.variables),
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=_MIGRATION_SECONDS,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise StackError(f"The schema takes too long to migrate; see {log}") from None
        if done.returncode != 0:
            raise StackError(f"The schema cannot be migrated; see {log}")


def _port(state: State) -> int:
    """The same again where it is free, so that the functions need no update."""
    last = state.recall(_PORT)
    return free_port(int(last) if last else None)
