"""Records of files in PostgreSQL. `used_bytes` and `used_files` of the user's row are the sums over them.

Every change of a record is one statement with the correction of these sums, so they cannot drift, and with the user's
next revision and the pointer to the file.
"""

import builtins
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from app.aws.errors import TransactionConflict
from app.aws.retries import retry_on_conflict
from app.models.files import File, Quota
from app.models.moments import timestamp
from app.models.pages import Page, Position
from app.ports.files import QuotaExceeded
from app.ports.users import UserRecordMissing
from app.repositories.postgres.database import Database
from app.repositories.postgres.pointers import pointer
from app.repositories.postgres.records import LAST, record_of, row_of
from app.repositories.postgres.statements import GET_USER, Statement, Value, paged

_file = partial(record_of, File, id_column="file_id")
_PAGE = 500
_MANY = 250
"""Files in one answer, which the RDS Data API limits to 1 MiB."""

_ONE = "user_id = :user_id AND file_id = :file_id"
_GET = Statement("get a file", f"SELECT to_json(files) FROM files WHERE {_ONE}")  # noqa: S608
_GET_MANY = Statement(
    "get files",
    """
    SELECT to_json(files) FROM files WHERE user_id = :user_id
    AND file_id IN (SELECT json_array_elements_text(CAST(:file_ids AS json)))
    """,
)
_PAST = "user_id = :user_id AND file_id < :after"
_LIST = paged("list files", "files", _PAST, "file_id DESC")
_OVERDUE = f"{_PAST} AND status = 'pending' AND expires_at < CAST(:moment AS timestamptz)"
_PENDING = paged("list overdue files", "files", _OVERDUE, "file_id DESC")
_points = pointer("owner", kind="'file'", target=":file_id")
_points_to_nothing = pointer("owner", kind="'file'", target=":file_id", deleted_at="now()")
_RESERVE = Statement(
    "reserve a file",
    f"""
    WITH owner AS (
        UPDATE users SET used_bytes = used_bytes + :reserved, used_files = used_files + 1, revision = revision + 1
        WHERE user_id = :user_id AND used_bytes <= :bytes_left AND used_files <= :files_left
        AND NOT EXISTS (SELECT FROM files WHERE user_id = :user_id AND file_id = :file_id)
        RETURNING user_id, revision
    ), pointed AS ({_points})
    INSERT INTO files (user_id, file_id, name, content_type, size, status, created_at, expires_at, reserved,
        upload_id, version_id)
    SELECT user_id, :file_id, :name, :content_type, :size, :status, CAST(:created_at AS timestamptz),
        CAST(:expires_at AS timestamptz), :reserved, :upload_id, :version_id FROM owner
    RETURNING to_json(files)
    """,  # noqa: S608 - texts of this package
)
_SETTLE = Statement(
    "settle a file",
    f"""
    WITH settled AS (
        UPDATE files SET name = :name, content_type = :content_type, size = :size, status = :status,
            created_at = CAST(:created_at AS timestamptz), expires_at = CAST(:expires_at AS timestamptz),
            reserved = :reserved, upload_id = :upload_id, version_id = :version_id
        WHERE user_id = :user_id AND file_id = :file_id AND status = :read_status
        AND EXISTS (SELECT FROM users WHERE user_id = :user_id)
        RETURNING user_id
    ), owner AS (
        UPDATE users SET used_bytes = used_bytes + :added, revision = revision + 1
        FROM settled WHERE users.user_id = settled.user_id
        RETURNING users.user_id, users.revision
    ), pointed AS ({_points})
    SELECT to_json(owner) FROM owner
    """,  # noqa: S608 - texts of this package
)
_REMOVE = Statement(
    "remove a file",
    f"""
    WITH removed AS (
        DELETE FROM files WHERE user_id = :user_id AND file_id = :file_id AND status = :read_status
        AND EXISTS (SELECT FROM users WHERE user_id = :user_id)
        RETURNING user_id
    ), owner AS (
        UPDATE users SET used_bytes = used_bytes - :reserved, used_files = used_files - 1, revision = revision + 1
        FROM removed WHERE users.user_id = removed.user_id
        RETURNING users.user_id, users.revision
    ), pointed AS ({_points_to_nothing})
    SELECT to_json(owner) FROM owner
    """,  # noqa: S608 - texts of this package
)
_DISCARD = Statement("discard a file", f"DELETE FROM files WHERE {_ONE} RETURNING to_json(files)")  # noqa: S608


