"""Old tombstones of to-dos, which DynamoDB deletes by itself."""

from app.models import TOMBSTONE_KEPT
from app.repositories.postgres.database import Database
from app.repositories.postgres.statements import Statement

_BATCH = 1000
"""Rows in one statement, which may take a few seconds."""
_DELETE = Statement(
    "delete old tombstones",
    """
    WITH old AS (
        SELECT user_id, todo_id FROM todos WHERE deleted_at < now() - CAST(:kept AS interval) LIMIT :batch
    ), deleted AS (
        DELETE FROM todos USING old
        WHERE todos.user_id = old.user_id AND todos.todo_id = old.todo_id
            AND todos.deleted_at < now() - CAST(:kept AS interval)
        RETURNING 1
    )
    SELECT json_build_object('deleted', count(*)) FROM deleted
    """,
)


def delete_old_tombstones(database: Database) -> int:
    """Delete what was deleted 90 days ago; return how many. An interruption leaves the rest to the next time.

    Raises:
        app.errors.Unavailable: the database does not answer, or is waking up.
    """
    kept, total, deleted = f"{TOMBSTONE_KEPT.days} days", 0, _BATCH
    while deleted == _BATCH:
        [row] = database.write(_DELETE, kept=kept, batch=_BATCH)
        deleted = int(row["deleted"])
        total += deleted
    return total
