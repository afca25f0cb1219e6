"""Settle a file when S3 reports an upload, or when none has come in time.

An event only says where to look: what S3 holds decides. So events may be late, repeated and out of order.
"""

import logging
import re
from dataclasses import replace

from app.models.files import File
from app.ports.files import FileRepository
from app.ports.objects import PresignedUrls, StoredObject, UserObjects
from app.ports.users import UserRecordMissing

_log = logging.getLogger(__name__)

_KEY = re.compile(r"users/([A-Za-z0-9_-]{1,64})/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


class FileEvents:
    def __init__(self, files: FileRepository, objects: UserObjects, transfers: PresignedUrls) -> None:
        self._files = files
        self._objects = objects
        self._transfers = transfers

    def settle(self, key: str) -> None:
        """Settle the file whose object has this key, URL-decoded. Other keys are ignored.

        Raises:
            app.errors.Unavailable: try again.
        """
        match = _KEY.fullmatch(key)
        if match is None:
            _log.warning("ignored an object of the data bucket that is not a user's file")
            return
        self.resolve(*match.groups())

    def resolve(self, user_id: str, file_id: str) -> File | None:
        """Bring record and object in line; the record then. Nothing changes while there is no object.

        The first upload that arrives is the file. A later one through the same form is deleted, like one whose
        record is gone.
        """
        return self._resolve(user_id, file_id, self._files.get(user_id, file_id))

    def _resolve(self, user_id: str, file_id: str, file: File | None) -> File | None:
        if file is not None and file.status == "pending":
            found = self._objects.head(user_id, file_id)
            if found is None:
                return file
            return self._accept(user_id, file, found)
        self._objects.prune(user_id, file_id, keep=file.version_id if file else None)
        return file

    def lapse(self, user_id: str, file: File) -> File | None:
        """Give up waiting for the upload of a `file` just read, and give back what it reserved; unless it has come,
        unnoticed. The record then."""
        current = self._resolve(user_id, file.id, file)
        if current is None or current.status != "pending":
            return current
        if current.upload_id is not None:
            self._transfers.abort_parts(user_id, current.id, current.upload_id)
        if self._files.remove(user_id, current):
            return None
        return self.resolve(user_id, file.id)

    def _accept(self, user_id: str, file: File, found: StoredObject) -> File | None:
        settled = _settled(file, found)
        try:
            is_settled = self._files.settle(user_id, file, settled)
        except UserRecordMissing:  # account deletion deletes the record, too
            return self._resolve(user_id, file.id, None)
        return self._resolve(user_id, file.id, settled) if is_settled else self.resolve(user_id, file.id)


def _settled(file: File, found: StoredObject) -> File:
    """S3's word on size and type counts, not the client's; what was announced is the most that is taken."""
    if found.size > file.size or found.content_type != file.content_type:
        return replace(file, status="rejected", reserved=0, upload_id=None)
    return replace(
        file,
        status="available",
        size=found.size,
        reserved=found.size,
        upload_id=None,
        version_id=found.version_id,
    )
