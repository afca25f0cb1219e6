"""The RDS Data API: a paused cluster, its failures, and limits that shape the statements."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from app.errors import Unavailable, Unprocessable, WakingUp
from app.models.files import Quota
from app.models.todos import Todo, TodoQuery
from app.models.users import User, UserQuery
from app.ports.todos import Seen
from app.repositories.postgres.database import Database
from app.repositories.postgres.files import PostgresFiles
from app.repositories.postgres.statements import Statement
from app.repositories.postgres.todos import PostgresTodos
from app.repositories.postgres.transport import Disconnected
from app.repositories.postgres.users import PostgresUsers
from contracts.changes import add, edit, new_id, new_todo, revision_of, store
from contracts.files import HOUR, MOMENT, new_file
from contracts.fixtures import new_user
from contracts.paging import everything
from support.data_api import CLUSTER, clients_at
from support.data_api.server import FakeDataApi
from support.data_api.service import Service

ONE = Statement("one", "SELECT json_build_object('one', 1)")
NOTES = {"emoji": "\U0001f600" * 10_000, "quotes": '"' * 10_000, "lines": "\n" * 10_000}


@pytest.fixture
def service(data_api: FakeDataApi) -> Iterator[Service]:
    yield data_api.service
    assert (data_api.service.paused, data_api.service.failures) == (0, [])


@pytest.fixture(scope="class")
def database(data_api: FakeDataApi) -> Database:
    return Database.at(CLUSTER, clients_at(data_api.port))


@pytest.fixture
def own_user(database: Database) -> str:
    return new_user(PostgresUsers(database))


@pytest.fixture
def own_todos(database: Database) -> PostgresTodos:
    return PostgresTodos(database, quota=None)


class TestPausedCluster:
    def test_a_call_says_that_it_wakes_up_and_is_not_sent_again(
        self, database: Database, data_api: FakeDataApi, service: Service
    ) -> None:
        service.paused, data_api.requests[:] = 1, []

        with pytest.raises(WakingUp) as refused:
            database.read(ONE)

        assert (refused.value.status, refused.value.code) == (503, "waking_up")
        assert refused.value.headers == {"Retry-After": "15"}
        assert data_api.requests == ["/Execute"]
        assert database.read(ONE) == [{"one": 1}]

    def test_a_change_stores_nothing_and_succeeds_later(
        self, own_todos: PostgresTodos, own_user: str, service: Service
    ) -> None:
        todo = store(own_todos, own_user, new_todo())
        service.paused = 2

        for _ in range(2):
            with pytest.raises(WakingUp):
                edit(own_todos, own_user, todo.id, title="later")

        assert own_todos.get(own_user, todo.id) == todo
        assert edit(own_todos, own_user, todo.id, title="later") is not None

    def test_a_transaction_is_not_begun(self, database: Database, service: Service) -> None:
        service.paused = 1

        with pytest.raises(WakingUp), database._transport.transaction():
            raise AssertionError


PASSING = (
    "DatabaseUnavailableException",
    "InternalServerErrorException",
    "ServiceUnavailableError",
    "ThrottlingException",
)
LASTING = (
    "DatabaseNotFoundException",
    "HttpEndpointNotEnabledException",
    "InvalidResourceStateException",
    "InvalidSecretException",
    "SecretsErrorException",
    "StatementTimeoutException",
)


class TestFailures:
    @pytest.mark.parametrize("code", PASSING)
    def test_one_that_passes_is_met_by_a_second_attempt(
        self, database: Database, service: Service, code: str
    ) -> None:
        service.failures = [code]

        assert database.read(ONE) == [{"one": 1}]

    @pytest.mark.parametrize("codes", [*((code, code) for code in PASSING), *((code,) for code in LASTING)])
    def test_others_are_unavailable(
        self, database: Database, data_api: FakeDataApi, service: Service, codes: tuple[str, ...]
    ) -> None:
        service.failures, data_api.requests[:] = list(codes), []

        with pytest.raises(Unavailable) as refused:
            database.read(ONE)

        assert refused.value.code == "unavailable"
        assert len(data_api.requests) == len(codes)

    def test_a_right_that_is_missing_is_a_defect(self, database: Database, service: Service) -> None:
        service.failures = ["AccessDeniedException"]

        with pytest.raises(ClientError, match="AccessDenied"):
            database.read(ONE)

    @pytest.mark.parametrize("code", PASSING)
    def test_a_change_that_took_effect_before_one_happens_once(
        self,
        database: Database,
        own_todos: PostgresTodos,
        own_user: str,
        service: Service,
        code: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        todo, account = store(own_todos, own_user, new_todo()), PostgresUsers(database).get(own_user)
        assert account is not None
        monkeypatch.setattr(service, "fails_late", True)
        service.failures = [code]

        changed = own_todos.change(own_user, todo.id, lambda _: new_todo("x"), seen=Seen(account, todo))

        assert changed is not None
        assert (changed.title, changed.version, changed.revision) == ("x", 2, 2)
        assert own_todos.get(own_user, todo.id) == changed
        assert revision_of(PostgresUsers(database), own_user) == 2

    def test_a_code_that_a_value_holds_is_not_the_error(self, database: Database) -> None:
        with pytest.raises(Unprocessable):
            database.read(Statement("refused", "SELECT to_json(CAST(:x AS date))"), x="SQLState: 57P01; x")

    def test_an_old_error_of_sql_is_understood_too(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`BadRequestException` is deprecated, and still in use."""
        monkeypatch.setattr("support.data_api.errors.SQL_ERROR", "BadRequestException")

        with pytest.raises(Unprocessable):
            database.read(Statement("refused", "SELECT to_json(CAST(:x AS date))"), x="never")


