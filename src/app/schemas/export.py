"""Export and import on the wire."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails

from app.models.moments import now
from app.models.todos import Todo, content_of
from app.models.user_data import UserData
from app.ports.address_changes import FormerAddress, PendingChange
from app.schemas.activity import ActivityOut
from app.schemas.common import DateTime, NextCursor, PlausibleTime, ShownEmail, example
from app.schemas.files import FILE, DownloadLink, FileOut
from app.schemas.todos import TodoOut, TodoReplace
from app.schemas.users import Me
from app.services.activity import Shown
from app.services.export import MAX_THINGS, Exported, ExportedFile, ExportPart

_TODO: dict[str, JsonValue] = {
    "id": "3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a",
    "title": "Buy oat milk",
    "completed": True,
    "completedAt": "2026-11-21T17:00:00.000Z",
    "createdAt": "2026-11-20T09:30:00.000Z",
    "updatedAt": "2026-11-21T17:00:00.000Z",
}
_USER_DATA: dict[str, JsonValue] = {
    "name": "Ada Lovelace",
    "phone": "+442079460000",
    "birthDate": "1815-12-10",
    "country": "GB",
    "locale": "en-GB",
    "attributes": {"newsletter": "weekly"},
}


_ADDRESSES: tuple[type[PendingChange | FormerAddress], ...] = (PendingChange, FormerAddress)


class FileExport(FileOut):
    """A file, and where to save it from while the link lasts."""

    model_config = example(
        **FILE,
        download={
            "url": "https://bucket.s3.us-east-1.amazonaws.com/...",
            "expiresAt": "2026-11-21T09:35:00.000Z",
        },
    )

    download: DownloadLink | None

    @classmethod
    def from_exported(cls, exported: ExportedFile) -> Self:
        download = exported.download and DownloadLink.of(exported.download)
        return cls(**FileOut.of(exported.file).model_dump(), download=download)


class UserDataOut(BaseModel):
    """Raw data about the caller's e-mail address; `attributes` holds values without a field of their own."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, json_schema_extra={"examples": [_USER_DATA]}
    )

    name: str | None
    phone: str | None
    birth_date: str | None
    country: str | None
    locale: str | None
    attributes: dict[str, Any]

    @classmethod
    def of(cls, data: UserData) -> Self:
        fields = {name: getattr(data, name) for name in cls.model_fields}
        return cls(**{**fields, "attributes": with_plain_numbers(data.attributes)})


def with_plain_numbers(value: Any) -> Any:
    """pydantic would write a `Decimal` as a string."""
    if isinstance(value, dict):
        return {name: with_plain_numbers(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_plain_numbers(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value


class AddressOut(BaseModel):
    """Another address of the account: a former one that is kept for it, or one that waits for its code."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {"email": "ada@example.net", "pending": False, "keptUntil": "2026-11-28T09:30:00.000Z"}
            ]
        },
    )

    email: ShownEmail
    pending: bool = Field(description="Whether it waits for its code.")
    kept_until: DateTime

    @classmethod
    def of(cls, address: PendingChange | FormerAddress) -> Self:
        return cls(
            email=address.email,
            pending=isinstance(address, PendingChange),
            kept_until=datetime.fromtimestamp(address.until, UTC),
        )


class ExportOut(BaseModel):
    """Everything held on the caller, or one part of it."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    exported_at: DateTime
    profile: Me
    user_data: UserDataOut | None = Field(
        description="What was taken in about this e-mail address. In the first part only, like `files`."
    )
    addresses: list[AddressOut] = Field(description="In the first part only.")
    files: list[FileExport]
    activity: list[ActivityOut] = Field(description="After the to-dos, in the last parts.")
    todos: list[TodoOut]
    next_cursor: NextCursor

    @classmethod
    def of(cls, part: ExportPart, profile: Me) -> Self:
        return cls(
            exported_at=now(),
            profile=profile,
            user_data=next(map(UserDataOut.of, part.of(UserData)), None),
            addresses=[AddressOut.of(address) for kind in _ADDRESSES for address in part.of(kind)],
            files=list(map(FileExport.from_exported, part.of(ExportedFile))),
            activity=list(map(ActivityOut.of, part.of(Shown))),
            todos=list(map(TodoOut.of, part.of(Todo))),
            next_cursor=part.cursor,
        )


def weigh(thing: Exported) -> int:
    """Bytes in the answer as Lambda carries it: JSON inside of a JSON string, in ASCII at worst."""
    shown = _SHOWN[type(thing)](thing)
    return len(json.dumps(shown.model_dump_json(by_alias=True)))


_SHOWN: dict[type, Callable[[Any], BaseModel]] = {
    Todo: TodoOut.of,
    ExportedFile: FileExport.from_exported,
    UserData: UserDataOut.of,
    Shown: ActivityOut.of,
    PendingChange: AddressOut.of,
    FormerAddress: AddressOut.of,
}
"""By the kind of what a store exports."""


class TodoImport(TodoReplace):
    """A to-do with its id and times. What only the server can say (`version`, `revision`) is passed over."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [_TODO]})

    id: UUID

    @model_validator(mode="before")
    @classmethod
    def _documented_names(cls, data: Any) -> Any:
        """Other fields are passed over, but not one that is ours by another name: its value would be lost unnoticed.

        Raises:
            ValidationError
        """
        others = {name for name, field in cls.model_fields.items() if field.alias != name}
        found = sorted(others & data.keys()) if isinstance(data, dict) else []
        if not found:
            return data
        raise ValidationError.from_exception_data(
            cls.__name__,
            [InitErrorDetails(type="extra_forbidden", loc=(name,), input=None) for name in found],
        )

    completed_at: PlausibleTime | None = None
    created_at: PlausibleTime
    updated_at: PlausibleTime | None = None

    def todo(self) -> Todo:
        updated_at = self.updated_at or self.created_at
        return Todo(
            id=str(self.id),
            **content_of(self),
            completed_at=(self.completed_at or updated_at) if self.completed else None,
            created_at=self.created_at,
            updated_at=updated_at,
        )


class TodosImport(BaseModel):
    """A part of an export as it is, or just its to-dos: everything else in it is passed over."""

    model_config = ConfigDict(
        extra="ignore", hide_input_in_errors=True, json_schema_extra={"examples": [{"todos": [_TODO]}]}
    )

    todos: list[TodoImport] = Field(max_length=MAX_THINGS)


class Imported(BaseModel):
    """The result of an import of to-dos."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        json_schema_extra={"examples": [{"imported": 41, "skipped": 1, "deleted": 0, "overQuota": 0}]},
    )

    imported: int
    skipped: int = Field(description="There is a to-do with the same id already; it stays as it is.")
    deleted: int = Field(description="A to-do with the same id was deleted; it stays deleted.")
    over_quota: int = Field(
        description="New ones that did not fit, and those after them: the account holds as many as it may."
    )
