"""The tables `todos`, `users` and `files` of PostgreSQL."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

from app.models.files import File, Quota
from app.models.moments import now, timestamp
from app.models.todos import Todo, Tombstone
from app.models.users import User
from app.ports.feed import FeedEntry
from app.repositories.postgres import records, todo_rows
from app.repositories.postgres.database import Database
from app.repositories.postgres.feed import entry_from
from app.repositories.postgres.files import PostgresFiles
from app.repositories.postgres.statements import Row, Statement, paged
from app.repositories.postgres.users import PostgresUsers
from operations.moving.belongings import Belongings, Change, Numbered

_PAGE = 1000
_BATCH = 25
"""Rows in one statement: the largest ones together stay below the 4 MiB of a request to the RDS Data API."""
_USERS = (
    "user_id text, email text, name text, phone text, locale text, time_zone text, status text, revision bigint, "
    "todo_count integer, tokens_valid_after bigint, used_bytes bigint, used_files integer, "
    "created_at timestamptz, updated_at timestamptz"
)
_FILES = (
    "user_id text, file_id text, name text, content_type text, size bigint, status text, "
    "created_at timestamptz, expires_at timestamptz, reserved bigint, upload_id text, version_id text"
)

_POINTERS = (
    "user_id text, kind text, target_id text, version integer, revision bigint, deleted_at timestamptz"
)


_GIVEN = "set_config('app.pointers', 'given', true)"
"""In a statement: what it writes gets no pointer by the triggers of the schema, since pointers are moved, too."""


def _upsert(table: str, typed: str, key: Sequence[str]) -> Statement:
    columns = [column.split()[0] for column in typed.split(", ")]
    names = ", ".join(columns)
    replaced = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns if name not in key)
    return Statement(
        f"move {table}",
        f"""
        INSERT INTO {table} ({names}) SELECT {names} FROM {_GIVEN},
        json_to_recordset(CAST(:rows AS json)) AS moved ({typed})
        ON CONFLICT ({", ".join(key)}) DO UPDATE SET {replaced} RETURNING to_json(user_id)
        """,
    )


def _delete(table: str, column: str) -> Statement:
    return Statement(
        f"delete {table}",
        f"""
        DELETE FROM {table} USING {_GIVEN} WHERE user_id = :user_id
        AND {column} IN (SELECT json_array_elements_text(CAST(:ids AS json))) RETURNING to_json(user_id)
        """,
    )


_IDS = Statement(
    "list user ids",
    "SELECT to_json(user_id) FROM users WHERE user_id > :after ORDER BY user_id LIMIT :limit",
)
_STATES = paged("list to-dos and tombstones", "todos", "user_id = :user_id AND todo_id > :after", "todo_id")
_PUT_USERS = _upsert("users", _USERS, ("user_id",))
_PUT_TODOS = _upsert("todos", f"user_id text, {todo_rows.TYPED}", ("user_id", "todo_id"))
_PUT_FILES = _upsert("files", _FILES, ("user_id", "file_id"))
_LIST_POINTERS = paged(
    "list pointers", "feed", "user_id = :user_id AND kind <> 'todo' AND target_id > :after", "target_id"
)
_PUT_POINTERS = _upsert("pointers", _POINTERS, ("user_id", "kind", "target_id"))
_DELETE_POINTERS = _delete("pointers", "target_id")
_DELETE_TODOS = _delete("todos", "todo_id")
_DELETE_FILES = _delete("files", "file_id")


class PostgresEngine:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._users = PostgresUsers(database)
        self._files = PostgresFiles(database)

    def user_ids(self) -> Iterator[str]:
        after = ""
        while ids := cast("list[str]", self._database.read(_IDS, after=after, limit=_PAGE)):
            yield from ids
            after = ids[-1]

    def read(self, user_id: str) -> Belongings | None:
        user = self._users.get(user_id)
        if user is None:
            return None
        return Belongings(
            user=user,
            used=self._files.used(user_id),
            todos=tuple(map(_numbered, self._each(_STATES, "todo_id", user_id))),
            files=tuple(sorted(self._files.every(user_id), key=lambda file: file.id)),
            pointers=tuple(map(entry_from, self._each(_LIST_POINTERS, "target_id", user_id))),
        )

    def _each(self, statement: Statement, key: str, user_id: str) -> Iterator[Row]:
        return self._database.every(statement, after="", key=key, limit=_PAGE, user_id=user_id)

    def apply(self, change: Change) -> None:
        user_id = change.user_id
        if change.owner is not None:
            self._put(_PUT_USERS, [_user_row(*change.owner)])
        owned = {"user_id": user_id}
        self._put(_PUT_TODOS, [todo_rows.row_of(it.state, it.revision) | owned for it in change.todos])
        self._put(_PUT_FILES, [_file_row(file) | owned for file in change.files])
        self._put(_PUT_POINTERS, [_pointer_row(user_id, entry) for entry in change.pointers])
        gone = (
            (_DELETE_TODOS, change.gone_todos),
            (_DELETE_FILES, change.gone_files),
            (_DELETE_POINTERS, [entry.id for entry in change.gone_pointers]),
        )
        for statement, ids in gone:
            if ids:
                self._database.write(statement, user_id=user_id, ids=json.dumps(ids))
        if change.owner is None:
            self._users.delete(user_id)

    def _put(self, statement: Statement, rows: Sequence[Row]) -> None:
        for begin in range(0, len(rows), _BATCH):
            part = rows[begin : begin + _BATCH]
            self._database.write(statement, rows=json.dumps(part, ensure_ascii=False))


def _user_row(user: User, used: Quota) -> Row:
    return records.row_of(user, "user_id") | {"used_bytes": used.size, "used_files": used.files}


def _file_row(file: File) -> Row:
    row: dict[str, Any] = records.row_of(file, "file_id")
    return row


def _numbered(row: Row) -> Numbered:
    return Numbered(row["revision"], cast("Todo | Tombstone", todo_rows.state_from(row)))


def _pointer_row(user_id: str, entry: FeedEntry) -> Row:
    return {
        "user_id": user_id,
        "kind": entry.type,
        "target_id": entry.id,
        "version": entry.version,
        "revision": entry.revision,
        "deleted_at": timestamp(now()) if entry.is_deleted else None,
    }
