"""A PostgreSQL that is gone, hangs, is started again, or whose answer is lost on the way."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

import psycopg
import pytest
from botocore.exceptions import ClientError

from app import deadline
from app.errors import AppError, Contention, DeadlineExceeded, Unavailable, Unprocessable
from app.models.files import Quota
from app.models.todos import Todo, TodoQuery, Tombstone
from app.repositories.postgres import database as database_module
from app.repositories.postgres.database import AnswerLost, Database
from app.repositories.postgres.files import PostgresFiles
from app.repositories.postgres.statements import Statement
from app.repositories.postgres.todos import PostgresTodos
from app.repositories.postgres.transport import Disconnected, Transport, connections, transport_to
from app.repositories.postgres.users import PostgresUsers
from contracts.changes import add, delete, edit, editing, new_id, new_todo, revision_of, store, titles
from contracts.files import new_file
from contracts.fixtures import new_user
from support.data_api import CLUSTER, clients_at, running_data_api
from support.data_api.server import FakeDataApi
from support.postgres import RunningPostgres, running_postgres
from support.relay import Relay, relay_to

SLEEP = Statement("sleep", "SELECT to_json(CAST(pg_sleep(60) AS text))")
ONE = Statement("one", "SELECT json_build_object('one', 1)")


class Way:
    """A way to the server: `port` is what it connects to, or what a relay before it does."""

    def __init__(self, port: int, at: Callable[[int], Database]) -> None:
        self.port = port
        self.database = at


@pytest.fixture(scope="class", params=["psycopg", "data-api"])
def way(request: pytest.FixtureRequest, postgres: RunningPostgres, data_api: FakeDataApi) -> Way:
    if request.param == "psycopg":
        return Way(postgres.port, lambda port: Database.at(postgres.url_by(port), clients_at(1)))
    return Way(data_api.port, lambda port: Database.at(CLUSTER, clients_at(port)))


@pytest.fixture(scope="class")
def database(way: Way) -> Iterator[Database]:
    with closing(way.database(way.port)) as database:
        yield database


def calls(todos: PostgresTodos) -> list[Callable[[], object]]:
    return [lambda: todos.get("u", "t"), lambda: store(todos, "u", new_todo())]


class TestNoAnswer:
    def test_a_server_that_is_gone_is_unavailable(self, way: Way) -> None:
        with closing(way.database(1)) as database:
            for call in calls(PostgresTodos(database, quota=None)):
                with pytest.raises(Unavailable):
                    call()

    def test_one_that_hangs_is_unavailable_in_bounded_time(
        self, way: Way, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        at = partial(transport_to, seconds=1.0)
        monkeypatch.setattr(database_module, "transport_to", at)
        monkeypatch.setattr(database_module, "STATEMENT_SECONDS", 1.0)
        with relay_to(way.port) as relay, closing(way.database(relay.port)) as database:
            todos = PostgresTodos(database, quota=None)
            assert todos.get("u", "t") is None
            relay.silent = True

            for call in calls(todos):
                begun = time.monotonic()
                with pytest.raises(Unavailable) as refused:
                    call()
                assert refused.value.code == "unavailable"
                assert time.monotonic() - begun < 10

    def test_a_statement_that_takes_too_long_is_ended_by_the_server(
        self, postgres: RunningPostgres, data_api: FakeDataApi, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(data_api.service, "statement_seconds", 0.05)
        monkeypatch.setattr(connections, "_bounded", lambda _: 10)
        for place in (postgres.url, CLUSTER):
            seconds = 0.05 if place == postgres.url else 5
            with closing(
                Database(transport_to(place, clients_at(data_api.port), seconds=seconds))
            ) as database:
                with pytest.raises(Unavailable) as refused:
                    database.read(SLEEP)

                assert refused.value.code == "unavailable"
                assert database.read(ONE) == [{"one": 1}]

    def test_a_statement_that_the_request_has_given_up_is_ended_by_the_server(
        self, postgres: RunningPostgres
    ) -> None:
        """Long before its own limit: it holds locks, and a connection."""
        name = new_id()
        endless = Statement("endless", f'SELECT to_json(CAST(pg_sleep(600) AS text)) AS "{name}"')
        with closing(Database(transport_to(postgres.url, clients_at(1), seconds=600))) as database:
            with deadline.within(0.3), pytest.raises(DeadlineExceeded):
                database.read(endless)

            wait_for(lambda: not running(postgres, name))

    def test_a_transaction_in_which_nothing_comes_any_more_is_ended_by_the_server(
        self, postgres: RunningPostgres
    ) -> None:
        name = new_id()
        with closing(transport_to(postgres.url, clients_at(1), seconds=0.5)) as transport:

            def wait_in_a_transaction() -> None:
                with transport.transaction() as open_one:
                    open_one.run(Statement("one", f'SELECT to_json(1) AS "{name}"'), {})
                    wait_for(lambda: not running(postgres, name))

            with pytest.raises(Disconnected):
                wait_in_a_transaction()

    def test_the_deadline_of_the_request_ends_a_wait(self, database: Database) -> None:
        for seconds in (0.3, 0):
            with deadline.within(seconds), pytest.raises(DeadlineExceeded):
                database.read(SLEEP)

    def test_a_text_that_postgresql_cannot_hold_is_refused(self, database: Database) -> None:
        user_id = new_user(PostgresUsers(database))
        todos = PostgresTodos(database, quota=None)

        for refuse in (lambda: store(todos, user_id, new_todo("\x00")), lambda: todos.get(user_id, "\x00")):
            with pytest.raises(Unprocessable) as refused:
                refuse()
            assert refused.value.code == "not_storable"

    def test_a_wrong_password_is_unavailable(self, postgres: RunningPostgres, data_api: FakeDataApi) -> None:
        password = urlsplit(postgres.url).password
        assert password
        for place in (postgres.url.replace(password, "other"), replace(CLUSTER, secret_arn="x" * 20)):
            database = Database.at(place, clients_at(data_api.port))
            with closing(database), pytest.raises(Unavailable):
                database.read(ONE)

    def test_a_statement_with_a_mistake_is_a_defect(self, database: Database) -> None:
        with pytest.raises((psycopg.Error, ClientError), match="nowhere"):
            database.read(Statement("wrong", "SELECT to_json(x) FROM nowhere AS x"))


def running(postgres: RunningPostgres, part: str) -> int:
    """How many connections of the application are at a statement with this part, or in its transaction."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'serverless-backend'"
        " AND state <> 'idle' AND strpos(query, %s) > 0"
    )
    with psycopg.connect(postgres.url) as connection:
        [[count]] = connection.execute(query.encode(), [part]).fetchall()
    return int(count)


