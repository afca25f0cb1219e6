"""The schema, brought up to date by the statements of `migrations.json`. Safe to repeat, and to run twice at once.

Alembic writes that file from the migrations in `operations.schema` (`make schema`), and the table of the version is
Alembic's. Applying it takes neither Alembic nor SQLAlchemy, so the function and the laptop do it in the same way.
There is no way back: a rollback runs old code on the new schema.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app import deadline
from app.aws.errors import TransactionConflict
from app.errors import Unavailable
from app.repositories.postgres.statements import Statement
from app.repositories.postgres.transport import Blocked, Disconnected, Transport

_FILE = Path(__file__).with_name("migrations.json")
_PASSING = (Disconnected, TransactionConflict, Blocked)
"""All of a migration has taken effect or, as in a deadlock, none has."""
_TRIES, _PAUSE = 60, 2.0
"""How often, and after how many seconds, it asks again: a cluster may take 30 seconds to wake up, and another
migration longer."""

_LOCK = Statement(
    "lock the schema", "SELECT json_build_object('locked', pg_try_advisory_xact_lock(20261129))"
)
_LIFT = Statement("lift the limit of requests", "SET LOCAL statement_timeout = 0")
_LIMIT_WAITS = Statement("limit waits for locks", "SET LOCAL lock_timeout = '2s'")
"""Requests queue behind a migration that waits for a table: it gives way to them, and asks again."""
_PREPARE = Statement(
    "prepare the version",
    """
    CREATE TABLE IF NOT EXISTS alembic_version (
        version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
    )
    """,
)
_VERSION = Statement(
    "read the version", "SELECT json_build_object('revision', version_num) FROM alembic_version"
)
_ADVANCE = Statement(
    "write the version",
    """
    WITH former AS (DELETE FROM alembic_version)
    INSERT INTO alembic_version (version_num) VALUES (:revision)
    """,
)


@dataclass(frozen=True, slots=True)
class Migration:
    revision: str
    statements: tuple[str, ...]


def migrations() -> tuple[Migration, ...]:
    """In their order."""
    listed = json.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(Migration(one["revision"], tuple(one["statements"])) for one in listed)


def migrate(
    transport: Transport, known: Sequence[Migration], *, sleep: Callable[[float], None] = time.sleep
) -> list[str]:
    """Apply the migrations that the database lacks, in one transaction; return their revisions.

    A database with a revision that is not `known` is newer than this code, as after a rollback. It stays as it is:
    each migration suits the version before it.

    Raises:
        app.errors.Unavailable: the database does not wake up, or another migration does not end, within two minutes;
            a table is not free within four; or a statement takes too long.
    """
    for _ in range(_TRIES):
        is_locked = False
        try:
            with transport.transaction() as whole:
                is_locked = whole.run(_LOCK, {})[0]["locked"]
                if is_locked:
                    return _apply(whole, known)
        except _PASSING:
            pass
        except Unavailable:
            if is_locked or deadline.left() <= 0:
                raise
        sleep(_PAUSE)
    raise Unavailable("The database does not answer, or others are always faster.")


def _apply(transport: Transport, known: Sequence[Migration]) -> list[str]:
    transport.run(_LIFT, {})
    transport.run(_LIMIT_WAITS, {})
    transport.run(_PREPARE, {})
    found = transport.run(_VERSION, {})
    missing = _after(found[0]["revision"] if found else None, known)
    for migration in missing:
        for text in migration.statements:
            transport.run(Statement(f"migration {migration.revision}", text), {})
        transport.run(_ADVANCE, {"revision": migration.revision})
    return [migration.revision for migration in missing]


def _after(revision: str | None, known: Sequence[Migration]) -> Sequence[Migration]:
    if revision is None:
        return known
    revisions = [migration.revision for migration in known]
    return known[revisions.index(revision) + 1 :] if revision in revisions else ()
