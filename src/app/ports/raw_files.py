"""Files of raw user data in object storage."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


class ObjectGone(Exception):
    """There is no such object or version any more."""


class ObjectReplaced(Exception):
    """The object under the key is not the one that the event reported."""


@dataclass(frozen=True, slots=True)
class RawFile:
    """One version of an object; where its bucket keeps none, the content with this ETag."""

    bucket: str
    key: str
    version_id: str | None
    etag: str | None


IMPORTS = "imports/"
"""Where administrators' uploads are in the bucket of raw user data."""
DRY_RUNS = "imports/previews/"
"""Those of dry runs, which the bucket keeps for a day."""


def import_key(import_id: str, *, dry_run: bool) -> str:
    return (DRY_RUNS if dry_run else IMPORTS) + import_id


class RawFiles(Protocol):
    def pieces(self, file: RawFile, offset: int = 0) -> Iterator[bytes]:
        """The bytes from `offset` on, at most 64 KiB at a time.

        Raises (while iterating):
            ObjectGone, ObjectReplaced
            app.errors.Unavailable: the connection breaks again and again.
        """
        ...