class TestCollisions:
    """What a trigger raises, as the server would, for the next changes of this user."""

    @pytest.fixture
    def collide(self, postgres: RunningPostgres, user_id: str) -> Iterator[Callable[[int], None]]:
        name = f"collisions_{uuid.uuid4().hex}"

        def create(times: int) -> None:
            run(
                postgres,
                f"CREATE SEQUENCE {name}",
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" IF nextval('{name}') <= {times} THEN RAISE EXCEPTION USING ERRCODE = '40001'; END IF;"
                " RETURN NEW; END $$",
                f"CREATE TRIGGER {name} BEFORE UPDATE ON users FOR EACH ROW WHEN (NEW.user_id = '{user_id}')"
                f" EXECUTE FUNCTION {name}()",
            )

        yield create
        run(postgres, f"DROP FUNCTION {name} CASCADE", f"DROP SEQUENCE {name}")

    def test_a_change_is_decided_again_after_a_serialization_failure(
        self, database: Database, user_id: str, collide: Callable[[int], None]
    ) -> None:
        todos = PostgresTodos(database, quota=None)
        todo = store(todos, user_id, new_todo())
        collide(2)

        changed = edit(todos, user_id, todo.id, title="changed")

        assert changed is not None
        assert (changed.version, changed.revision) == (2, 2)
        assert todos.get(user_id, todo.id) == changed

    def test_any_other_write_is_sent_again_after_one(
        self, database: Database, user_id: str, collide: Callable[[int], None]
    ) -> None:
        users = PostgresUsers(database)
        collide(2)

        changed = users.update_profile(user_id, {"name": "Ada"})

        assert changed is not None
        assert (changed.name, changed.revision) == ("Ada", 1)
        assert users.get(user_id) == changed

    def test_one_that_always_collides_is_refused_and_stores_nothing(
        self, database: Database, user_id: str, collide: Callable[[int], None]
    ) -> None:
        todos = PostgresTodos(database, quota=None)
        collide(10_000)

        with pytest.raises(Contention):
            store(todos, user_id, new_todo())

        assert todos.list(user_id, TodoQuery(), limit=1).items == ()


