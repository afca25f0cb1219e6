"""The schema is brought up to date by the function, over the RDS Data API, as CloudFormation asks for it; and old
tombstones are deleted."""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from app.entrypoints import migrate as entrypoint
from app.errors import Unavailable
from app.repositories.postgres import migrations
from app.repositories.postgres.migrations import Migration, migrate
from app.repositories.postgres.statements import Row, Statement, Value
from app.repositories.postgres.transport import Disconnected, Transport, transport_to
from support.data_api import CLUSTER, clients_at, running_data_api
from support.data_api.service import Service
from support.environment import ENVIRONMENT
from support.http_service import Answer, service
from support.postgres import RunningPostgres, fresh_database
from support.processes import wait_until

CONTEXT = SimpleNamespace(aws_request_id="1")
ONE = Migration("1", ("CREATE TABLE one (id text)",))
TWO = Migration("2", ("ALTER TABLE one ADD COLUMN name text", "CREATE INDEX named ON one (name)"))
WRONG = Migration("2", ("ALTER TABLE one ADD COLUMN name text", "CREATE INDEX named ON nothing (name)"))


class Aurora:
    """An empty cluster."""

    def __init__(self, url: str, service: Service, port: int) -> None:
        self.url, self.service, self.port = url, service, port

    def transport(self) -> Transport:
        return transport_to(CLUSTER, clients_at(self.port), seconds=45)

    def query(self, text: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(text.encode()).fetchall()

    def columns(self) -> list[str]:
        found = self.query(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'one' ORDER BY 1"
        )
        return [name for (name,) in found]

    def revision(self) -> list[tuple[Any, ...]]:
        return self.query("SELECT version_num FROM alembic_version")


@pytest.fixture
def aurora(postgres: RunningPostgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aurora]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setattr(migrations, "_PAUSE", 0.01)
    with fresh_database(postgres) as url, running_data_api(url) as server:
        yield Aurora(url, server.service, server.port)


def test_a_database_gets_what_it_lacks_and_a_second_time_nothing(aurora):
    first = migrate(aurora.transport(), [ONE])
    second = migrate(aurora.transport(), [ONE, TWO])
    third = migrate(aurora.transport(), [ONE, TWO])

    assert (first, second, third) == (["1"], ["2"], [])
    assert aurora.columns() == ["id", "name"]
    assert aurora.revision() == [("2",)]


def test_a_newer_database_stays_as_it_is_when_a_release_was_taken_back(aurora):
    migrate(aurora.transport(), [ONE, TWO])

    assert migrate(aurora.transport(), [ONE]) == []
    assert aurora.revision() == [("2",)]


def test_a_migration_that_fails_leaves_nothing_behind(aurora):
    migrate(aurora.transport(), [ONE])

    with pytest.raises(Exception, match="nothing"):
        migrate(aurora.transport(), [ONE, WRONG])

    assert (aurora.columns(), aurora.revision()) == (["id"], [("1",)])


def test_two_at_once_apply_each_migration_once(aurora):
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(lambda _: migrate(aurora.transport(), [ONE, TWO]), range(4)))

    assert sorted(applied) == [[], [], [], ["1", "2"]]


def test_a_paused_cluster_is_woken_up_and_waited_for(aurora):
    aurora.service.paused = 3

    assert migrate(aurora.transport(), [ONE]) == ["1"]


def test_a_cluster_that_does_not_wake_up_is_a_clear_failure(aurora):
    aurora.service.paused = 1000

    with pytest.raises(Unavailable, match="does not answer"):
        migrate(aurora.transport(), [ONE])


class LosesAnswers:
    """A transport whose commits take effect without an answer, as often as `times` says."""

    def __init__(self, inner: Transport, times: int) -> None:
        self._inner, self._times = inner, times

    def run(self, statement: Statement, values: Mapping[str, Value]) -> list[Row]:
        return self._inner.run(statement, values)

    @contextmanager
    def transaction(self) -> Iterator[Transport]:
        with self._inner.transaction() as inner:
            yield inner
        if self._times > 0:
            self._times -= 1
            raise Disconnected

    def close(self) -> None:
        self._inner.close()


