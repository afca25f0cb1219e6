from collections.abc import Iterator, Sequence
from datetime import datetime

from app.models.files import File, Quota
from app.models.pages import Page, Position
from app.ports.files import QuotaExceeded
from app.ports.users import UserRecordMissing
from support.memory.paging import page
from support.memory.users import MemoryUsers
from support.memory.values import as_stored


class MemoryFiles:
    """The `FileRepository` in memory."""

    def __init__(self, users: MemoryUsers) -> None:
        self.users = users
        self.rows: dict[tuple[str, str], File] = {}

    def get(self, user_id: str, file_id: str) -> File | None:
        return self.rows.get((user_id, file_id))

    def get_many(self, user_id: str, file_ids: Sequence[str]) -> Sequence[File]:
        found = (self.get(user_id, file_id) for file_id in file_ids)
        return [file for file in found if file is not None]

    def list(self, user_id: str, *, limit: int, position: Position | None = None) -> Page[File]:
        return page(
            self.every(user_id),
            lambda file: (file.id,),
            parts=1,
            limit=limit,
            position=position,
            newest_first=True,
        )

    def every(self, user_id: str) -> Iterator[File]:
        with self.users.lock:
            found = [file for (owner, _), file in self.rows.items() if owner == user_id]
        yield from found

    def pending(self, user_id: str, expired_before: datetime) -> Iterator[File]:
        for file in self.every(user_id):
            if file.status == "pending" and file.expires_at < expired_before:
                yield file

    def used(self, user_id: str) -> Quota:
        if self.users.get(user_id) is None:
            raise UserRecordMissing
        files = tuple(self.every(user_id))
        return Quota(size=sum(file.reserved for file in files), files=len(files))

    def reserve(self, user_id: str, file: File, quota: Quota) -> None:
        with self.users.lock:
            if (user_id, file.id) in self.rows:
                return
            used = self.used(user_id)
            if used.size + file.reserved > quota.size or used.files >= quota.files:
                raise QuotaExceeded
            self.rows[user_id, file.id] = as_stored(file)
            self.users.point(user_id, "file", file.id)

    def settle(self, user_id: str, current: File, settled: File) -> bool:
        with self.users.lock:
            if not self._is(user_id, current):
                return False
            self.rows[user_id, current.id] = as_stored(settled)
            self.users.point(user_id, "file", current.id)
            return True

    def remove(self, user_id: str, current: File) -> bool:
        with self.users.lock:
            if not self._is(user_id, current):
                return False
            del self.rows[user_id, current.id]
            self.users.point(user_id, "file", current.id, is_deleted=True)
            return True

    def _is(self, user_id: str, current: File) -> bool:
        stored = self.rows.get((user_id, current.id))
        return stored is not None and stored.status == current.status

    def discard(self, user_id: str, file_id: str) -> None:
        with self.users.lock:
            self.rows.pop((user_id, file_id), None)
