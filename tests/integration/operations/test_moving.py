"""A stage's data are copied from one engine to the other, however often it is interrupted, and nothing else is."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from unittest.mock import Mock

import pytest

from app.models.files import Quota
from app.models.moments import now
from app.models.todos import Tombstone
from app.repositories.dynamodb import todo_items
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.postgres.database import Database
from contracts.changes import edit, new_todo, store
from contracts.files import new_file
from integration.operations.moving import Restless, Side, changes, dying, revisions
from operations.journal import Journal
from operations.moving.belongings import change_to
from operations.moving.marker import Marker
from operations.moving.move import clear, move, run_pass
from project.errors import StackError
from support.data_api import CLUSTER, clients_at, running_data_api
from support.postgres import RunningPostgres, running_postgres
from support.processes import wait_until
from support.storage import storage_at
from support.tables import create_tables


@pytest.fixture(scope="module")
def storage(endpoint: str) -> Iterator[DynamoStorage]:
    with storage_at(endpoint) as storage:
        create_tables(storage.clients.dynamodb)
        yield storage


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPostgres]:
    with running_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
def dynamodb(storage: DynamoStorage) -> Side:
    side = Side.of_dynamodb(storage)
    side.clear()
    return side


@pytest.fixture
def sql(postgres: RunningPostgres) -> Iterator[Side]:
    with closing(Database.at(postgres.url, Mock())) as database:
        side = Side.of_postgres(database)
        side.clear()
        yield side


@pytest.fixture
def aurora(postgres: RunningPostgres, sql: Side) -> Iterator[Side]:
    """The same PostgreSQL, by the RDS Data API."""
    with (
        running_data_api(postgres.url) as server,
        closing(Database.at(CLUSTER, clients_at(server.port))) as database,
    ):
        yield Side.of_postgres(database)


@pytest.fixture(params=["to PostgreSQL", "to Aurora", "to DynamoDB"])
def way(request: pytest.FixtureRequest, dynamodb: Side, sql: Side, aurora: Side) -> tuple[Side, Side]:
    """Where the data are, and where they go."""
    ways = {"to PostgreSQL": (dynamodb, sql), "to Aurora": (dynamodb, aurora), "to DynamoDB": (sql, dynamodb)}
    return ways[request.param]


@pytest.fixture
def journal(storage: DynamoStorage) -> Journal:
    journal = Journal(storage.clients.dynamodb, "OperationsTable")
    journal.forget("move to aurora")
    return journal


def quiet(_line: str) -> None:
    pass


def test_everything_is_there_and_goes_on_where_it_was(way):
    source, target = way
    ada, bob = source.furnish(seed=1), source.furnish(todos=120, seed=2)
    before = source.held()

    totals = move(source.engine, target.engine, say=quiet)

    assert target.held() == before == source.held()
    assert (totals.users, totals.todos, totals.tombstones, totals.files, totals.file_bytes) == (
        2,
        123,
        2,
        4,
        36,
    )
    assert totals.revisions == sum(revisions(before))
    changed = next(one.state for one in before[ada].todos if not isinstance(one.state, Tombstone))
    after = edit(target.todos, ada, changed.id, notes="after the move")
    assert after == replace(
        changed, notes="after the move", version=changed.version + 1, revision=before[ada].user.revision + 1
    )
    target.files.reserve(bob, new_file(82), Quota(size=100, files=5))
    assert target.files.used(bob) == Quota(size=100, files=3)


def test_there_and_back_nothing_has_changed(way):
    source, target = way
    source.furnish()
    before = source.held()
    move(source.engine, target.engine, say=quiet)
    source.clear()

    move(target.engine, source.engine, say=quiet)

    assert source.held() == before


def test_interrupted_at_any_call_and_run_again_it_completes(way, storage):
    source, target = way
    source.furnish(seed=1)
    leaver = target.furnish(seed=2)
    left_over, before = target.held(), source.held()
    for number in count():
        with dying(storage.clients, number) as died:
            if not died and move_as_far_as_possible(source, target):
                break
        assert died
        move(source.engine, target.engine, say=quiet)
        assert target.held() == before
        target.clear()
        restore(target, left_over)
    assert number > 20
    assert target.held() == before
    assert leaver not in before


def move_as_far_as_possible(source: Side, target: Side) -> bool:
    """Return whether it completed."""
    try:
        move(source.engine, target.engine, say=quiet)
    except StackError:
        return False
    return True


def restore(side: Side, held: dict) -> None:
    for one in held.values():
        side.engine.apply(change_to(one, None))


def test_changes_meanwhile_are_copied_with_the_next_pass(way):
    source, target = way
    ada = source.furnish()
    restless = Restless(source.engine, changes(source, ada), times=2)
    lines: list[str] = []

    move(restless, target.engine, say=lines.append)

    assert target.held() == source.held()
    assert len(lines) == 4
    assert lines[-1] == "pass 4: 1 users compared, 0 changed"


def test_changes_without_an_end_end_the_move(way):
    source, target = way
    restless = Restless(source.engine, changes(source, source.furnish()), times=1000)

    with pytest.raises(StackError, match="is the stage closed"):
        move(restless, target.engine, say=quiet)


def test_what_was_changed_in_the_target_or_has_left_the_source_is_corrected(way):
    source, target = way
    ada, bob = source.furnish(seed=1), source.furnish(seed=2)
    move(source.engine, target.engine, say=quiet)
    store(target.todos, ada, new_todo("by mistake"))
    for _ in source.todos.erase(bob):
        pass
    for file in source.files.every(bob):
        source.files.discard(bob, file.id)
    source.users.delete(bob)

    assert run_pass(source.engine, target.engine).changed == 2

    assert target.held() == source.held()
    assert target.held().keys() == {ada}


def test_what_differs_in_any_field_is_found(way):
    source, target = way
    ada = source.furnish()
    move(source.engine, target.engine, say=quiet)
    (there,) = target.held().values()
    wrongs = (
        replace(there, user=replace(there.user, revision=99)),
        replace(there, used=Quota(there.used.size + 1, there.used.files)),
        replace(there, files=(replace(there.files[0], name="other"), *there.files[1:])),
        replace(there, todos=(there.todos[0]._replace(revision=99), *there.todos[1:])),
    )

    assert len({one.checksum for one in (there, *wrongs)}) == 5
    for wrong in wrongs:
        target.users.update_profile(ada, {"name": "other"})
        assert run_pass(source.engine, target.engine).changed == 1
        assert wrong != there


def test_a_killed_process_leaves_a_move_that_goes_on(way, dynamodb, postgres, endpoint):
    source, target = way
    for number in range(40):
        source.furnish(seed=number)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TO": "sql" if source is dynamodb else "",
    }
    process = subprocess.Popen([sys.executable, "-c", MOVE, endpoint, postgres.url], env=environment)

    assert wait_until(lambda: len(list(target.engine.user_ids())) > 5)
    process.send_signal(signal.SIGKILL)
    process.wait(60)

    move(source.engine, target.engine, say=quiet)
    assert target.held() == source.held()


MOVE = """
import os, sys
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.postgres.database import Database
from integration.operations.moving import Side
from operations.moving.move import move
from support.clients import clients_for
from support.storage import settings_for

