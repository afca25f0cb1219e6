"""Files of users."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.models.moments import now

FileStatus = Literal["pending", "available", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file in a user's folder, or one that is awaited. `size` is the announced size until the upload has arrived.

    `reserved` is what the file takes of its user's quota. `version_id` names the one version of the object that was
    accepted, and `upload_id` the multipart upload that leads to it.
    """

    id: str
    name: str
    content_type: str
    size: int
    status: FileStatus = "pending"
    created_at: datetime = field(default_factory=now)
    expires_at: datetime
    """The last moment at which its upload may begin."""
    reserved: int
    upload_id: str | None = None
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """Limits of one user."""

    size: int
    """Bytes, of all files together."""
    files: int
