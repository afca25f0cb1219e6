"""The mutations of `POST /v1/sync` on the wire. Each is validated by itself: a malformed one stops no other."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self, cast
from uuid import UUID

from pydantic import (
    BaseModel,
    Field,
    StrictBool,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails

from app.errors import FieldError
from app.problems import field_error
from app.schemas.common import ApiModel, Version, example, invalid
from app.schemas.todos import Tags, TodoPatch, TodoReplace
from app.services.merge import Mutation, Patch
from app.services.push import Malformed
from app.services.sync_tokens import SyncToken

MAX_MUTATIONS = 100
MAX_ATOMIC = 25
_MAX_ERRORS = 10
_DUE = ("due_on", "due_at")
_IDS: dict[str, Any] = {
    "mutationId": "0f8b1a3e-64d1-4c5e-9b7a-2b1f6f0d9c11",
    "type": "todo",
    "id": "3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a",
}


class TagEdit(ApiModel):
    """Tags to add and to remove. A device adds what the version that it has seen lacks, and removes what it has."""

    add: Tags = ()
    remove: Tags = ()


class TodoEdit(TodoPatch):
    """As `PATCH` takes it, but that tags are added and removed, and that `dueOn` and `dueAt` are one field: one that
    is given replaces both."""

    tags: TagEdit = Field(default_factory=TagEdit)  # type: ignore[assignment]

    def patch(self) -> Patch:
        changes = {name: value for name, value in self.changes().items() if name != "tags"}
        if not changes.keys().isdisjoint(_DUE):
            changes |= {name: getattr(self, name) for name in _DUE}
        return Patch(changes, self.tags.add, self.tags.remove)


class _MutationModel(ApiModel):
    mutation_id: UUID = Field(description="A UUID of the device's making: a repetition is recognised by it.")
    type: Literal["todo"]
    id: UUID = Field(description="The to-do's id.")

    sent: ClassVar[str] = ""
    """The field with what the device has written."""

    def made(self, raw: Mapping[str, Any], **of_its_kind: Any) -> Mutation:
        """`raw` is this mutation as it was sent: a repetition is compared with it but for `ifVersion`, which a device
        may raise meanwhile."""
        content = [raw.get(name) for name in ("op", "type", self.sent)]
        return Mutation(
            id=self.mutation_id,
            todo_id=str(self.id),
            content=json.dumps(content, sort_keys=True, separators=(",", ":")).encode(),
            is_rewritten=self._is_rewritten(raw),
            **of_its_kind,
        )

    def _is_rewritten(self, raw: Mapping[str, Any]) -> bool:
        written: BaseModel | None = getattr(self, self.sent, None)
        if written is None:
            return False
        stored = written.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return bool(raw[self.sent] != stored)


class CreateMutation(_MutationModel):
    """A new to-do, under an id of the device's own making."""

    model_config = example(**_IDS, op="create", data={"title": "Buy oat milk"})
    sent = "data"

    op: Literal["create"]
    data: TodoReplace

    def mutation(self, raw: Mapping[str, Any]) -> Mutation:
        return self.made(raw, op=self.op, data=self.data.content())


class PatchMutation(_MutationModel):
    """An edit of some fields."""

    model_config = example(**_IDS, op="patch", ifVersion=3, patch={"completed": True})
    sent = "patch"

    op: Literal["patch"]
    if_version: Version = Field(
        description="The last version that the device has seen; 0 of a to-do of its own that was not answered for.",
    )
    patch: TodoEdit

    def mutation(self, raw: Mapping[str, Any]) -> Mutation:
        return self.made(raw, op=self.op, if_version=self.if_version, patch=self.patch.patch())


class DeleteMutation(_MutationModel):
    """A deletion."""

    model_config = example(**_IDS, op="delete", ifVersion=3)

    op: Literal["delete"]
    if_version: Version = Field(
        description="The last version that the device has seen; 0 of a to-do of its own that was not answered for.",
    )

    def mutation(self, raw: Mapping[str, Any]) -> Mutation:
        return self.made(raw, op=self.op, if_version=self.if_version)


class RestoreMutation(_MutationModel):
    """A deletion taken back: with the whole to-do."""

    model_config = example(**_IDS, op="restore", ifVersion=4, data={"title": "Buy oat milk"})
    sent = "data"

    op: Literal["restore"]
    if_version: Version | None = Field(
        None,
        description="The version of the deletion, to take back exactly this one.",
    )
    data: TodoReplace

    def mutation(self, raw: Mapping[str, Any]) -> Mutation:
        return self.made(raw, op=self.op, if_version=self.if_version, data=self.data.content())


def _by_itself(raw: Any, handler: ValidatorFunctionWrapHandler) -> Mutation | Malformed:
    try:
        model = handler(raw)
    except ValidationError as error:
        errors = tuple(map(_field_error, error.errors()[:_MAX_ERRORS]))
        todo_id = _uuid(raw, "id")
        return Malformed(_uuid(raw, "mutationId"), None if todo_id is None else str(todo_id), errors)
    made: Mutation = model.mutation(raw)
    return made


def _field_error(error: Mapping[str, Any]) -> FieldError:
    """Of the union's own errors, and of those of its members, whose places begin with the member's name."""
    if error["type"] == "union_tag_not_found":
        return FieldError("/op", "required", "This field is required.")
    if error["type"] == "union_tag_invalid":
        return FieldError("/op", "not_allowed", "This must be one of create, patch, delete and restore.")
    return field_error({**error, "loc": ("body", *error["loc"][1:])})


def _uuid(raw: Any, name: str) -> UUID | None:
    try:
        return UUID(raw[name])
    except (TypeError, KeyError, ValueError, AttributeError):
        return None


SyncMutation = Annotated[
    CreateMutation | PatchMutation | DeleteMutation | RestoreMutation,
    Field(discriminator="op"),
    WrapValidator(_by_itself),
]


class SyncPush(ApiModel):
    """What a device has changed, and where it goes on."""

    model_config = example(mutations=[{**_IDS, "op": "delete", "ifVersion": 3}])

    token: SyncToken | None = Field(
        None,
        min_length=1,
        max_length=512,
        description="`nextToken` of the last answer; left out, everything is sent.",
    )
    mutations: list[SyncMutation] = Field(
        max_length=MAX_MUTATIONS, description="In the order in which they were made."
    )
    atomic: StrictBool = Field(False, description="Apply all or none of them; then they are at most 25.")

    def parsed(self) -> Sequence[Mutation | Malformed]:
        """The mutations as their validator leaves them."""
        return cast("Sequence[Mutation | Malformed]", self.mutations)

    @model_validator(mode="after")
    def _few_at_once(self) -> Self:
        if not self.atomic or len(self.mutations) <= MAX_ATOMIC:
            return self
        error = invalid("too_many", f"At most {MAX_ATOMIC} mutations can be atomic.")
        details = InitErrorDetails(type=error, loc=("mutations",), input=None, ctx={})
        raise ValidationError.from_exception_data("push", [details])
