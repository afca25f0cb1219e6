"""What every model of the API shares: camelCase on the wire, no unknown fields, no unsafe text."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from app.models import timestamp

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONTROL_OR_BREAK = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


class ApiModel(BaseModel):
    """A body that clients send or get. Unknown fields are refused, so that a typing error is not lost silently."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )


OWN_ERROR = "ownError"
"""Marks, in a validation error's context, a message of ours: it quotes no input and may be shown."""


def invalid(code: str, message: str) -> PydanticCustomError:
    """What a validator raises: a stable code, and a message that the client sees."""
    return PydanticCustomError(code, message, {OWN_ERROR: True})


def _no_control(value: str) -> str:
    if _CONTROL.search(value):
        raise invalid("control_character", "Control characters are not allowed.")
    return value


def _one_line(value: str) -> str:
    if _CONTROL_OR_BREAK.search(value):
        raise invalid("control_character", "Control characters and line breaks are not allowed.")
    if not (stripped := value.strip()):
        raise invalid("blank", "This must not be blank.")
    return stripped


def _parse_date(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # a date that no calendar has is refused below, like any other
    raise invalid("date_format", "A date is written YYYY-MM-DD.")


def _parse_date_time(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if isinstance(value, str) and _DATE_TIME.fullmatch(value):
        try:
            return _to_utc_milliseconds(value)
        except (ValueError, OverflowError):
            pass  # a moment that no calendar has is refused below, like any other
    raise invalid("date_time_format", "A time is RFC 3339 with an offset: 2026-11-21T09:30:00Z.")


def _to_utc_milliseconds(value: str) -> datetime:
    whole, _, rest = value.upper().replace("Z", "+00:00").partition(".")
    if rest:  # `fromisoformat` takes at most six digits; three are kept anyway
        digits, offset = re.split(r"(?=[+-])", rest, maxsplit=1)
        whole = f"{whole}.{digits[:3].ljust(3, '0')}{offset}"
    return datetime.fromisoformat(whole).astimezone(UTC)


def _parse_instant(value: Any) -> datetime:
    """A date stands for its start in UTC."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        day = _parse_date(value)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    return _parse_date_time(value)


ONE_LINE = AfterValidator(_one_line)
"""Text without line breaks or control characters, not blank, stripped of white space around it."""

MANY_LINES = AfterValidator(_no_control)
"""Text that may have several lines."""

Date = Annotated[date, BeforeValidator(_parse_date, json_schema_input_type=date)]
DateTime = Annotated[
    datetime,
    BeforeValidator(_parse_date_time, json_schema_input_type=datetime),
    PlainSerializer(timestamp, return_type=str, when_used="json"),
]
Instant = Annotated[datetime, BeforeValidator(_parse_instant, json_schema_input_type=date | datetime)]


class FieldProblem(BaseModel):
    """One invalid field."""

    pointer: str = Field(
        description="JSON pointer (RFC 6901) into the body, or `?name` of a query parameter."
    )
    code: str
    message: str


class Problem(BaseModel):
    """An error as RFC 9457 describes it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str = Field(description="Stable and meant for programs; `detail` is meant for people.")
    requestId: str | None = Field(description="Quote it when you ask for help.")  # noqa: N815 - the wire's name
    errors: list[FieldProblem] | None = None


class Health(BaseModel):
    status: Literal["ok"] = "ok"