def test_a_commit_whose_answer_is_lost_is_not_repeated(aurora):
    assert migrate(LosesAnswers(aurora.transport(), 1), [ONE]) == []
    assert (aurora.columns(), aurora.revision()) == (["id"], [("1",)])


def test_a_statement_that_takes_too_long_is_not_tried_again(aurora):
    aurora.service.statement_seconds = 0.2
    tried = Migration("1", ("SELECT pg_sleep(5)",))

    with pytest.raises(Unavailable):
        migrate(aurora.transport(), [tried], sleep=lambda _: pytest.fail("it waits to try again"))


@pytest.mark.parametrize("way", ["psycopg", "data-api"])
def test_requests_do_not_wait_behind_a_migration_that_waits_for_a_long_reader(aurora, way):
    transport = (
        aurora.transport() if way == "data-api" else transport_to(aurora.url, clients_at(1), seconds=60)
    )
    migrate(transport, [ONE])
    reader = psycopg.connect(aurora.url)
    reader.execute("SELECT FROM one")
    read: list[object] = []

    def pause(_: float) -> None:
        read.append(aurora.query("SELECT count(*) FROM one"))
        reader.close()

    with closing(reader), closing(transport):
        assert migrate(transport, [ONE, TWO], sleep=pause) == ["2"]
    assert read == [[(0,)]]


@pytest.fixture
def impatient(aurora: Aurora) -> Aurora:
    """Its parameter group ends each statement after a tenth of a second."""
    [[name]] = aurora.query("SELECT current_database()")
    with psycopg.connect(aurora.url) as connection:
        connection.execute(f"ALTER DATABASE {name} SET statement_timeout = 100".encode())
    return aurora


def test_the_server_ends_a_statement_before_the_data_api_does(impatient):
    with pytest.raises(Unavailable):
        impatient.transport().run(Statement("sleep", "SELECT to_json(CAST(pg_sleep(60) AS text))"), {})

    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND datname = current_database()"
        " AND state = 'active' AND pid <> pg_backend_pid()"
    )
    assert wait_until(lambda: impatient.query(asked) == [(0,)], 20)


def test_a_migration_may_take_longer_than_the_server_gives_a_request(impatient):
    slow = Migration("1", ("DO $$ BEGIN PERFORM pg_sleep(0.5); END $$",))

    assert migrate(impatient.transport(), [slow]) == ["1"]


# ---------------------------------------------------------------- the function


@pytest.fixture
def invoke(aurora: Aurora, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, Any]], None]]:
    given = {
        **ENVIRONMENT,
        "DATABASE": "aurora",
        "DATABASE_CLUSTER_ARN": CLUSTER.arn,
        "DATABASE_SECRET_ARN": CLUSTER.secret_arn,
        "DATABASE_NAME": CLUSTER.database,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aurora.port}",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    for cached in (entrypoint.settings, entrypoint.transport):
        cached.cache_clear()
    yield lambda event: entrypoint.handler(event, CONTEXT)
    for cached in (entrypoint.settings, entrypoint.transport):
        cached.cache_clear()


def event(kind: str, url: str) -> dict[str, Any]:
    """As CloudFormation sends it."""
    return {
        "RequestType": kind,
        "ResponseURL": f"{url}/answer?signature=x",
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/app/1",
        "RequestId": "request",
        "ResourceType": "Custom::Schema",
        "LogicalResourceId": "Schema",
        "ResourceProperties": {"ServiceToken": "arn", "Version": "1", "DatabaseName": "app"},
    }


def answered(invoke: Callable[[dict[str, Any]], None], kind: str) -> dict[str, Any]:
    with service(lambda _: Answer()) as cloudformation:
        invoke(event(kind, cloudformation.url))
    [asked] = cloudformation.asked
    assert (asked.method, asked.path) == ("PUT", "/answer?signature=x")
    assert asked.headers["content-type"] == ""
    answer: dict[str, Any] = json.loads(asked.body)
    return answer


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_cloudformation_gets_the_name_of_the_database_when_the_schema_is_there(invoke, aurora, kind):
    answer = answered(invoke, kind)

    assert answer == {
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/app/1",
        "RequestId": "request",
        "LogicalResourceId": "Schema",
        "PhysicalResourceId": "Schema",
        "Status": "SUCCESS",
        "Data": {"DatabaseName": "app"},
    }
    assert aurora.revision() == [(migrations.migrations()[-1].revision,)]
    assert aurora.query("SELECT count(*) FROM todos") == [(0,)]


