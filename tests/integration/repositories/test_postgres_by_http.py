"""A PostgreSQL that fails, seen by clients of the API: 503 or a success, and nothing is lost or stored twice."""

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient

from app.aws.errors import TransactionConflict
from app.repositories.postgres.database import Database
from app.repositories.postgres.storage import PostgresStorage
from app.repositories.postgres.transport import transport_to
from app.repositories.postgres.transport.connections import Connections
from support.data_api import CLUSTER, clients_at, running_data_api
from support.people import Person, sign_up
from support.postgres import RunningPostgres, running_postgres
from support.processes import wait_until
from support.relay import Relay, relay_to
from support.stack import RunningStack

Serve = Callable[..., TestClient]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPostgres]:
    with running_postgres(tmp_path_factory.mktemp("postgres"), durable=True) as server:
        yield server


@pytest.fixture
def serve(stack: RunningStack) -> Iterator[Serve]:
    """Clients of the API over a PostgreSQL, at a port of this machine; its statements may take `seconds`."""
    with ExitStack() as opened:

        def client(place: Any, port: int, *, seconds: float = 5) -> TestClient:
            app = stack.app()
            container = app.state.container
            transport = transport_to(place, clients_at(port), seconds=seconds)
            database = opened.enter_context(closing(Database(transport)))
            container.storage = PostgresStorage(database, container.storage, todo_quota=1000)
            return TestClient(app, raise_server_exceptions=False)

        yield client


@pytest.fixture(params=["psycopg", "data-api"])
def relayed(
    request: pytest.FixtureRequest, postgres: RunningPostgres, serve: Serve
) -> Iterator[tuple[Relay, TestClient]]:
    """What loses answers, before the PostgreSQL of the client."""
    with ExitStack() as opened:
        if request.param == "psycopg":
            relay = opened.enter_context(relay_to(postgres.port))
            yield relay, serve(postgres.url_by(relay.port), relay.port)
        else:
            server = opened.enter_context(running_data_api(postgres.url))
            relay = opened.enter_context(relay_to(server.port))
            yield relay, serve(CLUSTER, relay.port)


def titles(person: Person) -> list[str]:
    items = person.request("GET", "/v1/todos?limit=100").json()["items"]
    return sorted(todo["title"] for todo in items)


def assert_unavailable(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


class Creator(threading.Thread):
    """A client that creates to-dos, and repeats what was refused with the same key."""

    def __init__(self, person: Person, name: str) -> None:
        super().__init__(daemon=True)
        self.person, self.name_ = person, name
        self.created: list[str] = []
        self.refused: list[httpx.Response] = []
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.is_set():
            title = f"{self.name_}-{len(self.created):03}"
            headers = {"Idempotency-Key": uuid.uuid4().hex}
            while self._ask(title, headers).status_code != 201:
                self.done.wait(0.05)
            self.created.append(title)

    def _ask(self, title: str, headers: dict[str, str]) -> httpx.Response:
        answer = self.person.request("POST", "/v1/todos", json={"title": title}, headers=headers)
        if answer.status_code != 201:
            self.refused.append(answer)
        return answer


def test_a_restart_under_load_refuses_for_a_while_and_loses_and_doubles_nothing(
    postgres: RunningPostgres, serve: Serve
) -> None:
    api = serve(postgres.url, 1)
    people = [sign_up(api) for _ in range(2)]
    creators = [Creator(person, name) for person in people for name in ("a", "b")]
    for creator in creators:
        creator.start()
    assert wait_until(lambda: all(creator.created for creator in creators))
    postgres.stop()
    assert wait_until(lambda: all(has_met(creator, 503) for creator in creators))
    postgres.start()
    before = [len(creator.created) for creator in creators]
    assert wait_until(lambda: all(len(c.created) > n for c, n in zip(creators, before, strict=True)))
    for creator in creators:
        creator.done.set()
    for creator in creators:
        creator.join(60)
        assert not creator.is_alive()

    refused = [answer for creator in creators for answer in creator.refused]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} <= {
        (503, "unavailable"),
        (409, "request_in_progress"),
        (429, "contention"),
    }
    for number, person in enumerate(people):
        created = [title for creator in creators[2 * number : 2 * number + 2] for title in creator.created]
        assert every_title(person) == sorted(created)


def has_met(creator: Creator, status: int) -> bool:
    return any(answer.status_code == status for answer in creator.refused)


def every_title(person: Person) -> list[str]:
    found, path = [], "/v1/todos?limit=100"
    while True:
        page = person.request("GET", path).json()
        found += [todo["title"] for todo in page["items"]]
        if page["nextCursor"] is None:
            return sorted(found)
        path = f"/v1/todos?limit=100&cursor={page['nextCursor']}"