settings = settings_for(sys.argv[1])
storage = DynamoStorage(clients_for(settings), settings.tables)
sides = [Side.of_dynamodb(storage), Side.of_postgres(Database.at(sys.argv[2], storage.clients))]
source, target = sides if os.environ["TO"] else reversed(sides)
move(source.engine, target.engine, say=print)
"""


def test_a_text_that_postgresql_cannot_hold_is_named_with_its_user(dynamodb, sql):
    ada = dynamodb.furnish()
    store(dynamodb.todos, ada, new_todo("\x00"))

    with pytest.raises(StackError, match=f"{ada}: This cannot be stored"):
        move(dynamodb.engine, sql.engine, say=quiet)


def test_tombstones_keep_their_time_and_expired_ones_stay_behind(dynamodb, sql, storage):
    ada = dynamodb.furnish(todos=2)
    young, early, old = now() - timedelta(days=89), now() - timedelta(days=1), now() - timedelta(days=91)
    for name, moment in (("young", young), ("early", early), ("old", old)):
        item = todo_items.item_of(ada, Tombstone(id=name, version=3, deleted_at=moment), 3)
        if name == "early":
            del item["deletedAt"]
        storage.clients.dynamodb.put_item(TableName=storage.tables["todos"], Item=item)

    move(dynamodb.engine, sql.engine, say=quiet)

    moved = {one: sql.todos.get(ada, one) for one in ("young", "early", "old")}
    assert moved["young"] == Tombstone(id="young", version=3, deleted_at=young)
    assert moved["early"] == Tombstone(id="early", version=3, deleted_at=early.replace(microsecond=0))
    assert moved["old"] is None


def test_what_was_moved_is_deleted_where_it_was_by_its_exact_number(way):
    source, target = way
    for seed in range(2):
        source.furnish(seed=seed)
    move(source.engine, target.engine, say=quiet)
    before = target.held()

    with pytest.raises(StackError, match="it holds 2 users, not 3: nothing is deleted"):
        clear(source.engine, 3)
    assert source.held() == before
    clear(source.engine, 2)

    assert (source.held(), target.held()) == ({}, before)


class TestMarker:
    def test_an_empty_target_may_be_filled_and_filled_further(self, dynamodb, sql, journal):
        dynamodb.furnish()
        Marker(journal, "aurora").begin(sql.engine)
        move(dynamodb.engine, sql.engine, say=quiet)

        Marker(journal, "aurora").begin(sql.engine)

    @pytest.mark.parametrize("number", [None, 1, 3])
    def test_a_target_that_holds_other_data_is_left_alone(self, sql, journal, number):
        for seed in range(2):
            sql.furnish(seed=seed)
        before = sql.held()

        with pytest.raises(StackError, match="holds 2 users that are not of a move under way"):
            Marker(journal, "aurora").begin(sql.engine, replaced=number)

        assert sql.held() == before

    def test_they_are_written_over_by_their_exact_number(self, dynamodb, sql, journal):
        ada = dynamodb.furnish(seed=1)
        sql.furnish(seed=2)

        Marker(journal, "aurora").begin(sql.engine, replaced=1)
        move(dynamodb.engine, sql.engine, say=quiet)

        assert sql.held().keys() == {ada}

    def test_what_was_moved_to_the_end_is_other_data_from_then_on(self, dynamodb, sql, journal):
        dynamodb.furnish()
        marker = Marker(journal, "aurora")
        marker.begin(sql.engine)
        move(dynamodb.engine, sql.engine, say=quiet)
        marker.finish()

        with pytest.raises(StackError, match="holds 1 users"):
            Marker(journal, "aurora").begin(sql.engine)
        with pytest.raises(StackError, match="holds 1 users"):
            Marker(journal, "dynamodb").begin(dynamodb.engine)
