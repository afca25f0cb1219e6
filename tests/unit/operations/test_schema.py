"""The migrations as statements, as they are applied."""

import json

from app.repositories.postgres.migrations import migrations
from operations.schema.render import MIGRATIONS, render


def test_the_statements_are_those_of_the_migrations():
    assert MIGRATIONS.read_text() == render(), "run `make schema`"


def test_every_migration_has_statements_of_its_own_and_leaves_the_version_alone():
    for migration in migrations():
        assert migration.statements
        assert "alembic_version" not in json.dumps(migration.statements)
        assert all(statement.strip() and not statement.endswith(";") for statement in migration.statements)


def test_no_statement_looks_as_if_it_had_parameters():
    """To the RDS Data API, `:name` is one, also in a cast."""
    assert "::" not in "".join(text for migration in migrations() for text in migration.statements)
