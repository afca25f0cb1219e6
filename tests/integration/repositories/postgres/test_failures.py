"""A PostgreSQL that is gone, hangs, is started again, or whose answer is lost on the way."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from urllib.parse import urlsplit

import psycopg
import pytest

from app import deadline
from app.errors import AppError, DeadlineExceeded, Unavailable, Unprocessable
from app.models import Quota, Todo, Tombstone
from app.repositories.postgres import database as module
from app.repositories.postgres.database import AnswerLost, Database, Statement
from app.repositories.postgres.files import PostgresFiles
from app.repositories.postgres.todos import PostgresTodos
from app.repositories.postgres.users import PostgresUsers
from contracts.changes import add, delete, edit, new_id, new_todo, revision_of, store, titles
from contracts.files import new_file
from contracts.fixtures import new_user
from support.postgres import RunningPostgres, running_postgres
from support.relay import Relay, relay_to

SLEEP = Statement("sleep", "SELECT pg_sleep(60) AS slept")


def calls(todos: PostgresTodos) -> list[Callable[[], object]]:
    return [lambda: todos.get("u", "t"), lambda: store(todos, "u", new_todo())]


class TestNoAnswer:
    def test_a_server_that_is_gone_is_unavailable(self, postgres: RunningPostgres) -> None:
        with closing(Database(postgres.url_by(1))) as database:
            for call in calls(PostgresTodos(database, quota=None)):
                with pytest.raises(Unavailable):
                    call()

    def test_one_that_hangs_is_unavailable_in_bounded_time(
        self, postgres: RunningPostgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_STATEMENT_SECONDS", 0.3)
        with relay_to(postgres.port) as relay, closing(Database(postgres.url_by(relay.port))) as database:
            todos = PostgresTodos(database, quota=None)
            assert todos.get("u", "t") is None
            relay.silent = True

            for call in calls(todos):
                begun = time.monotonic()
                with pytest.raises(Unavailable):
                    call()
                assert time.monotonic() - begun < 10

    def test_a_statement_that_takes_too_long_is_ended_by_the_server(
        self, postgres: RunningPostgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_OPTIONS", "-c statement_timeout=50")
        with closing(Database(postgres.url)) as database:
            with pytest.raises(Unavailable):
                database.read(SLEEP)

            assert database.read(Statement("one", "SELECT 1 AS one")) == [{"one": 1}]

    def test_the_deadline_of_the_request_ends_a_wait(self, postgres: RunningPostgres) -> None:
        with closing(Database(postgres.url)) as database:
            with deadline.within(0.3), pytest.raises(DeadlineExceeded):
                database.read(SLEEP)
            with deadline.within(0), pytest.raises(DeadlineExceeded):
                database.read(SLEEP)

    def test_a_text_that_postgresql_cannot_hold_is_refused(self, postgres: RunningPostgres) -> None:
        with closing(Database(postgres.url)) as database:
            user_id = new_user(PostgresUsers(database))

            with pytest.raises(Unprocessable) as refused:
                store(PostgresTodos(database, quota=None), user_id, new_todo("\x00"))

        assert refused.value.code == "not_storable"

    def test_a_wrong_password_is_unavailable(self, postgres: RunningPostgres) -> None:
        password = urlsplit(postgres.url).password
        assert password
        with (
            closing(Database(postgres.url.replace(password, "other"))) as database,
            pytest.raises(Unavailable),
        ):
            database.read(SLEEP)


class TestEndedConnections:
    def test_one_that_ended_while_it_was_idle_is_not_used(self, postgres: RunningPostgres) -> None:
        with closing(Database(postgres.url)) as database, psycopg.connect(postgres.url) as other:
            users = PostgresUsers(database)
            user_id = new_user(users)
            with other.transaction():
                other.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                    " AND backend_type = 'client backend' AND application_name = 'serverless-backend'"
                )

            assert store(PostgresTodos(database, quota=None), user_id, new_todo()).revision == 1

    def test_writers_outlive_a_restart_and_lose_nothing(
        self, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        root = tmp_path_factory.mktemp("restarted")
        with running_postgres(root, durable=True) as server, closing(Database(server.url)) as database:
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
    def relay(self, postgres: RunningPostgres) -> Iterator[Relay]:
        with relay_to(postgres.port) as relay:
            yield relay

    @pytest.fixture
    def relayed(self, postgres: RunningPostgres, relay: Relay) -> Iterator[Database]:
        with closing(Database(postgres.url_by(relay.port))) as database:
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

    def test_a_change_that_others_have_overtaken_is_not_reported_as_done(
        self, todos: PostgresTodos, user_id: str, relay: Relay, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        todo = store(todos, user_id, new_todo())
        again = Database._run_again

        def overtaken(database: Database, *args: object) -> object:
            monkeypatch.setattr(Database, "_run_again", again)
            edit(todos, user_id, todo.id, title="theirs")
            return again(database, *args)

        monkeypatch.setattr(Database, "_run_again", overtaken)
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

    def test_a_read_is_sent_again(self, relayed: Database, relay: Relay) -> None:
        user_id = new_id()
        users = PostgresUsers(relayed)
        assert users.get(user_id) is None
        relay.lose(b"FROM users")

        assert users.get(user_id) is None
        assert relay.lost == 1
