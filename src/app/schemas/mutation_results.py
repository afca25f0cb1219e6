"""What became of the mutations of `POST /v1/sync`, on the wire."""

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from typing_extensions import TypeAliasType

from app.models import todos as stored
from app.schemas.common import Uuid
from app.schemas.field_problems import Absent, FieldProblem
from app.schemas.todos import TodoOut
from app.services.push import Result

Verdict = TypeAliasType("Verdict", stored.Verdict)


class MutationResult(BaseModel):
    """What became of one mutation. Members that do not concern it are left out."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "mutationId": "0f8b1a3e-64d1-4c5e-9b7a-2b1f6f0d9c11",
                    "id": "3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a",
                    "result": "applied",
                    "version": 4,
                    "revision": 43,
                }
            ]
        },
    )

    mutation_id: Uuid | None = Field(description="`null` where it could not be read.")
    id: Uuid | None = Field(description="The to-do's; `null` where it could not be read.")
    result: Verdict
    version: int | Absent = Field(
        None,
        description="Of what was accepted, the version that it made; of `gone`, the version of the deletion.",
    )
    revision: int | Absent = Field(None, description="The user's counter when the to-do last changed.")
    current: TodoOut | Absent = Field(
        None,
        description="The to-do as it is now: of `merged` and `conflict`, and of `applied` where it was stored in "
        "other words than it was sent in. What would make the answer too large comes with the changes.",
    )
    code: str | Absent = Field(None, description="Why it was not accepted. Stable and meant for programs.")
    errors: list[FieldProblem] | Absent = Field(
        None, description="Of `invalid`: pointers into the mutation, at most 10."
    )


def result_json(result: Result) -> bytes:
    """A `MutationResult` as JSON."""
    concerns = {
        "version": result.version,
        "revision": result.revision,
        "current": result.current and TodoOut.of(result.current),
        "code": result.code,
        "errors": [
            FieldProblem(pointer=error.pointer, code=error.code, message=error.message)
            for error in result.errors
        ]
        or None,
    }
    made = MutationResult(
        mutation_id=result.mutation_id and str(result.mutation_id),
        id=result.todo_id,
        result=result.verdict,
        **{name: value for name, value in concerns.items() if value is not None},
    )
    return made.model_dump_json(by_alias=True, exclude_unset=True).encode()
