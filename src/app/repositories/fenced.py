"""Files, whose changes raise their user's revision: they go through the cache's fence, though none is kept in it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.cache import Cache
from app.models.files import File, Quota
from app.models.pages import Page, Position
from app.ports.files import FileRepository


class FencedFiles(FileRepository):
    def __init__(self, files: FileRepository, cache: Cache) -> None:
        self._files = files
        self._cache = cache

    def get(self, user_id: str, file_id: str) -> File | None:
        return self._files.get(user_id, file_id)

    def get_many(self, user_id: str, file_ids: Sequence[str]) -> Sequence[File]:
        return self._files.get_many(user_id, file_ids)

    def list(self, user_id: str, *, limit: int, position: Position | None = None) -> Page[File]:
        return self._files.list(user_id, limit=limit, position=position)

    def every(self, user_id: str) -> Iterator[File]:
        return self._files.every(user_id)

    def pending(self, user_id: str, expired_before: datetime) -> Iterator[File]:
        return self._files.pending(user_id, expired_before)

    def used(self, user_id: str) -> Quota:
        return self._files.used(user_id)

    def reserve(self, user_id: str, file: File, quota: Quota) -> None:
        with self._cache.write(user_id):
            self._files.reserve(user_id, file, quota)

    def settle(self, user_id: str, current: File, settled: File) -> bool:
        with self._cache.write(user_id):
            return self._files.settle(user_id, current, settled)

    def remove(self, user_id: str, current: File) -> bool:
        with self._cache.write(user_id):
            return self._files.remove(user_id, current)

    def discard(self, user_id: str, file_id: str) -> None:
        self._files.discard(user_id, file_id)
