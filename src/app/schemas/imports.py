"""Imports of raw user data on the wire."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict
from typing_extensions import TypeAliasType

from app.models import imports as stored
from app.models.imports import Import, Reject, RowWarning
from app.ports.objects import PresignedForm
from app.schemas.common import ApiModel, DateTime, NextCursor, UserId, Uuid, WholeNumber, example
from app.schemas.files import NAME_RULES, FileName, MediaType, UploadForm
from app.services.admin.imports import MAX_SIZE
from app.services.cursors import CursorPage

ImportStatus = TypeAliasType("ImportStatus", stored.ImportStatus)

_ID = "01980b1e-3f60-7c3a-9d0a-1f2e3d4c5b6a"
_IMPORT: JsonDict = {
    "id": _ID,
    "name": "customers.csv",
    "status": "completed",
    "rows": 1000,
    "accepted": 999,
    "rejected": 1,
    "warnings": 2,
    "reason": None,
    "reasonLine": None,
    "reasonDetail": None,
    "size": 65536,
    "contentType": "text/csv",
    "startedBy": "5f0c2f6e-8a3b-4f5e-9a51-0d6f2b1c7e55",
    "createdAt": "2026-11-21T09:30:00.000Z",
    "finishedAt": "2026-11-21T09:31:00.000Z",
    "dryRun": False,
    "expiresAt": None,
    "runId": None,
    "previewOf": None,
}


class _Out(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class ImportCreate(ApiModel):
    """A file of raw user data to upload: CSV with a header, or JSON as an array, lines or values; gzip or not."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "customers.csv", "contentType": "text/csv", "size": 65536}]}
    )

    name: FileName = Field(description=NAME_RULES)
    content_type: MediaType = Field(
        description="The upload must declare the same. The format is detected from the content."
    )
    size: WholeNumber = Field(
        ge=1,
        le=MAX_SIZE,
        description="Its size in bytes; the upload may be smaller, not larger.",
    )
    dry_run: StrictBool = Field(
        default=False,
        description="Store no user data: the import ends as `previewed`, to be seen and run within 24 hours.",
    )


class ImportOut(_Out):
    """An import. `accepted` and `rejected` add up to `rows`: those read so far while it runs."""

    model_config = ConfigDict(json_schema_extra={"examples": [_IMPORT]})

    id: Uuid
    name: str
    status: ImportStatus = Field(
        description="`failed` when the file could not be read to its end: nothing of it is stored then. "
        "`previewed` is a dry run that has ended."
    )
    rows: int
    accepted: int
    rejected: int
    warnings: int = Field(
        description="Values of accepted rows that could not be read or were dropped; those read so far."
    )
    reason: str | None = Field(description="Why it failed: a stable code.")
    reason_line: int | None = Field(description="The line where it failed, counted from 1.")
    reason_detail: str | None = Field(description="More about the reason in a sentence, in English.")
    size: int | None
    content_type: str | None
    started_by: UserId | None = Field(
        description="The administrator's id; `null` for a file put into the bucket."
    )
    created_at: DateTime
    finished_at: DateTime | None
    dry_run: bool = Field(description="Whether it stores no user data.")
    expires_at: DateTime | None = Field(
        description="Until then a `previewed` import can be seen and run; else `null`."
    )
    run_id: Uuid | None = Field(description="The import that was made of this dry run.")
    preview_of: Uuid | None = Field(description="The dry run that this import was made of.")

    @classmethod
    def of(cls, record: Import) -> Self:
        return cls(**_members(record))


class ImportCreated(_Out):
    """The import, and how to upload its file."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    import_: ImportOut = Field(alias="import")
    upload: UploadForm | None = Field(description="`null` in a repetition, once the file has arrived.")

    @classmethod
    def of(cls, record: Import, form: PresignedForm | None) -> Self:
        upload = None if form is None else UploadForm.model_validate(form)
        return cls(import_=ImportOut.of(record), upload=upload)


class RejectOut(_Out):
    """A row that was not taken."""

    model_config = example(line=7, field="email", reason="email_format")

    line: int = Field(
        description="Counted from 1, the header included; in a JSON array, the element's number."
    )
    field: str | None = Field(description="`null` when it is the whole row.")
    reason: str = Field(description="A stable code.")


class ImportWarningOut(_Out):
    """A value of an accepted row that was not stored as a field."""

    model_config = example(line=8, field="phone", reason="phone_needs_country")

    line: int = Field(
        description="Counted from 1, the header included; in a JSON array, the element's number."
    )
    field: str = Field(
        description="A field, whose value is kept in `attributes.unread`, or the name of another column."
    )
    reason: str = Field(description="A stable code.")


class ImportWarnings(_Out):
    """One page of warnings, by line."""

    items: list[ImportWarningOut]
    next_cursor: NextCursor

    @classmethod
    def of(cls, page: CursorPage[RowWarning]) -> Self:
        items = [ImportWarningOut.model_validate(warning) for warning in page.items]
        return cls(items=items, next_cursor=page.next_cursor)


class ImportDetail(ImportOut):
    """An import with a page of its rejected rows."""

    model_config = example(**_IMPORT, rejects=[{"line": 7, "field": "email", "reason": "email_format"}])

    rejects: list[RejectOut]
    next_cursor: NextCursor

    @classmethod
    def with_rejects(cls, record: Import, page: CursorPage[Reject]) -> Self:
        rejects = [RejectOut.model_validate(reject) for reject in page.items]
        return cls(**_members(record), rejects=rejects, next_cursor=page.next_cursor)


class ImportList(_Out):
    """One page of imports, the newest first."""

    items: list[ImportOut]
    next_cursor: NextCursor

    @classmethod
    def of(cls, page: CursorPage[Import]) -> Self:
        return cls(items=[ImportOut.of(record) for record in page.items], next_cursor=page.next_cursor)


def _members(record: Import) -> dict[str, Any]:
    own = (
        "id",
        "name",
        "status",
        "reason",
        "reason_line",
        "reason_detail",
        "size",
        "content_type",
        "started_by",
        "created_at",
        "finished_at",
        "dry_run",
        "expires_at",
        "run_id",
        "preview_of",
    )
    progress = record.progress
    return {
        **{name: getattr(record, name) for name in own},
        "rows": progress.rows,
        "accepted": progress.accepted,
        "rejected": progress.rejected,
        "warnings": progress.warnings,
    }
