"""Run by Alembic: the migrations as SQL, into the buffer that `operations.schema.render` hands over."""

from alembic import context

context.configure(dialect_name="postgresql", output_buffer=context.config.attributes["buffer"])
context.run_migrations()