def run(postgres: RunningPostgres, *statements: str) -> None:
    with psycopg.connect(postgres.url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


class TestTransactions:
    @pytest.fixture
    def transport(self, way: Way) -> Transport:
        return way.database(way.port)._transport

    def test_its_statements_take_effect_together(self, transport: Transport, database: Database) -> None:
        name = new_id()
        with transport.transaction() as open_one:
            assert open_one.run(Statement("create", f'CREATE TABLE "{name}" (n integer)'), {}) == []
            with open_one.transaction() as same:
                same.run(Statement("insert", f'INSERT INTO "{name}" VALUES (:n)'), {"n": 7})

        assert database.read(Statement("read", f'SELECT to_json(it) FROM "{name}" AS it')) == [{"n": 7}]

    def test_none_does_where_one_fails(self, transport: Transport, database: Database, user_id: str) -> None:
        close = Statement("close", "UPDATE users SET status = 'deleting' WHERE user_id = :user_id")

        def fail() -> None:
            with transport.transaction() as open_one:
                open_one.run(close, {"user_id": user_id})
                open_one.run(Statement("fail", "SELECT to_json(CAST(:x AS date))"), {"x": "never"})

        with pytest.raises(Unprocessable):
            fail()

        user = PostgresUsers(database).get(user_id)
        assert user is not None
        assert user.status == "active"

    def test_none_does_where_the_block_raises(
        self, transport: Transport, database: Database, user_id: str
    ) -> None:
        delete = Statement("delete", "DELETE FROM users WHERE user_id = :user_id")

        def fail() -> None:
            with transport.transaction() as open_one:
                open_one.run(delete, {"user_id": user_id})
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()

        assert PostgresUsers(database).get(user_id) is not None


class TestEndedConnections:
    def test_one_that_ended_while_it_was_idle_is_not_used(self, postgres: RunningPostgres) -> None:
        place = Database.at(postgres.url, clients_at(1))
        with closing(place) as database, psycopg.connect(postgres.url) as other:
            users = PostgresUsers(database)
            user_id = new_user(users)
            with other.transaction():
                other.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    " AND backend_type = 'client backend' AND application_name = 'serverless-backend'"
                )

            assert store(PostgresTodos(database, quota=None), user_id, new_todo()).revision == 1

    @pytest.mark.parametrize("over", ["psycopg", "data-api"])
    def test_writers_outlive_a_restart_and_lose_nothing(
        self, tmp_path_factory: pytest.TempPathFactory, over: str
    ) -> None:
        root = tmp_path_factory.mktemp("restarted")
        with running_postgres(root, durable=True) as server, running_data_api(server.url) as data_api:
            place = server.url if over == "psycopg" else CLUSTER
            database = Database.at(place, clients_at(data_api.port))
            writers = [Writer(database) for _ in range(4)]
            for writer in writers:
                writer.start()
            wait_for(lambda: all(writer.stored for writer in writers))
            server.stop()
            wait_for(lambda: all(writer.refusals for writer in writers))
            server.start()
            before = [len(writer.stored) for writer in writers]
            wait_for(lambda: all(len(w.stored) > n for w, n in zip(writers, before, strict=True)))
            for writer in writers:
                writer.done.set()
                writer.join()

            database.close()
            for writer in writers:
                assert set(writer.refusals) == {503}
                assert [writer.todos.get(writer.user_id, todo.id) for todo in writer.stored] == writer.stored


class Writer(threading.Thread):
    """Stores to-dos of a new user until it is `done`."""

    def __init__(self, database: Database) -> None:
        super().__init__(daemon=True)
        self.todos = PostgresTodos(database, quota=None)
        self.user_id = new_user(PostgresUsers(database))
        self.stored: list[Todo] = []
        self.refusals: list[int] = []
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.005):
            try:
                self.stored.append(store(self.todos, self.user_id, new_todo()))
            except AppError as error:
                self.refusals.append(error.status)


def wait_for(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.01)


