"""To-dos on the wire."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails
from typing_extensions import TypeAliasType

from app.models import todos as stored
from app.models.todos import Todo, TodoContent, TodoQuery, content_of
from app.schemas.common import (
    MANY_LINES,
    ONE_LINE,
    ApiModel,
    Date,
    DateTime,
    Instant,
    Limit,
    NextCursor,
    PlausibleDate,
    PlausibleTime,
    Uuid,
    invalid,
)
from app.services.cursors import Cursor
from app.services.todos import TodoPage

Priority = TypeAliasType("Priority", stored.Priority)
Sort = TypeAliasType("Sort", Literal["created", "due"])

Title = Annotated[str, Field(min_length=1, max_length=500, examples=["Buy oat milk"]), ONE_LINE]
Notes = Annotated[str, Field(max_length=10_000, examples=["The barista one"]), MANY_LINES]
Tag = Annotated[str, Field(min_length=1, max_length=50, examples=["shopping"]), ONE_LINE]
Tags = Annotated[
    tuple[Tag, ...], Field(max_length=20), AfterValidator(lambda tags: tuple(dict.fromkeys(tags)))
]
ListName = Annotated[str, Field(min_length=1, max_length=100, examples=["inbox"]), ONE_LINE]
SearchText = Annotated[str, Field(min_length=1, max_length=200, examples=["milk"]), ONE_LINE]

_EXAMPLE: dict[str, JsonValue] = {
    "title": "Buy oat milk",
    "notes": "The barista one",
    "dueOn": "2026-12-01",
    "priority": "medium",
    "tags": ["shopping"],
}
_STORED: dict[str, JsonValue] = {
    **_EXAMPLE,
    "id": "3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a",
    "completed": False,
    "list": "inbox",
    "createdAt": "2026-11-20T09:30:00.000Z",
    "updatedAt": "2026-11-21T17:00:00.000Z",
    "version": 3,
    "revision": 42,
}


class _Due(ApiModel):
    due_on: PlausibleDate | None = Field(
        None, description="Due on this day, wherever the user is, from 1900 on. Not with `dueAt`."
    )
    due_at: PlausibleTime | None = Field(
        None, description="Due at this moment, from 1900 on. Not with `dueOn`."
    )

    @model_validator(mode="after")
    def _one_due(self) -> Self:
        if self.due_on is None or self.due_at is None:
            return self
        error = invalid("due_ambiguous", "Give dueOn or dueAt, not both.")
        details = [
            InitErrorDetails(type=error, loc=(name,), input=None, ctx={}) for name in ("dueOn", "dueAt")
        ]
        raise ValidationError.from_exception_data("due", details)


class TodoReplace(_Due):
    """A whole to-do, as PUT takes it: what is left out gets its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    title: Title
    notes: Notes = ""
    completed: StrictBool = False
    priority: Priority = "none"
    tags: Tags = ()
    list: ListName = "inbox"

    def content(self) -> TodoContent:
        return TodoContent(**content_of(self))


class TodoCreate(TodoReplace):
    """A new to-do. Only `title` is required."""

    id: UUID | None = Field(
        None, description="A UUID of the client's own making; left out, the server makes one."
    )


class TodoPatch(_Due):
    """JSON merge patch (RFC 7396): an absent field is untouched, `null` clears it to its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"completed": True}]})

    title: Title = Field(None, description="Left out, it stays; it cannot be cleared.")  # type: ignore[assignment]
    notes: Notes | None = None
    completed: StrictBool | None = None
    priority: Priority | None = None
    tags: Tags | None = None
    list: ListName | None = None

    @field_validator("title", mode="before")
    @classmethod
    def _title_stays(cls, title: Any) -> Any:
        if title is None:
            raise invalid("title_required", "A to-do needs a title: it cannot be cleared.")
        return title

    def changes(self) -> dict[str, Any]:
        """The fields of `TodoContent` to set. A new due date takes the place of the other kind."""
        changes = {
            name: _DEFAULTS.get(name) if value is None else value
            for name in self.model_fields_set
            for value in (getattr(self, name),)
        }
        if changes.get("due_on") is not None:
            changes["due_at"] = None
        elif changes.get("due_at") is not None:
            changes["due_on"] = None
        return changes


_DEFAULTS: dict[str, Any] = {
    name: field.default for name, field in TodoReplace.model_fields.items() if not field.is_required()
}


class TodoOut(BaseModel):
    """A to-do."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        from_attributes=True,
        json_schema_extra={"examples": [_STORED]},
    )

    id: Uuid
    title: str
    notes: str
    completed: bool
    completed_at: DateTime | None
    due_on: Date | None
    due_at: DateTime | None
    priority: Priority
    tags: tuple[str, ...]
    list: str
    created_at: DateTime
    updated_at: DateTime
    version: int = Field(description="Raised by each change of this to-do; its ETag.")
    revision: int = Field(description="The user's counter when this to-do last changed.")

    @classmethod
    def of(cls, todo: Todo) -> Self:
        return cls.model_validate(todo, by_alias=False, by_name=True)


class TodoList(BaseModel):
    """One page of to-dos. It may hold fewer than `limit`, even none, while `nextCursor` leads on."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    items: list[TodoOut]
    next_cursor: NextCursor


_ARRAY = TypeAdapter(tuple[TodoOut, ...])


def todos_json(todos: Sequence[Todo]) -> bytes:
    """To-dos as a JSON array. Looking for attributes by the names of the wire first would take a third longer."""
    return _ARRAY.dump_json(_ARRAY.validate_python(todos, by_alias=False, by_name=True), by_alias=True)


class TodoListParams(ApiModel):
    """How to narrow and sort the list."""

    completed: bool | None = Field(None, description="Only those completed, or only those open.")
    list: ListName | None = Field(None, description="Only those of this list.")
    tag: Tag | None = Field(None, description="Only those with this tag.")
    priority: Priority | None = Field(None, description="Only those of this priority.")
    due_before: Instant | None = Field(
        None,
        description="Due before this time (RFC 3339 with an offset) or date, which stands for its start in UTC.",
    )
    due_after: Instant | None = Field(
        None,
        description="Due after this time (RFC 3339 with an offset) or date, which stands for its start in UTC.",
    )
    q: SearchText | None = Field(None, description="Text in the title, the notes or a tag, in any case.")
    sort: Sort | None = Field(
        None,
        description="Oldest first, or soonest due first. Left out, it is `due` with a due bound, else `created`.",
    )
    limit: Limit = 50
    cursor: Cursor | None = Field(
        None, max_length=1024, description="`nextCursor` of the page before, same filters."
    )

    def page(self) -> TodoPage:
        query = TodoQuery(
            completed=self.completed,
            list=self.list,
            tag=self.tag,
            priority=self.priority,
            due_before=self.due_before,
            due_after=self.due_after,
            q=self.q,
            sort=self.sort or self._default_sort(),
        )
        return TodoPage(query, self.limit, self.cursor)

    def _default_sort(self) -> Literal["created", "due"]:
        """The order whose index holds the due bounds in its key: a query then reads what it returns, no more."""
        return "created" if self.due_before is None and self.due_after is None else "due"
