"""Old tombstones of to-dos and files, which DynamoDB deletes by itself."""

from app.ports.feed import TOMBSTONE_KEPT
from app.repositories.postgres.database import Database
from app.repositories.postgres.statements import Statement

_BATCH = 1000
"""Rows in one statement, which may take a few seconds."""


def _delete(table: str, *key: str) -> Statement:
    same = " AND ".join(f"{table}.{name} = old.{name}" for name in key)
    return Statement(
        f"delete old tombstones of {table}",
        f"""
        WITH old AS (
            SELECT {", ".join(key)} FROM {table} WHERE deleted_at < now() - CAST(:kept AS interval) LIMIT :batch
        ), deleted AS (
            DELETE FROM {table} USING old
            WHERE {same} AND {table}.deleted_at < now() - CAST(:kept AS interval)
            RETURNING 1
        )
        SELECT json_build_object('deleted', count(*)) FROM deleted
        """,  # noqa: S608 - names of tables and columns
    )


_STATEMENTS = (
    _delete("todos", "user_id", "todo_id"),
    _delete("pointers", "user_id", "kind", "target_id"),
)


def delete_old_tombstones(database: Database) -> int:
    """Delete what was deleted 90 days ago; return how many. An interruption leaves the rest to the next time.

    Raises:
        app.errors.Unavailable: the database does not answer, or is waking up.
    """
    return sum(_delete_all(database, statement) for statement in _STATEMENTS)


def _delete_all(database: Database, statement: Statement) -> int:
    kept, total, deleted = f"{TOMBSTONE_KEPT.days} days", 0, _BATCH
    while deleted == _BATCH:
        [row] = database.write(statement, kept=kept, batch=_BATCH)
        deleted = int(row["deleted"])
        total += deleted
    return total
