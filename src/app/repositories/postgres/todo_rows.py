"""A to-do as a row of the table `todos`.

The database derives two columns from the due date: `undated`, and `due_order`, which is when it is due (a date: at
its start in UTC), or when it was created. By both, and the id, the list `due` is sorted.
"""

from app.models.todos import Todo, Tombstone
from app.ports.todos import Outcome
from app.repositories.postgres import records
from app.repositories.postgres.statements import Row

TYPED = (
    "todo_id text, version integer, revision bigint, deleted_at timestamptz, title text, notes text, "
    "completed boolean, completed_at timestamptz, due_on date, due_at timestamptz, priority text, tags jsonb, "
    "list text, created_at timestamptz, updated_at timestamptz, history text"
)
"""The columns that are stored, with their types."""
COLUMNS = [column.split()[0] for column in TYPED.split(", ")]


def row_of(state: Todo | Tombstone, revision: int) -> Row:
    """As JSON. What it lacks is stored as null: a tombstone has no content."""
    return records.row_of(state, "todo_id") | {"revision": revision}


def state_from(row: Row | None) -> Todo | Tombstone | None:
    if row is None:
        return None
    if row.get("deleted_at") is None:
        return records.record_of(Todo, row, "todo_id")
    return records.record_of(Tombstone, row, "todo_id")


def outcome_from(row: Row | None) -> Outcome:
    """What there is, before any decision about it."""
    return Outcome() if row is None else Outcome(state_from(row), row["revision"])
