"""Files on the wire."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict
from typing_extensions import TypeAliasType

from app.models import files as stored
from app.models.files import File, Quota
from app.schemas.common import (
    ANSWER,
    FILE_NAME_LINE,
    AnswerModel,
    ApiModel,
    DateTime,
    Limit,
    NextCursor,
    Uuid,
    WholeNumber,
    example,
    invalid,
)
from app.services.cursors import Cursor
from app.services.files.names import MAX_NAME_BYTES, fault_of
from app.services.files.service import MAX_SIZE, MIB, SINGLE_UPLOAD, Download
from app.services.files.uploads import FormUpload, PartsUpload

FileStatus = TypeAliasType("FileStatus", stored.FileStatus)

_ID = "01980b1e-3f60-7c3a-9d0a-1f2e3d4c5b6a"
FILE: JsonDict = {
    "id": _ID,
    "name": "holiday.jpg",
    "contentType": "image/jpeg",
    "size": 524288,
    "status": "pending",
    "createdAt": "2026-11-21T09:30:00.000Z",
}
_EXPIRY = "2026-11-21T09:35:00.000Z"

# RFC 6838, 4.2, with parameters whose values need no quotes; but for "$", which S3 would replace in a form.
_RESTRICTED = r"[A-Za-z0-9][A-Za-z0-9!#&^_.+-]{0,126}"
_MEDIA_TYPE = re.compile(
    rf"{_RESTRICTED}/{_RESTRICTED}(?:; ?[A-Za-z0-9-]{{1,64}}=[A-Za-z0-9._+-]{{1,64}}){{0,4}}"
)

_NAME_FAULTS = {
    "too_long": f"This may have at most {MAX_NAME_BYTES} bytes in UTF-8.",
    "path": "This must be a plain file name, not a path.",
    "control_character": "Control characters and changes of writing direction are not allowed.",
}


def _file_name(value: str) -> str:
    if (fault := fault_of(value)) is not None:
        raise invalid(fault, _NAME_FAULTS[fault])
    return value


def _media_type(value: str) -> str:
    if not _MEDIA_TYPE.fullmatch(value):
        raise invalid("media_type", "This must be a media type such as image/jpeg.")
    return value.lower()


FileName = Annotated[
    str, Field(min_length=1, max_length=MAX_NAME_BYTES), FILE_NAME_LINE, AfterValidator(_file_name)
]
MediaType = Annotated[
    str,
    Field(max_length=200, json_schema_extra={"pattern": f"^{_MEDIA_TYPE.pattern}$"}, examples=["image/jpeg"]),
    AfterValidator(_media_type),
]


NAME_RULES = (
    "A plain file name, at most 255 bytes in UTF-8: no path, no control characters, nothing that changes the "
    "direction of writing."
)


class FileCreate(ApiModel):
    """A file to be uploaded."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "holiday.jpg", "contentType": "image/jpeg", "size": 524288}]}
    )

    name: FileName = Field(description=NAME_RULES)
    content_type: MediaType = Field(
        description="Its media type (RFC 6838); the upload must declare the same."
    )
    size: WholeNumber = Field(
        ge=0,
        le=MAX_SIZE,
        description="Its size in bytes; the upload may be smaller, not larger.",
    )


class FileOut(BaseModel):
    """A file. `size` is what was announced until its upload has arrived."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        from_attributes=True,
        json_schema_extra={"examples": [FILE]},
    )

    id: Uuid
    name: str
    content_type: str
    size: int
    status: FileStatus = Field(
        description="`pending` until the upload has arrived, `rejected` when it was not what had been announced."
    )
    created_at: DateTime

    @classmethod
    def of(cls, file: File) -> Self:
        return cls.model_validate(file)


class _UploadModel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True, **ANSWER)


class UploadForm(_UploadModel):
    """Post `multipart/form-data` to `url`: all `fields` as they are, then the file as `file`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "form",
                    "url": "https://bucket.s3.us-east-1.amazonaws.com/",
                    "fields": {"key": f"users/5f0c2f6e/{_ID}"},
                    "expiresAt": _EXPIRY,
                }
            ]
        }
    )

    kind: Literal["form"] = "form"
    url: str
    fields: dict[str, str]
    expires_at: DateTime


class UploadPart(_UploadModel):
    """`PUT` exactly `size` bytes to `url`, and keep the `ETag` of the answer."""

    model_config = example(number=1, size=16_777_216, url="https://bucket.s3.us-east-1.amazonaws.com/...")

    number: int
    size: int
    url: str


class UploadParts(_UploadModel):
    """Put each part to its URL, in any order, then complete the file with their ETags."""

    kind: Literal["parts"] = "parts"
    upload_id: str = Field(examples=["VXBsb2FkIElE"])
    part_size: int
    parts: list[UploadPart]
    expires_at: DateTime


Upload = TypeAliasType(
    "Upload",
    Annotated[
        UploadForm | UploadParts,
        Field(discriminator="kind", description="How to upload a file; `kind` says which of the two."),
    ],
)


class FileCreated(AnswerModel):
    """A new file, and how to upload it."""

    file: FileOut
    upload: Upload | None = Field(
        description=f"A form up to {SINGLE_UPLOAD // MIB} MiB, parts above; `null` when it is not awaited any more."
    )

    @classmethod
    def of(cls, file: File, upload: FormUpload | PartsUpload | None) -> Self:
        return cls(file=FileOut.of(file), upload=_upload(upload))


def _upload(upload: FormUpload | PartsUpload | None) -> UploadForm | UploadParts | None:
    if isinstance(upload, FormUpload):
        return UploadForm.model_validate(upload)
    return None if upload is None else UploadParts.model_validate(upload)


class FileUsage(BaseModel):
    """The usage of the caller's files, awaited ones included, and the limits."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    bytes: int = Field(description="Of all files together.")
    files: int
    max_bytes: int
    max_files: int

    @classmethod
    def of(cls, used: Quota, most: Quota) -> Self:
        return cls(bytes=used.size, files=used.files, max_bytes=most.size, max_files=most.files)


class FileList(BaseModel):
    """One page of files, the newest first. It may hold fewer than `limit` while `nextCursor` leads on."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    items: list[FileOut]
    next_cursor: NextCursor
    usage: FileUsage


class FileListParams(ApiModel):
    limit: Limit = 50
    cursor: Cursor | None = Field(None, max_length=1024, description="`nextCursor` of the page before.")


class FinishedPart(ApiModel):
    """A part that has been put to its URL."""

    number: WholeNumber = Field(ge=1, le=10_000)
    etag: str = Field(
        pattern=r'^"?[0-9A-Za-z-]{1,64}"?$',
        examples=['"5d41402abc4b2a76b9719d911017c592"'],
        description="The `ETag` header of the answer to the part's PUT.",
    )


class FileComplete(ApiModel):
    """All parts of a file that was uploaded in parts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"parts": [{"number": 1, "etag": '"5d41402abc4b2a76b9719d911017c592"'}]}]
        }
    )

    parts: tuple[FinishedPart, ...] = Field(min_length=1, max_length=1000)

    def etags(self) -> list[tuple[int, str]]:
        return [(part.number, part.etag) for part in self.parts]


class DownloadLink(_UploadModel):
    """A URL that downloads the file without a token. Do not store it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"url": "https://bucket.s3.us-east-1.amazonaws.com/users/5f0c2f6e/...", "expiresAt": _EXPIRY}
            ]
        }
    )

    url: str
    expires_at: DateTime

    @classmethod
    def of(cls, download: Download) -> Self:
        return cls.model_validate(download)
