"""How a client uploads a file: as a form, or in parts if it is large. Either is good for this file, for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.models.files import File
from app.ports.objects import PresignedUrls
from app.services.files.names import attachment

PART_SIZE = 16 * 1024 * 1024
"""Bytes of each part but the last."""

_FORM_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class FormUpload:
    """A presigned POST: the fields go before the file."""

    url: str
    fields: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    number: int
    size: int
    url: str


@dataclass(frozen=True, slots=True)
class PartsUpload:
    """A multipart upload: each part is put to its own URL, and answered with its ETag."""

    upload_id: str
    part_size: int
    parts: tuple[Part, ...]
    expires_at: datetime


Upload = FormUpload | PartsUpload


def offer(transfers: PresignedUrls, user_id: str, file: File, *, moment: datetime) -> Upload | None:
    """`None` when the file has been uploaded, or its time is over."""
    left = file.expires_at - moment
    if file.status != "pending" or left < timedelta(seconds=1):
        return None
    if file.upload_id is not None:
        return _parts(transfers, user_id, file, file.upload_id, _seconds(left))
    life = min(_FORM_LIFE, left)
    url, fields = transfers.form(user_id, file, disposition=attachment(file.name), seconds=_seconds(life))
    return FormUpload(url, fields, moment + life)


def _parts(transfers: PresignedUrls, user_id: str, file: File, upload_id: str, seconds: int) -> PartsUpload:
    parts = tuple(
        Part(number, size, transfers.part_url(user_id, file, number, size, seconds=seconds))
        for number, size in enumerate(part_sizes(file.size), start=1)
    )
    return PartsUpload(upload_id, PART_SIZE, parts, file.expires_at)


def part_sizes(size: int) -> list[int]:
    """Bytes of each part of a file of `size`."""
    whole, rest = divmod(size, PART_SIZE)
    return [PART_SIZE] * whole + ([rest] if rest else [])


def _seconds(life: timedelta) -> int:
    return int(life.total_seconds())
