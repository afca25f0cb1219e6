"""Delta sync on the wire."""

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from typing_extensions import TypeAliasType

from app.schemas.common import AnswerModel, ApiModel, UserId, Uuid
from app.schemas.field_problems import Absent
from app.schemas.files import FileOut
from app.schemas.mutation_results import MutationResult
from app.schemas.todos import TodoOut
from app.schemas.users import Profile
from app.services.sync import MAX_CHANGES, Change, SyncPage
from app.services.sync_tokens import SyncToken

ChangeOp = TypeAliasType("ChangeOp", Literal["upsert", "delete"])


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


class SyncPushOut(BaseModel):
    """A result for each mutation, in their order, and what else has changed since `token`: or, where the token cannot
    be used any more, `restart`."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        json_schema_extra={
            "examples": [{"results": [], "changes": [], "hasMore": False, "nextToken": "AbC"}]
        },
    )

    results: list[MutationResult]
    changes: list[SyncChange] | Absent = Field(
        None, description="In the order of revisions, each thing once."
    )
    has_more: bool | Absent = Field(
        None, description="Whether to ask `GET /v1/sync` at once, with `nextToken`."
    )
    next_token: SyncToken | Absent = Field(None, description="Keep it for the next time.", examples=["AbC"])
    restart: bool | Absent = Field(None, description="`true`: start again without a token.")
    code: str | Absent = Field(None, description="Why: `sync_token_expired` or `invalid_sync_token`.")


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
    return b"{%s}" % _page_members(page)


def push_json(results: Sequence[bytes], page: SyncPage) -> bytes:
    """A `SyncPushOut` of results and changes that are JSON already."""
    return b'{"results":[%s],%s}' % (b",".join(results), _page_members(page))


def restart_json(results: Sequence[bytes], code: str) -> bytes:
    """A `SyncPushOut` to a device whose token cannot be used."""
    return b'{"results":[%s],"restart":true,"code":%s}' % (b",".join(results), json.dumps(code).encode())


def _page_members(page: SyncPage) -> bytes:
    return b'"changes":[%s],"hasMore":%s,"nextToken":%s' % (
        b",".join(page.changes),
        b"true" if page.has_more else b"false",
        json.dumps(page.token).encode(),
    )