class TestLostAnswers:
    """The statement is sent again; it may have taken effect all the same."""

    @pytest.fixture
    def relay(self, way: Way) -> Iterator[Relay]:
        with relay_to(way.port) as relay:
            yield relay

    @pytest.fixture
    def relayed(self, way: Way, relay: Relay) -> Iterator[Database]:
        with closing(way.database(relay.port)) as database:
            yield database

    @pytest.fixture
    def todos(self, relayed: Database) -> PostgresTodos:
        return PostgresTodos(relayed, quota=None)

    def test_a_change_sent_twice_happens_once(self, todos: PostgresTodos, user_id: str, relay: Relay) -> None:
        todo = store(todos, user_id, new_todo())
        decisions = []
        relay.lose(b"INSERT INTO todos")

        changed = todos.change(
            user_id, todo.id, lambda current: decisions.append(current) or new_todo("changed", tags=("a",))
        )

        assert (relay.lost, decisions) == (1, [todo])
        assert changed is not None
        assert (changed.version, changed.revision) == (2, 2)
        assert todos.get(user_id, todo.id) == changed
        last = edit(todos, user_id, todo.id, notes="x")
        assert last is not None
        assert last.revision == 3

    def test_a_deletion_sent_twice_happens_once(
        self, todos: PostgresTodos, user_id: str, relay: Relay, users: PostgresUsers
    ) -> None:
        todo = store(todos, user_id, new_todo())
        relay.lose(b"INSERT INTO todos")

        delete(todos, user_id, todo.id)

        tombstone = todos.get(user_id, todo.id)
        assert isinstance(tombstone, Tombstone)
        assert (relay.lost, tombstone.version, revision_of(users, user_id)) == (1, 2, 2)

    def test_an_import_sent_twice_happens_once(
        self, todos: PostgresTodos, user_id: str, relay: Relay, users: PostgresUsers
    ) -> None:
        relay.lose(b"INSERT INTO todos")

        added = add(todos, user_id, [new_todo(str(n)) for n in range(70)])

        assert (relay.lost, added.stored, len(titles(todos, user_id))) == (1, 70, 70)
        assert revision_of(users, user_id) == 70

    def test_changes_sent_twice_together_happen_once(
        self, todos: PostgresTodos, user_id: str, relay: Relay, users: PostgresUsers
    ) -> None:
        edited, gone = (store(todos, user_id, new_todo(history="before")) for _ in range(2))
        new = [new_todo(str(n), history="new") for n in range(30)]
        relay.lose(b"INSERT INTO todos")

        outcomes = list(
            todos.change_many(
                user_id,
                [
                    (edited.id, editing(title="edited", history="after")),
                    (gone.id, lambda _: None),
                    *((todo.id, lambda current, todo=todo: current or todo) for todo in new),
                ],
            )
        )

        assert relay.lost == 1
        assert all(outcome.is_changed for outcome in outcomes)
        assert [outcome.revision for outcome in outcomes] == list(range(3, 35))
        assert [outcome.state for outcome in outcomes] == [
            todos.get(user_id, todo.id) for todo in (edited, gone, *new)
        ]
        assert revision_of(users, user_id) == 34

    def test_a_change_that_others_have_overtaken_is_not_reported_as_done(
        self, todos: PostgresTodos, user_id: str, relay: Relay, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        todo = store(todos, user_id, new_todo())
        pause = database_module._pause

        def overtake() -> None:
            monkeypatch.setattr(database_module, "_pause", pause)
            edit(todos, user_id, todo.id, title="theirs")

        monkeypatch.setattr(database_module, "_pause", overtake)
        relay.lose(b"INSERT INTO todos")

        with pytest.raises(AnswerLost) as lost:
            edit(todos, user_id, todo.id, title="mine")

        assert lost.value.status == 503
        stored = todos.get(user_id, todo.id)
        assert isinstance(stored, Todo)
        assert stored.title == "theirs"

    def test_room_for_a_file_is_taken_once(self, relayed: Database, relay: Relay, user_id: str) -> None:
        files, file = PostgresFiles(relayed), new_file(10)
        assert files.get(user_id, file.id) is None
        relay.lose(b"INSERT INTO files")

        with pytest.raises(AnswerLost):
            files.reserve(user_id, file, Quota(size=100, files=3))
        files.reserve(user_id, file, Quota(size=100, files=3))

        assert (relay.lost, files.used(user_id)) == (1, Quota(size=10, files=1))

    def test_an_address_is_changed_once_and_is_so(
        self, relayed: Database, relay: Relay, user_id: str
    ) -> None:
        users = PostgresUsers(relayed)
        user = users.get(user_id)
        assert user is not None
        relay.lose(b"UPDATE users SET email")

        assert users.change_email(user_id, "new@example.com", was=user.email)

        assert (relay.lost, revision_of(users, user_id)) == (1, user.revision + 1)

    def test_a_read_is_sent_again(self, relayed: Database, relay: Relay) -> None:
        user_id = new_id()
        users = PostgresUsers(relayed)
        assert users.get(user_id) is None
        relay.lose(b"FROM users")

        assert users.get(user_id) is None
        assert relay.lost == 1
