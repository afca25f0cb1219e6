"""Move a stage from one storage engine to the other: `python -m operations.moving --stage prod --to aurora`.

What moves is all that shares a transaction with a user's revision: users, to-dos with their tombstones, and records
of files. Revisions and versions stay as they are, so that no client, list or cache notices.
"""
