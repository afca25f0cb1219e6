"""Errors on the wire: ours, and those of API Gateway in front of us."""

from pydantic import BaseModel, Field

from app.schemas.common import DateTime, Uuid, example
from app.schemas.field_problems import Absent, FieldProblem
from app.schemas.mutation_results import MutationResult
from app.schemas.todos import TodoOut
from app.schemas.users import TodoUsage


class Problem(BaseModel):
    """An error as RFC 9457 describes it. The members that come last belong to some errors only."""

    model_config = example(
        type="urn:problem:validation_failed",
        title="Unprocessable Content",
        status=422,
        detail="Some fields are invalid.",
        instance="/v1/todos",
        code="validation_failed",
        requestId="7c5a8f4e-1d0b-4f57-9d53-2f9d2b7f1a3c",
        errors=[{"pointer": "/title", "code": "required", "message": "This field is required."}],
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str = Field(description="Stable and meant for programs; `detail` is meant for people.")
    requestId: str | None = Field(description="Quote it when you ask for help.")  # noqa: N815 - the wire's name
    errors: list[FieldProblem] | Absent = Field(None, description="Of a 422: the invalid fields, at most 50.")
    current: TodoOut | None = Field(
        None, description="Of a 412: the to-do as it is now; `null` when there is none."
    )
    id: Uuid | Absent = Field(None, description="Of `todo_deleted`: the to-do's id.")
    version: int | Absent = Field(
        None, description="Of `todo_deleted`: the version; `If-Match` it to restore."
    )
    deletedAt: DateTime | None = Field(  # noqa: N815 - the wire's name
        None, description="Of `todo_deleted`: when; `null` when that is not known."
    )
    usage: TodoUsage | Absent = Field(
        None, description="Of `quota_exceeded` for to-dos: how many there are, and may be."
    )
    results: list[MutationResult] | Absent = Field(
        None, description="Of `not_applied`: the mutations that cannot be applied."
    )


class GatewayRefusal(BaseModel):
    """The answer of API Gateway when it refuses a request itself: without a `code`."""

    model_config = example(message="Unauthorized")

    message: str
