"""The port of previews, which dry runs of imports make."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from app.models.imports import ImportTarget
from app.models.user_data import UserData


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """A column and what becomes of it. `attribute` is the name under which values are kept that fill no field. `rank`
    counts the columns of one field from 1: the first value that can be read wins. A `secret` column is dropped."""

    header: str
    target: ImportTarget
    attribute: str
    rank: int | None
    secret: bool


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row as it would be stored; long values are cut. `left_out` counts attributes that are not shown."""

    line: int
    data: UserData
    left_out: int


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """`left_out` counts columns that are not shown. `duplicates` counts rows whose address an earlier row has, `None`
    where the file was too long to count them. `event` is the record of S3's event about the file."""

    columns: tuple[PreviewColumn, ...]
    left_out: int
    rows: tuple[PreviewRow, ...]
    duplicates: int | None
    event: Mapping[str, Any]


class PreviewRepository(Protocol):
    """Previews by the id of their import. They hold personal data, so they are deleted soon after they expire."""

    def save(self, import_id: str, preview: ImportPreview) -> None:
        """Store the preview in place of an earlier one.

        Raises:
            app.errors.Unavailable
        """
        ...

    def get(self, import_id: str) -> ImportPreview | None: ...
