"""The schema of the PostgreSQL engine: migrations by Alembic, forward only.

Each migration must suit the version that is still running while it is applied. `python -m operations.schema` applies
those that `DATABASE_URL` lacks, and deletes tombstones that have expired.
"""