def test_a_deletion_of_the_stack_touches_no_schema(invoke, aurora):
    aurora.service.paused = 1000

    assert answered(invoke, "Delete")["Status"] == "SUCCESS"
    assert aurora.service.paused == 1000


def test_a_failure_is_told_to_cloudformation_with_its_reason(invoke, monkeypatch):
    monkeypatch.setattr(entrypoint, "migrations", lambda: (Migration("1", ("CREATE TABLE",)),))

    answer = answered(invoke, "Update")

    assert answer["Status"] == "FAILED"
    assert "syntax error" in answer["Reason"]


def test_the_row_that_failed_is_not_told(invoke, monkeypatch):
    """PostgreSQL shows it in a second line, which AWS passes on."""
    said = (
        "ERROR: violates check constraint\n  Detail: Failing row contains (ada@example.com).; SQLState: 23514"
    )

    def fail() -> None:
        raise ValueError(said)

    monkeypatch.setattr(entrypoint, "bring_up_to_date", fail)

    assert answered(invoke, "Update")["Reason"] == "ValueError: ERROR: violates check constraint"


def test_a_function_without_its_variables_answers_too(invoke, monkeypatch):
    monkeypatch.delenv("DATABASE_SECRET_ARN")

    answer = answered(invoke, "Create")

    assert (answer["Status"], "DATABASE_SECRET_ARN" in answer["Reason"]) == ("FAILED", True)


def test_the_daily_call_deletes_tombstones_after_90_days_and_nothing_else(invoke, aurora):
    answered(invoke, "Create")
    old, young = "now() - interval '91 days'", "now() - interval '89 days'"
    rows = ", ".join(f"('u', '{number}', 1, 1, {old if number < 1500 else young})" for number in range(1502))
    with psycopg.connect(aurora.url) as connection:
        connection.execute(
            f"INSERT INTO todos (user_id, todo_id, version, revision, deleted_at) VALUES {rows}".encode()
        )
    aurora.service.paused = 2

    invoke({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})

    assert aurora.query("SELECT todo_id FROM todos ORDER BY 1") == [("1500",), ("1501",)]


def test_profiles_and_files_that_are_there_get_pointers_behind_their_users_revision(aurora):
    first, second, *_ = migrations.migrations()
    migrate(aurora.transport(), [first])
    moment = "'2026-11-21T09:30:00Z'"
    with psycopg.connect(aurora.url) as connection:
        for user_id, status, revision in (("ada", "active", 7), ("bob", "active", 0), ("eve", "deleting", 3)):
            connection.execute(
                "INSERT INTO users (user_id, email, status, revision, created_at, updated_at) "
                f"VALUES ('{user_id}', 'x', '{status}', {revision}, {moment}, {moment})".encode()
            )
        for file_id in ("f1", "f2"):
            connection.execute(
                "INSERT INTO files (user_id, file_id, name, content_type, size, status, created_at, expires_at,"
                " reserved) "
                f"VALUES ('ada', '{file_id}', 'a', 'text/plain', 1, 'pending', {moment}, {moment}, 1)".encode()
            )

    migrate(aurora.transport(), [first, second])

    assert aurora.query("SELECT user_id, kind, target_id, version, revision FROM feed ORDER BY 1, 5") == [
        ("ada", "profile", "ada", 1, 8),
        ("ada", "file", "f1", 1, 9),
        ("ada", "file", "f2", 1, 10),
        ("bob", "profile", "bob", 1, 1),
    ]
    assert aurora.query("SELECT user_id, revision FROM users ORDER BY 1") == [
        ("ada", 10),
        ("bob", 1),
        ("eve", 3),
    ]