class PostgresFiles:
    """The `FileRepository` over the tables `files` and `users`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, user_id: str, file_id: str) -> File | None:
        rows = self._database.read(_GET, user_id=user_id, file_id=file_id)
        return _file(rows[0]) if rows else None

    def get_many(self, user_id: str, file_ids: Sequence[str]) -> Sequence[File]:
        found: builtins.list[File] = []
        for begin in range(0, len(file_ids), _MANY):
            wanted = json.dumps(list(file_ids[begin : begin + _MANY]))
            found += map(_file, self._database.read(_GET_MANY, user_id=user_id, file_ids=wanted))
        return found

    def list(self, user_id: str, *, limit: int, position: Position | None = None) -> Page[File]:
        after = position or LAST  # lists begin with the newest file
        rows, has_more = self._database.page(_LIST, limit=limit, user_id=user_id, after=after)
        found = tuple(map(_file, rows))
        return Page(found, Position(found[-1].id) if has_more else None)

    def every(self, user_id: str) -> Iterator[File]:
        return self._all(_LIST, user_id)

    def pending(self, user_id: str, expired_before: datetime) -> Iterator[File]:
        return self._all(_PENDING, user_id, moment=timestamp(expired_before))

    def _all(self, listed: Statement, user_id: str, **values: Value) -> Iterator[File]:
        rows = self._database.every(listed, after=LAST, key="file_id", limit=_PAGE, user_id=user_id, **values)
        return map(_file, rows)

    def used(self, user_id: str) -> Quota:
        rows = self._database.read(GET_USER, user_id=user_id)
        if not rows:
            raise UserRecordMissing
        return Quota(rows[0]["used_bytes"], rows[0]["used_files"])

    def reserve(self, user_id: str, file: File, quota: Quota) -> None:
        retry_on_conflict(lambda: self._try_reserve(user_id, file, quota))

    def _try_reserve(self, user_id: str, file: File, quota: Quota) -> None:
        left = {"bytes_left": quota.size - file.reserved, "files_left": quota.files - 1}
        stored = self._database.write(_RESERVE, user_id=user_id, **row_of(file, "file_id"), **left)
        if stored or self.get(user_id, file.id):  # by an earlier request, whose answer was lost
            return
        used = self.used(user_id)
        if used.size + file.reserved > quota.size or used.files >= quota.files:
            raise QuotaExceeded
        raise TransactionConflict

    def settle(self, user_id: str, current: File, settled: File) -> bool:
        added = settled.reserved - current.reserved
        values = {**row_of(settled, "file_id"), "read_status": current.status, "added": added}
        return self._change(_SETTLE, user_id, values)

    def remove(self, user_id: str, current: File) -> bool:
        read: dict[str, Value] = {"file_id": current.id, "read_status": current.status}
        return self._change(_REMOVE, user_id, read | {"reserved": current.reserved})

    def discard(self, user_id: str, file_id: str) -> None:
        self._database.write(_DISCARD, user_id=user_id, file_id=file_id)

    def _change(self, change: Statement, user_id: str, values: dict[str, Value]) -> bool:
        """`False` when the record is not as it was read any more.

        Raises:
            UserRecordMissing: the account is gone, and the record with its next erasure.
        """
        if retry_on_conflict(lambda: self._database.write(change, user_id=user_id, **values)):
            return True
        stored = self.get(user_id, str(values["file_id"]))
        if stored is not None and stored.status == values["read_status"]:
            self.used(user_id)
        return False
