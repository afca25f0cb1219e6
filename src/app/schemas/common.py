"""Shared parts of the API's models: camelCase on the wire, no unknown fields, no unsafe text."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError

from app import addresses
from app.errors import OWN_ERROR
from app.models.moments import timestamp
from app.services.cursors import Cursor
from app.text import is_blank, nfc

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONTROL_OR_BREAK = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
_YEAR = r"\d{4}"
_YEARS = r"^(19|[2-9]\d)\d{2}"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FRACTION_AND_OFFSET = r"(\.\d{1,9})?([Zz]|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)"
_DATE_TIME = re.compile(
    rf"\d{{4}}-\d{{2}}-\d{{2}}[Tt]\d{{2}}:\d{{2}}:\d{{2}}{_FRACTION_AND_OFFSET}", re.ASCII
)
_DAY = r"((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))"
_LEAP_YEAR = r"((19|[2-9]\d)(0[48]|[2468][048]|[13579][26])|([2468][048]|[3579][26])00)"
_DAYS = rf"^((19|[2-9]\d)\d{{2}}-{_DAY}|{_LEAP_YEAR}-02-29)"
"""Every day of the calendar from 1900 to 9999."""
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d"
_MANY_LINES_PATTERN = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"
_NO_BREAK = r"\u0000-\u001f\u007f\u0085\u2028\u2029"
_UNSEEN = (
    r"\s\u0080-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
_ONE_LINE_PATTERN = rf"^[^{_NO_BREAK}]*[^{_NO_BREAK}{_UNSEEN}][^{_NO_BREAK}]*$"
_NO_FILE_NAME = _NO_BREAK + r"/\\\u0080-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_FILE_NAME_PATTERN = rf"^[^{_NO_FILE_NAME}]*[^{_NO_FILE_NAME}{_UNSEEN}][^{_NO_FILE_NAME}]*$"
_DOCUMENTED_TIME = {"type": "string", "format": "date-time", "examples": ["2026-11-21T09:30:00.000Z"]}
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


class ApiModel(BaseModel):
    """The base of request bodies. Unknown fields are refused, so that a typing error is not lost silently; a field
    has one name, the documented one."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )


ANSWER = ConfigDict(json_schema_serialization_defaults_required=True)
"""A field that has a default is in every answer all the same."""


class AnswerModel(BaseModel):
    """A model of answers, built by the names of its attributes. Clients have to expect further fields."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, **ANSWER)


def invalid(code: str, message: str) -> PydanticCustomError:
    """The error that a validator raises: a stable code, and a message that the client sees."""
    return PydanticCustomError(code, message, {OWN_ERROR: True})


def _composed(value: Any) -> Any:
    """Before its length is looked at: composing text changes it."""
    return nfc(value) if isinstance(value, str) else value


def _many_lines(value: Any, handler: ValidatorFunctionWrapHandler) -> str:
    text: str = handler(_composed(value))
    if _CONTROL.search(text):
        raise invalid("control_character", "Control characters are not allowed.")
    return "" if is_blank(text) else text


def _one_line(value: Any, handler: ValidatorFunctionWrapHandler) -> str:
    text: str = handler(_composed(value))
    if _CONTROL_OR_BREAK.search(text):
        raise invalid("control_character", "Control characters and line breaks are not allowed.")
    if is_blank(text):
        raise invalid("blank", "This must not be blank.")
    return text.strip()


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
        except OverflowError:
            raise _implausible() from None
        except ValueError:
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


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 5.0 is a whole one, and some languages write it so."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _plausible_date(value: date) -> date:
    if value < _EARLIEST.date():
        raise _implausible()
    return value


def _plausible_time(value: datetime) -> datetime:
    if value < _EARLIEST:
        raise _implausible()
    return value


def _implausible() -> PydanticCustomError:
    return invalid("date_range", "This must be from 1900-01-01 to 9999-12-31.")


def example(**members: Any) -> ConfigDict:
    """The `model_config` of a model with this example."""
    return ConfigDict(json_schema_extra={"examples": [members]})


@dataclass(frozen=True, slots=True)
class _Text(WrapValidator):
    """A validator that states its rule in the schema, as ECMA 262 writes it."""

    pattern: str = ""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "pattern": self.pattern}


ONE_LINE = _Text(_one_line, pattern=_ONE_LINE_PATTERN)
"""Text in NFC without line breaks or control characters, not blank, stripped of white space around it."""

FILE_NAME_LINE = _Text(_one_line, pattern=_FILE_NAME_PATTERN)
"""States in addition what a file name must not contain; `app.services.files.names` refuses it."""

MANY_LINES = _Text(_many_lines, pattern=_MANY_LINES_PATTERN)
"""Text in NFC that may have several lines; empty when nothing of it can be seen."""

Date = Annotated[date, BeforeValidator(_parse_date, json_schema_input_type=date)]
DateTime = Annotated[
    datetime,
    BeforeValidator(_parse_date_time, json_schema_input_type=datetime),
    PlainSerializer(timestamp, return_type=str, when_used="json"),
    WithJsonSchema(_DOCUMENTED_TIME),
]
PlausibleDate = Annotated[
    Date,
    AfterValidator(_plausible_date),
    WithJsonSchema({"type": "string", "format": "date", "pattern": _YEARS}),
]
PlausibleTime = Annotated[
    DateTime,
    AfterValidator(_plausible_time),
    WithJsonSchema({**_DOCUMENTED_TIME, "pattern": f"{_YEARS}{_DATE_TIME.pattern.removeprefix(_YEAR)}$"}),
]
"""What clients send: from 1900 on, in UTC. Answers may hold older ones, which were stored before this was asked."""

Instant = Annotated[
    datetime,
    BeforeValidator(_parse_instant, json_schema_input_type=str),
    AfterValidator(_plausible_time),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"{_DAYS}([Tt]{_CLOCK}{_FRACTION_AND_OFFSET})?$",
            "examples": ["2026-12-01", "2026-12-01T09:30:00Z"],
        }
    ),
]
"""A time (RFC 3339 with an offset) or a date: one string, because generators make no sense of a choice of formats."""

WholeNumber = Annotated[int, Field(strict=True), BeforeValidator(_whole)]
"""Of a body: a number, and no string that reads like one."""

Version = Annotated[int, Field(strict=True, ge=0, le=2**53), BeforeValidator(_whole)]
"""Of a to-do, in a body. Above 2^53 not every program can tell two numbers apart (RFC 8259, 6)."""

ShownEmail = Annotated[str, AfterValidator(addresses.shown)]
"""A stored address, in an answer: its domain in its own script."""
Uuid = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
UserId = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]{1,64}$",
            "examples": ["5f0c2f6e-8a3b-4f5e-9a51-0d6f2b1c7e55"],
        }
    ),
]
"""Cognito's `sub`; taken as it is."""


class Health(BaseModel):
    """The service runs."""

    model_config = ANSWER

    status: Literal["ok"] = "ok"


NextCursor = Annotated[
    Cursor | None,
    Field(description="Pass it as `cursor` for the next page; `null` at the end.", examples=["AbC"]),
]
Limit = Annotated[int, Field(ge=1, le=100, description="How many a page holds at most.")]