def test_a_statement_that_waits_too_long_is_503_and_takes_effect_when_it_is_repeated(
    postgres: RunningPostgres, serve: Serve
) -> None:
    """The user's row is locked by another."""
    ada = sign_up(serve(postgres.url, 1, seconds=0.5))
    todo = ada.create_todo(title="before")
    key = {"Idempotency-Key": uuid.uuid4().hex}
    with psycopg.connect(postgres.url) as other:
        other.execute("SELECT FROM users WHERE user_id = %(id)s FOR UPDATE", {"id": ada.id})
        created = ada.request("POST", "/v1/todos", json={"title": "new"}, headers=key)
        changed = ada.request("PATCH", f"/v1/todos/{todo['id']}", json={"title": "after"})

    assert_unavailable(created)
    assert_unavailable(changed)
    assert titles(ada) == ["before"]
    assert ada.request("POST", "/v1/todos", json={"title": "new"}, headers=key).status_code == 201
    assert ada.request("PATCH", f"/v1/todos/{todo['id']}", json={"title": "after"}).json()["version"] == 2
    assert titles(ada) == ["after", "new"]


def test_serialization_failures_are_retried_or_the_clients_to_repeat(
    tmp_path_factory: pytest.TempPathFactory, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Transactions are serializable. Four meet at the user's row, which another has locked, and one of them wins."""
    failures, run = list[Exception](), Connections.run

    def noting(*given: Any) -> Any:
        try:
            return run(*given)
        except TransactionConflict as error:
            failures.append(error)
            raise

    monkeypatch.setattr(Connections, "run", noting)
    with running_postgres(tmp_path_factory.mktemp("serializable")) as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("ALTER DATABASE postgres SET default_transaction_isolation TO serializable")
        ada = sign_up(serve(server.url, 1))
        assert ada.request("GET", "/v1/users/me").status_code == 200  # it makes the record

        with ThreadPoolExecutor(4) as threads:
            with psycopg.connect(server.url) as other:
                other.execute("SELECT FROM users WHERE user_id = %(id)s FOR UPDATE", {"id": ada.id})
                asked = [
                    threads.submit(ada.request, "POST", "/v1/todos", json={"title": f"{number}"})
                    for number in range(4)
                ]
                assert wait_until(lambda: waiting(server) == 4)
            answers = [one.result() for one in asked]

        assert failures
        stored = [answer.json() for answer in answers if answer.status_code == 201]
        refused = [answer for answer in answers if answer.status_code != 201]
        assert {(answer.status_code, answer.json()["code"]) for answer in refused} <= {(429, "contention")}
        assert titles(ada) == sorted(todo["title"] for todo in stored)
        assert sorted(todo["revision"] for todo in stored) == list(range(1, len(stored) + 1))


def waiting(server: RunningPostgres) -> int:
    """How many statements wait for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with psycopg.connect(server.url) as connection:
        return connection.execute(query).fetchall()[0][0]


def test_a_connection_that_dies_after_the_commit_is_a_success(relayed: tuple[Relay, TestClient]) -> None:
    relay, api = relayed
    ada = sign_up(api)
    relay.lose(b"INSERT INTO todos")
    created = ada.request("POST", "/v1/todos", json={"title": "once"})
    url = f"/v1/todos/{created.json()['id']}"
    relay.lose(b"INSERT INTO todos")
    changed = ada.request("PATCH", url, json={"title": "twice"}, headers={"If-Match": '"1"'})
    relay.lose(b"INSERT INTO todos")
    deleted = ada.request("DELETE", url, headers={"If-Match": '"2"'})

    assert (relay.lost, [created.status_code, changed.status_code, deleted.status_code]) == (
        3,
        [201, 200, 204],
    )
    assert (changed.json()["version"], changed.json()["revision"]) == (2, 2)
    assert ada.request("GET", url).status_code == 410
    assert ada.create_todo()["revision"] == 4


def test_a_file_whose_reservation_was_not_answered_takes_its_room_once(
    relayed: tuple[Relay, TestClient],
) -> None:
    relay, api = relayed
    ada = sign_up(api)
    announced = {"name": "a.txt", "contentType": "text/plain", "size": 7}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    relay.lose(b"INSERT INTO files")
    first = ada.request("POST", "/v1/files", json=announced, headers=key)

    again = ada.request("POST", "/v1/files", json=announced, headers=key)

    assert_unavailable(first)
    assert (relay.lost, again.status_code) == (1, 201)
    assert len(ada.request("GET", "/v1/files").json()["items"]) == 1
