"""The feed of a user's changes: pointers to profiles and files, and to-dos by revision.

Profiles and files that are there get a pointer each, with a revision of its own behind those of their user's to-dos.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

_LOCK = "LOCK TABLE files, users IN SHARE ROW EXCLUSIVE MODE"
"""A user's revision that rises meanwhile would be set back."""
_POINTERS = """
CREATE TABLE pointers (
    user_id text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('profile', 'file')),
    target_id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    revision bigint NOT NULL,
    deleted_at timestamptz(3),
    PRIMARY KEY (user_id, kind, target_id)
)
"""
_FILLED = """
WITH wanted AS (
    SELECT users.user_id, 'profile' AS kind, users.user_id AS target_id FROM users WHERE status <> 'deleting'
    UNION ALL
    SELECT files.user_id, 'file', files.file_id FROM files JOIN users USING (user_id) WHERE users.status <> 'deleting'
), numbered AS (
    SELECT wanted.*, users.revision + row_number() OVER (PARTITION BY wanted.user_id ORDER BY kind DESC, target_id)
        AS revision
    FROM wanted JOIN users USING (user_id)
), raised AS (
    UPDATE users SET revision = last.revision
    FROM (SELECT user_id, max(revision) AS revision FROM numbered GROUP BY user_id) AS last
    WHERE users.user_id = last.user_id
)
INSERT INTO pointers (user_id, kind, target_id, version, revision)
SELECT user_id, kind, target_id, 1, revision FROM numbered
"""
_FEED = """
CREATE VIEW feed AS
SELECT user_id, 'todo' AS kind, todo_id AS target_id, version, revision, deleted_at IS NOT NULL AS is_deleted,
    CASE WHEN deleted_at IS NULL THEN to_json(todos) END AS todo
FROM todos
UNION ALL
SELECT user_id, kind, target_id, version, revision, deleted_at IS NOT NULL, NULL FROM pointers
"""
_INDEXES = (
    "CREATE INDEX todos_by_revision ON todos (user_id, revision)",
    "CREATE INDEX pointers_by_revision ON pointers (user_id, revision)",
    "CREATE INDEX pointers_deleted ON pointers (deleted_at) WHERE deleted_at IS NOT NULL",
)


def upgrade() -> None:
    for statement in (_LOCK, _POINTERS, _FILLED, _FEED, *_INDEXES):
        op.execute(statement)
