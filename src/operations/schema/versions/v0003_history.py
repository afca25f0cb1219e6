"""What changed in which version of a to-do, for the rules of sync. Of what is there already, it is not known."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE todos ADD COLUMN history text NOT NULL DEFAULT ''")
