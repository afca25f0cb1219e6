"""To-dos, users and files.

Ids and addresses sort by their bytes, as in the other engine. Each order of a list has an index without tombstones.
"""

from alembic import op

revision = "0001"
down_revision = None

_USERS = """
CREATE TABLE users (
    user_id text COLLATE "C" PRIMARY KEY,
    email text COLLATE "C" NOT NULL,
    name text,
    phone text,
    locale text,
    time_zone text,
    status text NOT NULL CHECK (status IN ('active', 'disabled', 'deleting')),
    revision bigint NOT NULL DEFAULT 0,
    todo_count integer DEFAULT 0 CHECK (todo_count >= 0),
    tokens_valid_after bigint NOT NULL DEFAULT 0,
    used_bytes bigint NOT NULL DEFAULT 0 CHECK (used_bytes >= 0),
    used_files integer NOT NULL DEFAULT 0 CHECK (used_files >= 0),
    created_at timestamptz(3) NOT NULL,
    updated_at timestamptz(3) NOT NULL
)
"""
_TODOS = """
CREATE TABLE todos (
    user_id text COLLATE "C" NOT NULL,
    todo_id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    revision bigint NOT NULL,
    deleted_at timestamptz(3),
    title text,
    notes text,
    completed boolean,
    completed_at timestamptz(3),
    due_on date,
    due_at timestamptz(3),
    priority text,
    tags jsonb,
    list text,
    created_at timestamptz(3),
    updated_at timestamptz(3),
    undated boolean GENERATED ALWAYS AS (due_at IS NULL AND due_on IS NULL) STORED,
    due_order timestamptz(3) GENERATED ALWAYS AS (
        COALESCE(due_at, timezone('UTC', CAST(due_on AS timestamp)), created_at)
    ) STORED,
    PRIMARY KEY (user_id, todo_id),
    CHECK (deleted_at IS NOT NULL OR (title IS NOT NULL AND notes IS NOT NULL AND completed IS NOT NULL
        AND priority IS NOT NULL AND tags IS NOT NULL AND list IS NOT NULL
        AND created_at IS NOT NULL AND updated_at IS NOT NULL))
)
"""
_FILES = """
CREATE TABLE files (
    user_id text COLLATE "C" NOT NULL,
    file_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    content_type text NOT NULL,
    size bigint NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'available', 'rejected')),
    created_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    reserved bigint NOT NULL,
    upload_id text,
    version_id text,
    PRIMARY KEY (user_id, file_id)
)
"""
_INDEXES = (
    "CREATE INDEX users_by_email ON users (email, user_id)",
    "CREATE INDEX users_by_status ON users (status, email, user_id)",
    "CREATE INDEX todos_by_created ON todos (user_id, created_at, todo_id) WHERE deleted_at IS NULL",
    "CREATE INDEX todos_by_due ON todos (user_id, undated, due_order, todo_id) WHERE deleted_at IS NULL",
    "CREATE INDEX todos_deleted ON todos (deleted_at) WHERE deleted_at IS NOT NULL",
)


def upgrade() -> None:
    for statement in (_USERS, _TODOS, _FILES, *_INDEXES):
        op.execute(statement)
