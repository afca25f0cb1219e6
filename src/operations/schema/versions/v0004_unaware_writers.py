"""Pointers for changes by code that is older than the feed: it writes while the migrations run, and after a rollback.

From here on a trigger writes the pointer, with a new revision of the user, where the statement itself did not. What
was written before may have no pointer, or one that devices have already read past; so each profile and each file gets
a new revision once, and a pointer to a file that is gone becomes a tombstone. No change comes between the two, since
this holds both tables. Drop the triggers when no stage can be taken back to code without the feed.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

_LOCK = "LOCK TABLE files, users IN SHARE ROW EXCLUSIVE MODE"
_POINT = """
CREATE FUNCTION point_to(whose text, what text, which text, is_gone boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    raised bigint;
BEGIN
    IF current_setting('app.pointers', true) = 'given' OR EXISTS (
        SELECT FROM pointers WHERE user_id = whose AND kind = what AND target_id = which
        AND xmin = CAST(pg_current_xact_id() AS xid) AND (deleted_at IS NOT NULL) = is_gone
    ) THEN
        RETURN;
    END IF;
    UPDATE users SET revision = revision + 1 WHERE user_id = whose AND status <> 'deleting'
    RETURNING revision INTO raised;
    INSERT INTO pointers (user_id, kind, target_id, version, revision, deleted_at)
    SELECT whose, what, which, 1, raised, CASE WHEN is_gone THEN now() END WHERE raised IS NOT NULL
    ON CONFLICT (user_id, kind, target_id) DO UPDATE SET version = pointers.version + 1,
        revision = EXCLUDED.revision, deleted_at = EXCLUDED.deleted_at;
END $$
"""
_PROFILE_CHANGED = """
CREATE FUNCTION profile_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM point_to(NEW.user_id, 'profile', NEW.user_id, false);
    RETURN NULL;
END $$
"""
_FILE_CHANGED = """
CREATE FUNCTION file_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM point_to(OLD.user_id, 'file', OLD.file_id, true);
    ELSE
        PERFORM point_to(NEW.user_id, 'file', NEW.file_id, false);
    END IF;
    RETURN NULL;
END $$
"""
_PROFILE_TRIGGER = """
CREATE TRIGGER profile_changed AFTER INSERT OR UPDATE OF email, name, phone, locale, time_zone, status ON users
FOR EACH ROW EXECUTE FUNCTION profile_changed()
"""
_FILE_TRIGGER = """
CREATE TRIGGER file_changed AFTER INSERT OR UPDATE OR DELETE ON files FOR EACH ROW EXECUTE FUNCTION file_changed()
"""
_REPAIR = """
WITH wanted AS (
    SELECT user_id, 'profile' AS kind, user_id AS target_id, false AS is_gone FROM users
    UNION ALL
    SELECT user_id, 'file', file_id, false FROM files
    UNION ALL
    SELECT user_id, kind, target_id, true FROM pointers
    WHERE kind = 'file' AND deleted_at IS NULL AND NOT EXISTS (
        SELECT FROM files WHERE files.user_id = pointers.user_id AND files.file_id = pointers.target_id
    )
), latest AS (
    SELECT user_id, GREATEST(
        revision, (SELECT max(feed.revision) FROM feed WHERE feed.user_id = users.user_id)
    ) AS revision
    FROM users WHERE status <> 'deleting'
), numbered AS (
    SELECT wanted.*, latest.revision + row_number() OVER (PARTITION BY user_id ORDER BY kind DESC, target_id)
        AS revision
    FROM wanted JOIN latest USING (user_id)
), raised AS (
    UPDATE users SET revision = last.revision
    FROM (SELECT user_id, max(revision) AS revision FROM numbered GROUP BY user_id) AS last
    WHERE users.user_id = last.user_id
)
INSERT INTO pointers (user_id, kind, target_id, version, revision, deleted_at)
SELECT user_id, kind, target_id, 1, revision, CASE WHEN is_gone THEN now() END FROM numbered
ON CONFLICT (user_id, kind, target_id) DO UPDATE SET version = pointers.version + 1,
    revision = EXCLUDED.revision, deleted_at = EXCLUDED.deleted_at
"""


def upgrade() -> None:
    functions = (_POINT, _PROFILE_CHANGED, _FILE_CHANGED)
    for statement in (_LOCK, *functions, _PROFILE_TRIGGER, _FILE_TRIGGER, _REPAIR):
        op.execute(statement)
