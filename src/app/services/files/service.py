"""The rules of files: what may be uploaded, how, and what a user may keep.

A file is uploaded straight to S3. It is `pending` until S3 itself reports it: see `app.services.files.events`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

from app.errors import AppError, Conflict, NotFound, Unavailable
from app.ids import new_id
from app.models.files import File, Quota
from app.models.moments import now
from app.models.pages import Page, Position
from app.ports.files import FileRepository, QuotaExceeded
from app.ports.idempotency import KeyClaim
from app.ports.objects import PresignedUrls, UserObjects
from app.services.cursors import Cursor, CursorPage, CursorSigner
from app.services.files.events import FileEvents
from app.services.files.names import attachment, served_type
from app.services.files.uploads import Upload, offer

MIB = 1024 * 1024
QUOTA = Quota(size=1024 * MIB, files=1000)
MAX_SIZE = QUOTA.size
SINGLE_UPLOAD = 100 * MIB
"""Larger files are uploaded in parts: bytes of the largest that is posted as one."""

_UPLOAD_WINDOW = timedelta(hours=1)
"""How long an upload may be begun: with a new form each time the creation is repeated."""
_GRACE = timedelta(hours=1)
"""For what was begun at the last moment, and its event, to arrive."""
_GIVEN_BACK_AT_ONCE = 100
"""Files, in one request, so that it ends in time."""
_DOWNLOAD_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class FileQuery:
    """A list of files, as its cursors know it."""

    sort: Literal["newest"] = "newest"


@dataclass(frozen=True, slots=True)
class Download:
    url: str
    expires_at: datetime


class Files:
    def __init__(
        self,
        files: FileRepository,
        objects: UserObjects,
        transfers: PresignedUrls,
        events: FileEvents,
        cursors: CursorSigner,
        *,
        clock: Callable[[], datetime] = now,
        quota: Quota = QUOTA,
        take: Callable[[str, int], None] = lambda _user_id, _size: None,
    ) -> None:
        self._files = files
        self._objects = objects
        self._transfers = transfers
        self._events = events
        self._cursors = cursors
        self._clock = clock
        self._quota = quota
        self._take = take

    def create(
        self, user_id: str, *, name: str, content_type: str, size: int, claim: KeyClaim | None = None
    ) -> File:
        """A new record, which reserves its size. It is given back if no upload comes. With a claim that is resumed,
        what an earlier request began is finished.

        Raises:
            QuotaExceeded: it does not fit.
        """
        moment = self._clock()
        claim = claim or KeyClaim(new_id(moment))
        if claim.resumed and (begun := self._files.get(user_id, claim.resource_id)) is not None:
            return begun
        file = File(
            id=claim.resource_id,
            name=name,
            content_type=content_type,
            size=size,
            reserved=size,
            created_at=moment,
            expires_at=moment + _UPLOAD_WINDOW,
        )
        if size <= SINGLE_UPLOAD:
            self._reserve(user_id, file)
            return file
        return self._create_in_parts(user_id, file, resumed=claim.resumed)

    def _create_in_parts(self, user_id: str, file: File, *, resumed: bool) -> File:
        upload_id = self._transfers.begun_parts(user_id, file.id) if resumed else None
        if upload_id is None:
            upload_id = self._transfers.begin_parts(user_id, file, disposition=attachment(file.name))
        file = replace(file, upload_id=upload_id)
        try:
            self._reserve(user_id, file)
        except Unavailable:  # the record may be stored, and needs the upload
            raise
        except AppError:
            self._transfers.abort_parts(user_id, file.id, upload_id)
            raise
        return file

    def _reserve(self, user_id: str, file: File) -> None:
        try:
            self._files.reserve(user_id, file, self._quota)
        except QuotaExceeded:
            lapsed = list(islice(self._files.pending(user_id, self._clock() - _GRACE), _GIVEN_BACK_AT_ONCE))
            if not lapsed:
                raise
            for old in lapsed:
                self._events.lapse(user_id, old)
            self._files.reserve(user_id, file, self._quota)

    def upload(self, user_id: str, file: File) -> Upload | None:
        """How to upload the file; `None` when it has been, or it is too late. May be asked for again."""
        return offer(self._transfers, user_id, file, moment=self._clock())

    def complete(self, user_id: str, file_id: str, etags: Sequence[tuple[int, str]]) -> File:
        """Put the parts together; `etags` has each part's number and ETag. Safe to repeat.

        Raises:
            Conflict: the file is not uploaded in parts.
            Unprocessable: these are not its parts.
        """
        file = self.get(user_id, file_id)
        if file.status != "pending":
            return file
        if file.upload_id is None:
            raise Conflict("This file is not uploaded in parts.", code="not_in_parts")
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in sorted(etags)]
        done = self._transfers.finish_parts(user_id, file_id, file.upload_id, parts)
        if not done and self._objects.head(user_id, file_id) is None:
            raise Conflict("The upload has ended. Create the file again.", code="upload_ended")
        return file

    def get(self, user_id: str, file_id: str) -> File:
        """Raises:
        NotFound: there is none, or its upload never came.
        """
        file = self._files.get(user_id, file_id)
        if file is not None and self._is_lapsed(file):
            file = self._events.lapse(user_id, file)
        if file is None:
            raise NotFound
        return file

    def list(self, user_id: str, *, limit: int, cursor: Cursor | None) -> CursorPage[File]:
        """One page, the newest first."""

        def read(position: Position | None) -> Page[File]:
            return self._files.list(user_id, limit=limit, position=position)

        page = self._cursors.page(user_id, FileQuery(), cursor, read)
        resolved = (self._events.lapse(user_id, f) if self._is_lapsed(f) else f for f in page.items)
        return replace(page, items=tuple(file for file in resolved if file is not None))

    def usage(self, user_id: str) -> tuple[Quota, Quota]:
        """The usage of the user's files, awaited ones included, and the limits."""
        return self._files.used(user_id), self._quota

    def _is_lapsed(self, file: File) -> bool:
        return file.status == "pending" and file.expires_at < self._clock() - _GRACE

    def count_downloads(self, user_id: str, files: Sequence[File]) -> None:
        """Count together those of which links are made next, with `counted=True`.

        Raises:
            TooManyRequests: with code `download_limit_reached`.
        """
        if size := sum(file.size for file in files if file.status == "available"):
            self._take(user_id, size)

    def download(self, user_id: str, file_id: str, *, counted: bool = False) -> Download:
        """A link to save the file; no browser shows it in place.

        Raises:
            Conflict: it is not there yet, or was rejected (code `file_not_available`).
            TooManyRequests: with code `download_limit_reached`.
        """
        file = self.get(user_id, file_id)
        if file.status != "available":
            raise Conflict("There is nothing to download.", code="file_not_available")
        if not counted:
            self._take(user_id, file.size)
        url = self._transfers.download_url(
            user_id,
            file,
            disposition=attachment(file.name),
            content_type=served_type(file.content_type),
            seconds=int(_DOWNLOAD_LIFE.total_seconds()),
        )
        return Download(url, self._clock() + _DOWNLOAD_LIFE)

    def delete(self, user_id: str, file_id: str) -> None:
        """Delete object and record; safe to repeat after an interruption, as the record goes last.

        Raises:
            NotFound: there is no record; nor an object, now.
        """
        file = self._files.get(user_id, file_id)
        if file is None:
            self._objects.prune(user_id, file_id, keep=None)
            raise NotFound
        while file is not None and not self._try_delete(user_id, file):
            file = self._files.get(user_id, file_id)  # its upload has arrived meanwhile

    def _try_delete(self, user_id: str, file: File) -> bool:
        if file.upload_id is not None:
            self._transfers.abort_parts(user_id, file.id, file.upload_id)
        self._objects.prune(user_id, file.id, keep=None)
        return self._files.remove(user_id, file)

    def erase(self, user_id: str) -> None:
        """Delete everything in the folder of an account that goes. Safe to repeat."""
        self._objects.erase(user_id)
        for file in self._files.every(user_id):
            self._files.discard(user_id, file.id)