class TestTransactions:
    @pytest.mark.parametrize("hours", [0.06, 25])
    def test_one_that_expires_is_unavailable_and_takes_no_effect(
        self,
        database: Database,
        own_user: str,
        service: Service,
        monkeypatch: pytest.MonkeyPatch,
        hours: float,
    ) -> None:
        delete = Statement("delete", "DELETE FROM users WHERE user_id = :user_id")

        def expire() -> None:
            with database._transport.transaction() as open_one:
                open_one.run(delete, {"user_id": own_user})
                now = service.clock()
                monkeypatch.setattr(service, "clock", lambda: now + hours * 3600)

        with pytest.raises(Unavailable):
            expire()

        assert PostgresUsers(database).get(own_user) is not None

    def test_the_end_of_one_may_be_unknown(
        self, database: Database, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "fails_late", True)

        def end() -> None:
            with database._transport.transaction() as open_one:
                open_one.run(ONE, {})
                service.failures = ["InternalServerErrorException"]

        with pytest.raises(Disconnected):
            end()


class TestLargest:
    """What the API accepts at most, in one call each: no answer passes 1 MiB, no request 4 MiB."""

    @pytest.mark.parametrize("notes", NOTES)
    def test_todos(self, own_todos: PostgresTodos, own_user: str, notes: str) -> None:
        tags = tuple(f"{n:02}" + "\U0001f600" * 48 for n in range(20))
        sent = [largest(NOTES[notes], tags, n) for n in range(60)]

        assert add(own_todos, own_user, sent).stored == 60

        query = TodoQuery(q=sent[0].title)
        read = everything(own_todos.list, own_user, TodoQuery(), limit=100)
        found = own_todos.list(own_user, query, limit=60).items
        ids = [todo.id for todo in sent]
        assert [[todo.id for todo in todos] for todos in (read, found)] == [ids, ids]
        assert len(own_todos.list(own_user, TodoQuery(), limit=60).items) == 60
        assert edit(own_todos, own_user, sent[0].id, completed=True) is not None

    def test_files(self, database: Database, own_user: str) -> None:
        files, names = PostgresFiles(database), {"name": "\U0001f600" * 63, "content_type": "x" * 200}
        sent = [new_file(**names, upload_id="u" * 1000, version_id="v" * 1000) for _ in range(600)]
        for file in sent:
            files.reserve(own_user, file, Quota(size=10**9, files=600))

        assert {file.id for file in files.every(own_user)} == {file.id for file in sent}
        assert {file.id for file in files.pending(own_user, MOMENT + 2 * HOUR)} == {file.id for file in sent}
        assert list(files.pending(own_user, MOMENT + HOUR)) == []

    def test_users(self, database: Database) -> None:
        users, start = PostgresUsers(database), new_id()
        sent = [largest_user(f"{start}{n:03}") for n in range(101)]
        for user in sent:
            assert users.create(user)

        assert len(users.get_many([user.id for user in sent])) == 101
        assert len(users.search(UserQuery(email=start), limit=100).items) == 100


def largest(notes: str, tags: tuple[str, ...], number: int) -> Todo:
    created = MOMENT + timedelta(seconds=number)
    return new_todo("\U0001f600" * 500, notes=notes, tags=tags, list="\U0001f600" * 100, created_at=created)


def largest_user(name: str) -> User:
    return User(
        id=new_id(),
        email=f"{name}@{'x' * 250}.example",
        name="\U0001f600" * 100,
        phone="+49301234567890",
        locale="x" * 35,
        time_zone="x" * 64,
    )


class TestStandIn:
    """It refuses what the service does."""

    @pytest.fixture
    def execute(self, data_api: FakeDataApi) -> Callable[..., Any]:
        client = clients_at(data_api.port).rds_data
        address = {"resourceArn": CLUSTER.arn, "secretArn": CLUSTER.secret_arn, "database": CLUSTER.database}
        return lambda sql, **more: client.execute_statement(**address, sql=sql, **more)

    @pytest.mark.parametrize(
        ("sql", "more", "refusal"),
        [
            ("SELECT repeat('x', 65537)", {}, "UnsupportedResultException"),
            ("SELECT repeat('x', 60000) FROM generate_series(1, 18)", {}, "UnsupportedResultException"),
            ("SELECT " + "1 + " * 20_000 + "1", {}, "BadRequestException"),
            ("SELECT :x", {"parameters": [{"name": "y", "value": {"longValue": 1}}]}, "BadRequestException"),
            (
                "SELECT :x",
                {"parameters": [{"name": "x", "value": {"stringValue": "x" * 4 * 1024 * 1024}}]},
                "BadRequestException",
            ),
            (
                "SELECT :x",
                {"parameters": [{"name": "x", "value": {"arrayValue": {"stringValues": ["a"]}}}]},
                "BadRequestException",
            ),
            ("SELECT 1", {"transactionId": "unknown"}, "TransactionNotFoundException"),
            ("SELECT 1; SELECT 2", {"parameters": []}, "DatabaseErrorException"),
        ],
    )
    def test_what_passes_a_limit_is_refused(
        self, execute: Callable[..., Any], sql: str, more: dict[str, Any], refusal: str
    ) -> None:
        with pytest.raises(ClientError, match=refusal):
            execute(sql, **more)

    def test_values_come_as_the_service_sends_them(self, execute: Callable[..., Any]) -> None:
        answer = execute("SELECT 1, true, 'x', NULL, 1.5, CAST(1 AS float8), CAST('{}' AS json)")

        assert answer["records"] == [
            [
                {"longValue": 1},
                {"booleanValue": True},
                {"stringValue": "x"},
                {"isNull": True},
                {"stringValue": "1.5"},
                {"doubleValue": 1.0},
                {"stringValue": "{}"},
            ]
        ]
