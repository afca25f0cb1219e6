"""A PostgreSQL for tests: of their own, on a free port, gone afterwards; and databases in it with the schema."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from app.repositories.postgres.statements import Row, Statement, Value
from app.repositories.postgres.transport import Transport
from app.repositories.postgres.transport.connections import Connections
from app.repositories.postgres.transport.data_api import DataApi
from devstack import postgres
from devstack.processes import Child
from devstack.state import State
from operations.schema.upgrade import upgrade
from support.ports import free_port


class RunningPostgres:
    """`stop` and `start` as often as a test likes: the data stay."""

    def __init__(self, state: State, lock: int, *, durable: bool) -> None:
        self.port = free_port()
        self._state, self._lock, self._durable = state, lock, durable
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return self.url_by(self.port)

    def url_by(self, port: int) -> str:
        """Of this server behind another port."""
        return postgres.url_at(self._state, port)

    def start(self) -> None:
        self._child = postgres.start(self._state, self.port, lock=self._lock, durable=self._durable)
        postgres.wait_ready(self._child, self._state, self.port)

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()


@contextmanager
def running_postgres(root: Path, *, durable: bool = False) -> Iterator[RunningPostgres]:
    state = State(root)
    with state.lock() as lock:
        server = RunningPostgres(state, lock, durable=durable)
        try:
            server.start()
            upgrade(server.url)
            yield server
        finally:
            server.stop()


@contextmanager
def fresh_database(postgres: RunningPostgres) -> Iterator[str]:
    """The URL of an empty one."""
    name = f"t{uuid.uuid4().hex}"
    with closing(psycopg.connect(postgres.url, autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield psycopg.conninfo.make_conninfo(postgres.url, dbname=name)


@contextmanager
def after_each_statement(act: Callable[[Statement], object]) -> Iterator[None]:
    """Call `act` when a statement of this process has taken effect, and its answer is not known yet. It may raise."""

    def observed(run: Callable[..., list[Row]]) -> Callable[..., list[Row]]:
        def send(transport: Transport, statement: Statement, values: Mapping[str, Value]) -> list[Row]:
            rows = run(transport, statement, values)
            act(statement)
            return rows

        return send

    with pytest.MonkeyPatch.context() as patch:
        for transport in (Connections, DataApi):
            patch.setattr(transport, "run", observed(transport.run))
        yield
