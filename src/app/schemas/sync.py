"""Delta sync on the wire."""

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from app.schemas.common import AnswerModel, ApiModel, UserId, Uuid
from app.schemas.enums import ChangeOp
from app.schemas.files import FileOut
from app.schemas.todos import TodoOut
from app.schemas.users import Profile
from app.services.sync import MAX_CHANGES, Change, SyncPage
from app.services.sync_tokens import SyncToken


class SyncParams(ApiModel):
    """Where to go on, and how much to take."""

    token: SyncToken | None = Field(
        None,
        min_length=1,
        max_length=512,
        description="`nextToken` of the last answer; left out, everything is sent.",
    )
    limit: int = Field(MAX_CHANGES, ge=1, le=MAX_CHANGES, description="How many changes to send at most.")


class _ChangeModel(AnswerModel):
    op: ChangeOp
    version: int = Field(description="Raised by each change of it.")
    revision: int = Field(description="The user's counter when it last changed.")


class TodoChange(_ChangeModel):
    """A to-do as it is now, or its deletion."""

    type: Literal["todo"] = "todo"
    id: Uuid
    data: TodoOut | None = Field(description="`null` when it was deleted.")


class ProfileChange(_ChangeModel):
    """The caller's profile as it is now. Its `id` is the user's."""

    type: Literal["profile"] = "profile"
    id: UserId
    data: Profile | None


class FileChange(_ChangeModel):
    """A file as it is now, or its deletion."""

    type: Literal["file"] = "file"
    id: Uuid
    data: FileOut | None = Field(description="`null` when it was deleted.")


SyncChange = Annotated[TodoChange | ProfileChange | FileChange, Field(discriminator="type")]


class SyncOut(AnswerModel):
    """What has changed, in the order of revisions. Each thing comes once, as it is now."""

    changes: list[SyncChange]
    has_more: bool = Field(description="Whether to ask again at once, with `nextToken`.")
    next_token: SyncToken = Field(
        description="Keep it, and send it as `token` next time. It is good for 60 days.", examples=["AbC"]
    )


_SHOWN: dict[str, tuple[type[_ChangeModel], Callable[[Any], BaseModel]]] = {
    "todo": (TodoChange, TodoOut.of),
    "profile": (ProfileChange, Profile.of),
    "file": (FileChange, FileOut.of),
}


def change_json(change: Change) -> bytes:
    """A `SyncChange` as JSON."""
    entry = change.entry
    model, shown = _SHOWN[entry.type]
    made = model(
        id=entry.id,
        op="delete" if entry.is_deleted else "upsert",
        version=entry.version,
        revision=entry.revision,
        data=None if change.data is None else shown(change.data),
    )
    return made.model_dump_json(by_alias=True).encode()


def page_json(page: SyncPage) -> bytes:
    """A `SyncOut` of changes that are JSON already."""
    return b'{"changes":[%s],"hasMore":%s,"nextToken":%s}' % (
        b",".join(page.changes),
        b"true" if page.has_more else b"false",
        json.dumps(page.token).encode(),
    )
