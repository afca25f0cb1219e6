"""How PostgreSQL does it: in how many statements, over which indexes, and what is left of what is deleted."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import psycopg
import pytest
from psycopg.rows import dict_row

from app.container.personal_data import PersonalData
from app.models.files import Quota
from app.models.todos import TodoQuery
from app.models.users import UserQuery
from app.ports.todos import Seen
from app.repositories.postgres import todo_lists
from app.repositories.postgres.records import position_of
from app.repositories.postgres.statements import Row, Statement
from app.repositories.postgres.storage import PostgresStorage
from app.repositories.postgres.transport.connections import query_of
from contracts.changes import EPOCH, add, delete, edit, new_todo, store
from contracts.files import new_file
from operations.schema.upgrade import delete_expired, upgrade
from support.postgres import RunningPostgres
from support.storage_calls import statements

TABLES = """
    SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
"""


def rows_of(postgres: RunningPostgres, query: str, **values: Any) -> list[Row]:
    with psycopg.connect(postgres.url, row_factory=dict_row) as connection:
        return connection.execute(query.encode(), values).fetchall()


class TestStatements:
    def test_a_change_is_a_read_and_a_write(self, storage: PostgresStorage, user_id: str) -> None:
        with statements() as made:
            todo = store(storage.todos, user_id, new_todo())
            edit(storage.todos, user_id, todo.id, title="x")
            delete(storage.todos, user_id, todo.id)

        assert made == ["read a to-do and its user's revision", "store to-dos"] * 3

    def test_a_change_of_what_was_seen_is_one_write(self, storage: PostgresStorage, user_id: str) -> None:
        todo, account = store(storage.todos, user_id, new_todo()), storage.users.get(user_id)
        assert account is not None

        with statements() as made:
            storage.todos.change(user_id, todo.id, lambda _: None, seen=Seen(account, todo))

        assert made == ["store to-dos"]

    def test_what_was_seen_and_is_outdated_is_read(self, storage: PostgresStorage, user_id: str) -> None:
        todo, account = store(storage.todos, user_id, new_todo()), storage.users.get(user_id)
        assert account is not None
        seen = Seen(account, replace(todo, version=7))

        with statements() as made:
            storage.todos.change(user_id, todo.id, lambda _: None, seen=seen)

        assert made == ["store to-dos", "read a to-do and its user's revision", "store to-dos"]

    def test_what_changes_nothing_writes_nothing(self, storage: PostgresStorage, user_id: str) -> None:
        with statements() as made:
            storage.todos.change(user_id, "unknown", lambda current: current)

        assert made == ["read a to-do and its user's revision"]

    def test_a_read_and_a_list_are_one_statement(self, storage: PostgresStorage, user_id: str) -> None:
        with statements() as made:
            storage.todos.get(user_id, "unknown")
            storage.todos.list(user_id, TodoQuery(tag="x", sort="due"), limit=50)
            storage.users.get(user_id)
            storage.users.search(UserQuery(email="x"), limit=50)
            storage.files.list(user_id, limit=50)

        assert made == ["get a to-do", "list to-dos", "get a user", "search users", "list files"]

    def test_an_import_of_twenty_five_is_a_read_and_a_write(
        self, storage: PostgresStorage, user_id: str
    ) -> None:
        with statements() as made:
            add(storage.todos, user_id, [new_todo() for _ in range(60)])

        assert made == ["read to-dos and their user's revision", "store to-dos"] * 3

    def test_a_change_of_a_file_is_one_statement(self, storage: PostgresStorage, user_id: str) -> None:
        file = new_file()
        settled = replace(file, status="available")

        with statements() as made:
            storage.files.reserve(user_id, file, Quota(size=100, files=1))
            storage.files.settle(user_id, file, settled)
            storage.files.remove(user_id, settled)

        assert made == ["reserve a file", "settle a file", "remove a file"]

    def test_a_search_reads_in_ever_larger_statements(self, storage: PostgresStorage, user_id: str) -> None:
        add(storage.todos, user_id, [new_todo(str(n)) for n in range(350)])

        with statements() as made:
            page = storage.todos.list(user_id, TodoQuery(q="absent"), limit=10)

        assert (page.items, page.position, len(made)) == ((), None, 3)


class TestIndexes:
    """What the planner would use where tables are too large to be read whole."""

    @pytest.mark.parametrize(
        ("query", "index"),
        [
            (TodoQuery(), "todos_by_created"),
            (TodoQuery(completed=True, tag="x"), "todos_by_created"),
            (TodoQuery(sort="due"), "todos_by_due"),
            (TodoQuery(sort="due", due_after=EPOCH, due_before=EPOCH + timedelta(days=1)), "todos_by_due"),
        ],
    )
    @pytest.mark.parametrize("from_start", [True, False])
    def test_each_order_of_a_list_has_one(
        self,
        postgres: RunningPostgres,
        storage: PostgresStorage,
        user_id: str,
        query: TodoQuery,
        index: str,
        from_start: bool,
    ) -> None:
        todo = store(storage.todos, user_id, new_todo(due_at=EPOCH))
        (row,) = rows_of(postgres, "SELECT to_json(todos) FROM todos WHERE todo_id = %(id)s", id=todo.id)
        position = None if from_start else position_of(row["to_json"], todo_lists.ORDERS[query.sort])
        statement, values = todo_lists.statement(query, position)

        plan = self.plan(postgres, statement, {**values, "user_id": user_id, "limit": 50})

        assert f"Index Scan using {index}" in plan
        assert "Sort" not in plan

    def plan(self, postgres: RunningPostgres, statement: Statement, values: dict[str, Any]) -> str:
        with psycopg.connect(
            postgres.url, options="-c enable_seqscan=off -c enable_bitmapscan=off"
        ) as connection:
            return "\n".join(
                line for (line,) in connection.execute(b"EXPLAIN " + query_of(statement), values)
            )


class TestRows:
    def test_a_tombstone_holds_no_content(
        self, storage: PostgresStorage, postgres: RunningPostgres, user_id: str
    ) -> None:
        todo = store(storage.todos, user_id, new_todo(notes="secret", tags=("a",), due_at=EPOCH))

        delete(storage.todos, user_id, todo.id)

        (row,) = rows_of(postgres, "SELECT * FROM todos WHERE user_id = %(user_id)s", user_id=user_id)
        kept = {name for name, value in row.items() if value is not None}
        assert kept == {"user_id", "todo_id", "version", "revision", "deleted_at", "undated", "history"}
        assert row["history"] == ""

    def test_tombstones_expire_after_ninety_days(
        self, storage: PostgresStorage, postgres: RunningPostgres, user_id: str
    ) -> None:
        live, old, young = (store(storage.todos, user_id, new_todo()) for _ in range(3))
        for todo, days in ((old, 91), (young, 89)):
            delete(storage.todos, user_id, todo.id)
            age = f"UPDATE todos SET deleted_at = now() - interval '{days} days' WHERE todo_id = %(id)s RETURNING 1"
            rows_of(postgres, age, id=todo.id)

        assert delete_expired(postgres.url) == 1

        states = [storage.todos.get(user_id, todo.id) for todo in (live, old, young)]
        assert [state and state.id for state in states] == [live.id, None, young.id]

    def test_files_are_counted_from_their_reservation_on(
        self, storage: PostgresStorage, user_id: str
    ) -> None:
        before = storage.stats.read()
        awaited, arrived = new_file(7), new_file(11, status="available")
        for file in (awaited, arrived):
            storage.files.reserve(user_id, file, Quota(size=100, files=2))

        storage.stats.add(files=5, bytes=5, users=5, todos=5)  # these are counted by the query instead

        after = storage.stats.read()
        assert (after["files"] - before["files"], after["bytes"] - before["bytes"]) == (2, 18)
        assert (after["users"], after["todos"]) == (before["users"], before["todos"])

    def test_each_table_is_of_a_registered_store_and_empty_after_an_erasure(
        self, storage: PostgresStorage, postgres: RunningPostgres, user_id: str
    ) -> None:
        deleted, file = store(storage.todos, user_id, new_todo()), new_file()
        store(storage.todos, user_id, new_todo())
        delete(storage.todos, user_id, deleted.id)
        storage.files.reserve(user_id, file, Quota(size=100, files=1))
        tables = {row["table_name"] for row in rows_of(postgres, TABLES)} - {"alembic_version"}
        registry = PersonalData(Mock()).user_stores
        assert tables == {table for one in registry for table in one.tables}
        assert all(self.traces(postgres, table, user_id) for table in tables)

        storage.users.close(user_id)
        sum(storage.todos.erase(user_id))
        storage.files.discard(user_id, file.id)
        storage.users.delete(user_id)

        assert not any(self.traces(postgres, table, user_id) for table in tables)

    def traces(self, postgres: RunningPostgres, table: str, user_id: str) -> list[Row]:
        query = f"SELECT * FROM {table} WHERE CAST({table} AS text) LIKE %(user)s"
        return rows_of(postgres, query, user=f"%{user_id}%")

    def test_a_second_migration_changes_nothing(
        self, storage: PostgresStorage, postgres: RunningPostgres, user_id: str
    ) -> None:
        todo = store(storage.todos, user_id, new_todo())

        upgrade(postgres.url)

        assert storage.todos.get(user_id, todo.id) == todo
