"""Run by Alembic: the migrations, on the connection that `operations.schema.upgrade` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
