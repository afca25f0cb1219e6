"""Apply the migrations of the schema. Safe to repeat, and to run twice at the same time."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, pool, text

_LOCK = 20_261_129
"""The advisory lock that one migration holds while others wait."""
_TOMBSTONES_KEPT = "90 days"


def upgrade(url: str) -> None:
    """Bring the schema of the database at `url` to the newest version, in one transaction.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database does not answer, or refused a statement.
    """
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url, connect_timeout=5),
        poolclass=pool.NullPool,
    )
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def delete_expired(url: str) -> int:
    """Delete the tombstones of to-dos that were deleted 90 days ago; return how many."""
    with psycopg.connect(url, connect_timeout=5) as connection:
        expired = connection.execute(
            "DELETE FROM todos WHERE deleted_at < now() - CAST(%(kept)s AS interval)",
            {"kept": _TOMBSTONES_KEPT},
        )
        return expired.rowcount
