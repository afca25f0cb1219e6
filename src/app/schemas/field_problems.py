"""Invalid fields on the wire, of a whole request or of a part of one."""

from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from app.schemas.common import example

Absent = SkipJsonSchema[None]
"""A member that does not concern the answer is left out; it is never `null`."""


class FieldProblem(BaseModel):
    """One invalid field."""

    model_config = example(pointer="/title", code="required", message="This field is required.")

    pointer: str = Field(
        description="JSON pointer (RFC 6901) into the body, `?name` of a query parameter, or the name of a header."
    )
    code: str
    message: str
