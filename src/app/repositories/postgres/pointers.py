"""Pointers in PostgreSQL: rows that say when a user's profile, or one of their files, has changed last.

A pointer is written in the statement of the change, with the revision that the user gets by it. Its `version` counts
the changes of what it points to.
"""


def pointing_to_profile(change: str) -> str:
    """The statement `change` of a row of `users`, which ends with `RETURNING *`, and the pointer to the profile."""
    return f"""
    WITH changed AS ({change}), pointed AS (
        {pointer("changed", kind="'profile'", target="changed.user_id")}
    )
    SELECT to_json(changed) FROM changed
    """  # noqa: S608 - texts of this package


def pointer(owner: str, *, kind: str, target: str, deleted_at: str = "CAST(NULL AS timestamptz)") -> str:
    """Insert or change a pointer. `owner` is a query that gives `user_id` and the new `revision`; the others are
    expressions."""
    return f"""
    INSERT INTO pointers (user_id, kind, target_id, version, revision, deleted_at)
    SELECT {owner}.user_id, {kind}, {target}, 1, {owner}.revision, {deleted_at} FROM {owner}
    ON CONFLICT (user_id, kind, target_id) DO UPDATE SET version = pointers.version + 1,
        revision = EXCLUDED.revision, deleted_at = EXCLUDED.deleted_at
    """  # noqa: S608 - texts of this package
