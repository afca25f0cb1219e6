"""Code that is older than the feed writes while the migrations run, and after a rollback. Devices learn of its
changes, too."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

import psycopg
import pytest
from psycopg.errors import DeadlockDetected

from app.models.files import Quota
from app.repositories.postgres.database import Database
from app.repositories.postgres.feed import PostgresFeed
from app.repositories.postgres.files import PostgresFiles
from app.repositories.postgres.migrations import migrate, migrations
from app.repositories.postgres.todos import PostgresTodos
from app.repositories.postgres.transport import transport_to
from app.repositories.postgres.users import PostgresUsers
from contracts.changes import new_todo, store
from contracts.files import new_file
from contracts.fixtures import new_user
from support.data_api import clients_at
from support.postgres import RunningPostgres, fresh_database

MOMENT = "'2026-11-21T09:30:00Z'"
CREATE = f"""
    INSERT INTO users (user_id, email, status, revision, created_at, updated_at)
    VALUES ('ada', 'ada@example.com', 'active', 0, {MOMENT}, {MOMENT})
"""
RENAME = "UPDATE users SET name = 'Ada', updated_at = now() WHERE user_id = 'ada'"
RESERVE = f"""
    WITH owner AS (
        UPDATE users SET used_bytes = used_bytes + 1, used_files = used_files + 1 WHERE user_id = 'ada'
        RETURNING user_id
    )
    INSERT INTO files (user_id, file_id, name, content_type, size, status, created_at, expires_at, reserved)
    SELECT user_id, '%s', 'a', 'text/plain', 1, 'pending', {MOMENT}, {MOMENT}, 1 FROM owner
"""
SETTLE = """
    WITH settled AS (
        UPDATE files SET status = 'available' WHERE user_id = 'ada' AND file_id = '%s' RETURNING user_id
    )
    UPDATE users SET used_bytes = used_bytes + 0 FROM settled WHERE users.user_id = settled.user_id
"""
REMOVE = """
    WITH removed AS (DELETE FROM files WHERE user_id = 'ada' AND file_id = '%s' RETURNING user_id)
    UPDATE users SET used_files = used_files - 1 FROM removed WHERE users.user_id = removed.user_id
"""
"""As the code before the feed wrote them, with fewer columns."""


class Stage:
    """A database of one user, `ada`, with one device."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = Database(transport_to(url, clients_at(1)))
        self.feed = PostgresFeed(self.database)
        self.token = 0

    def run(self, *statements: str) -> None:
        with psycopg.connect(self.url) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def migrate(self, until: str) -> None:
        known = migrations()
        last = [one.revision for one in known].index(until)
        with closing(transport_to(self.url, clients_at(1), seconds=60)) as transport:
            migrate(transport, known[: last + 1], sleep=lambda _: None)

    def sync(self) -> list[tuple[str, str, bool]]:
        """What the device learns: kinds, ids, and whether they are deleted."""
        until = self.feed.revision("ada") or 0
        page = self.feed.after("ada", self.token, until=until, limit=1000)
        self.token = until
        return [(entry.type, entry.id, entry.is_deleted) for entry in page.entries]


@pytest.fixture
def stage(postgres: RunningPostgres) -> Iterator[Stage]:
    with fresh_database(postgres) as url:
        stage = Stage(url)
        with closing(stage.database):
            yield stage


@pytest.fixture
def newest(stage: Stage) -> Stage:
    stage.migrate(migrations()[-1].revision)
    return stage


def test_each_change_of_theirs_is_an_entry_of_the_feed(newest):
    changes = [
        (CREATE, ("profile", "ada", False)),
        (RENAME, ("profile", "ada", False)),
        (RESERVE % "f", ("file", "f", False)),
        (SETTLE % "f", ("file", "f", False)),
        (REMOVE % "f", ("file", "f", True)),
    ]
    for statement, entry in changes:
        newest.run(statement)

        assert newest.sync() == [entry]
        assert newest.sync() == []


def test_a_file_made_and_removed_in_one_transaction_is_gone_in_the_feed(newest):
    newest.run(CREATE)
    newest.sync()

    newest.run(RESERVE % "f", REMOVE % "f")
    assert newest.sync() == [("file", "f", True)]

    newest.run(RESERVE % "f", REMOVE % "f", RESERVE % "f")
    assert newest.sync() == [("file", "f", False)]


def test_what_they_delete_of_a_closed_account_is_no_entry(newest):
    newest.run(CREATE, RESERVE % "f")
    newest.sync()
    newest.run("UPDATE users SET status = 'deleting' WHERE user_id = 'ada'", "DELETE FROM files")

    assert newest.sync() == []


def test_code_that_writes_pointers_writes_one_for_each_change(newest):
    users, files = PostgresUsers(newest.database), PostgresFiles(newest.database)
    user_id, file = new_user(users), new_file(1)

    users.update_profile(user_id, {"name": "Ada"})
    files.reserve(user_id, file, Quota(size=100, files=3))
    store(PostgresTodos(newest.database, quota=None), user_id, new_todo())

    page = newest.feed.after(user_id, 0, until=100, limit=10)
    found = [(entry.type, entry.version, entry.revision) for entry in page.entries]
    created = users.get(user_id)
    assert created is not None
    assert [revision for *_, revision in found] == sorted({revision for *_, revision in found})
    assert found[-1] == ("todo", 1, created.revision)
    assert [(kind, version) for kind, version, _ in found[:-1]] == [("profile", 2), ("file", 1)]


def test_what_they_wrote_between_the_migrations_is_repaired_for_a_device_that_has_read_past_it(stage):
    stage.migrate("0001")
    stage.run(CREATE, RESERVE % "kept", RESERVE % "removed")
    stage.migrate("0002")
    stage.run(RENAME, RESERVE % "added", SETTLE % "kept", REMOVE % "removed")
    stage.sync()

    stage.migrate("0004")

    assert sorted(stage.sync()) == [
        ("file", "added", False),
        ("file", "kept", False),
        ("file", "removed", True),
        ("profile", "ada", False),
    ]
    assert stage.sync() == []


def test_a_users_revision_that_was_set_back_is_above_all_entries_again(stage):
    stage.migrate("0002")
    stage.run(
        CREATE,
        "INSERT INTO todos (user_id, todo_id, version, revision, deleted_at) VALUES ('ada', 't', 1, 50, now())",
    )

    stage.migrate("0004")

    assert stage.feed.revision("ada") == 51


def test_no_change_is_lost_that_comes_while_the_migrations_run(stage):
    stage.migrate("0001")
    stage.run(CREATE)
    written: list[str] = []
    begun, done = Event(), Event()

    def write() -> None:
        while not done.is_set():
            file_id = f"f{len(written):04}"
            for statement in (RESERVE % file_id, SETTLE % file_id):
                run_again(stage, statement)
            written.append(file_id)
            begun.set()

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        assert begun.wait(30)
        stage.migrate("0004")
        count = len(written)
        while len(written) <= count and not writing.done():
            done.wait(0.01)
        done.set()
        writing.result()

    assert [entry for entry in sorted(stage.sync()) if entry[0] == "file"] == [
        ("file", file_id, False) for file_id in written
    ]


def run_again(stage: Stage, statement: str) -> None:
    """As the engine does after a conflict."""
    while True:
        try:
            return stage.run(statement)
        except DeadlockDetected:
            continue
