"""Object storage: users' folders, and uploads and downloads without credentials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from app.models.files import File


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as the storage itself describes it."""

    size: int
    content_type: str
    version_id: str | None


@dataclass(frozen=True, slots=True)
class PresignedForm:
    """A presigned POST: the fields go before the file."""

    url: str
    fields: dict[str, str]
    expires_at: datetime


class UserObjects(Protocol):
    """One object for each file of a user. Every method may raise `app.errors.Unavailable`."""

    def head(self, user_id: str, file_id: str) -> StoredObject | None: ...

    def prune(self, user_id: str, file_id: str, *, keep: str | None) -> None:
        """Delete every version but `keep`."""
        ...

    def erase(self, user_id: str) -> None:
        """Delete the user's whole folder with all versions, and end the uploads into it."""
        ...


class PresignedUrls(Protocol):
    """Ways into and out of a user's folder that a client can use without credentials, for `seconds`.

    `disposition` becomes part of the object, so that a browser saves it, however the link was made.
    """

    def form(self, user_id: str, file: File, *, disposition: str, seconds: int) -> tuple[str, dict[str, str]]:
        """The URL to post to, and the fields to post before the file."""
        ...

    def begun_parts(self, user_id: str, file_id: str) -> str | None:
        """The id of a multipart upload that was begun for this file, if there is one."""
        ...

    def begin_parts(self, user_id: str, file: File, *, disposition: str) -> str:
        """Start a multipart upload; its id."""
        ...

    def part_url(self, user_id: str, file: File, number: int, size: int, *, seconds: int) -> str:
        """The URL to put part `number` to, of exactly `size` bytes."""
        ...

    def finish_parts(
        self, user_id: str, file_id: str, upload_id: str, parts: Sequence[Mapping[str, Any]]
    ) -> bool:
        """Make one object of the parts, `{"PartNumber", "ETag"}` each. `False` when there is no such upload any more.

        Raises:
            app.errors.Unprocessable: these are not the parts that were uploaded (code `invalid_parts`).
        """
        ...

    def abort_parts(self, user_id: str, file_id: str, upload_id: str) -> None:
        """Nothing happens when the upload has ended already."""
        ...

    def download_url(
        self, user_id: str, file: File, *, disposition: str, content_type: str, seconds: int
    ) -> str: ...


class ImportUploads(Protocol):
    def form(self, key: str, *, content_type: str, size: int, seconds: int) -> PresignedForm:
        """A form that takes 1 to `size` bytes of this type, the file of an import: see `raw_files.import_key`."""
        ...
