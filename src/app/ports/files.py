"""Files, and the room they take."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from app.errors import Conflict
from app.models.files import File, Quota
from app.models.pages import Page, Position


class QuotaExceeded(Conflict):
    """Files have to be deleted before this one fits."""

    default_code = "quota_exceeded"
    default_detail = "This is more than you may keep. Delete files first."


class FileRepository(Protocol):
    """Records of files, and what they take of their user's quota: both change in one transaction."""

    def get(self, user_id: str, file_id: str) -> File | None: ...

    def get_many(self, user_id: str, file_ids: Sequence[str]) -> Sequence[File]:
        """In any order, without those that are gone. No id may come twice."""
        ...

    def list(self, user_id: str, *, limit: int, position: Position | None = None) -> Page[File]:
        """At most `limit` files after `position`, the newest first."""
        ...

    def every(self, user_id: str) -> Iterator[File]: ...

    def pending(self, user_id: str, expired_before: datetime) -> Iterator[File]:
        """The user's files that still wait for an upload which had to begin before this."""
        ...

    def used(self, user_id: str) -> Quota:
        """The usage of the user's quota, awaited files included.

        Raises:
            UserRecordMissing: there is no such user.
        """
        ...

    def reserve(self, user_id: str, file: File, quota: Quota) -> None:
        """Store a new record, and take `file.reserved` bytes of the quota. One that is there already stays.

        Raises:
            QuotaExceeded: it does not fit.
            UserRecordMissing: there is no such user.
        """
        ...

    def settle(self, user_id: str, current: File, settled: File) -> bool:
        """Replace a record, and correct what it takes of the quota. `False`, and nothing is changed, when it is not
        `current` any more."""
        ...

    def remove(self, user_id: str, current: File) -> bool:
        """Delete a record and give back what it takes. `False` when it is not `current` any more."""
        ...

    def discard(self, user_id: str, file_id: str) -> None:
        """Delete a record of an account that goes, too: its quota does not matter any more."""
        ...
