"""The tree of application errors. Each carries its HTTP status and its stable code.

AppError
├── BadRequest 400            malformed_request, ...
│   ├── InvalidCursor 400     made up, changed, or of another list
│   └── InvalidCode 400       a confirmation or reset code is wrong or has expired
├── Unauthenticated 401       unauthenticated, always with `WWW-Authenticate`
│   └── InvalidCredentials 401
├── Forbidden 403
├── NotFound 404
├── MethodNotAllowed 405      with `Allow`
├── Conflict 409
├── Gone 410
├── PreconditionFailed 412    carries the current representation
├── Unprocessable 422
│   └── WrongPassword 422
├── TooManyRequests 429       with `Retry-After`
│   ├── LimitReached 429      `app.services.limits`; with `RateLimit` and `RateLimit-Policy`
│   └── Contention 429        concurrent changes of the same data collided
└── Unavailable 503           a dependency failed; with `Retry-After`
    ├── DeadlineExceeded 503  the time for the request is over
    └── WakingUp 503          the database was paused, and resumes

Errors are raised where they are known and become `application/problem+json` (RFC 9457) in one place:
`app.problems`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, ClassVar

OWN_ERROR = "ownError"
"""Marks, in a validation error's context, a message written here: it quotes no input and may be shown."""

_LONGEST_NAME = 200
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One invalid field: an RFC 6901 pointer into the body (or `?name` of a parameter), a code, a message."""

    pointer: str
    code: str
    message: str


def pointer(*path: str | int) -> str:
    """RFC 6901. It ends before a name that is not one short line of visible text."""
    return "".join(f"/{_escaped(str(part))}" for part in takewhile(_is_showable, path))


def is_plain_name(name: str) -> bool:
    """Return whether the name of an unknown field looks like a field: anything else is not repeated to the caller."""
    return _PLAIN.fullmatch(name) is not None


def _is_showable(part: str | int) -> bool:
    return isinstance(part, int) or (len(part) <= _LONGEST_NAME and part.isprintable())


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


class AppError(Exception):
    """The root. `detail` is written for the caller and never holds their input."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal Server Error"
    default_code: ClassVar[str] = "internal_error"
    default_detail: ClassVar[str] = "Something went wrong on our side."

    def __init__(
        self,
        detail: str | None = None,
        *,
        code: str | None = None,
        errors: tuple[FieldError, ...] = (),
        headers: dict[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        """`members` are further members of the problem document, named as on the wire (RFC 9457, 3.2)."""
        self.detail = detail or self.default_detail
        self.code = code or self.default_code
        self.errors = errors
        self.headers = headers or {}
        self.members = members or {}
        super().__init__(self.detail)


class BadRequest(AppError):
    status = 400
    title = "Bad Request"
    default_code = "malformed_request"
    default_detail = "The request could not be understood."


class InvalidCode(BadRequest):
    default_code = "invalid_code"
    default_detail = "The code is wrong or has expired. Request a new one."


class InvalidCursor(BadRequest):
    default_code = "invalid_cursor"
    default_detail = "The cursor does not belong to this list."


class Unauthenticated(AppError):
    """The same answer for every cause: a reason would help only an attacker (RFC 6750, 3.1)."""

    status = 401
    title = "Unauthorized"
    default_code = "unauthenticated"
    default_detail = "A valid access token is required."

    def __init__(self, detail: str | None = None, **kwargs: Any) -> None:
        kwargs["headers"] = {"WWW-Authenticate": "Bearer", **(kwargs.get("headers") or {})}
        super().__init__(detail, **kwargs)


class InvalidCredentials(Unauthenticated):
    default_code = "invalid_credentials"
    default_detail = "The e-mail address or the password is wrong, or the address is not confirmed yet."


class Forbidden(AppError):
    status = 403
    title = "Forbidden"
    default_code = "forbidden"
    default_detail = "You may not do this."


class NotFound(AppError):
    status = 404
    title = "Not Found"
    default_code = "not_found"
    default_detail = "There is no such resource."


class MethodNotAllowed(AppError):
    status = 405
    title = "Method Not Allowed"
    default_code = "method_not_allowed"
    default_detail = "This resource does not support the method."


class Conflict(AppError):
    status = 409
    title = "Conflict"
    default_code = "conflict"
    default_detail = "The request conflicts with the current state."


class Gone(AppError):
    status = 410
    title = "Gone"
    default_code = "gone"
    default_detail = "The resource was deleted."


class PreconditionFailed(AppError):
    """`current` is the resource as it is now; the answer carries it, with its ETag."""

    status = 412
    title = "Precondition Failed"
    default_code = "precondition_failed"
    default_detail = "The resource has changed since you read it."

    def __init__(self, detail: str | None = None, *, current: Any = None, **kwargs: Any) -> None:
        self.current = current
        super().__init__(detail, **kwargs)


class Unprocessable(AppError):
    status = 422
    title = "Unprocessable Content"
    default_code = "validation_failed"
    default_detail = "Some fields are invalid."


class WrongPassword(Unprocessable):
    """Of someone who is signed in and must prove it again."""

    def __init__(self, pointer: str) -> None:
        message = "This is not the current password."
        super().__init__(errors=(FieldError(pointer, "wrong_password", message),))


class TooManyRequests(AppError):
    status = 429
    title = "Too Many Requests"
    default_code = "too_many_requests"
    default_detail = "Too many attempts. Wait a moment and try again."

    def __init__(self, detail: str | None = None, **kwargs: Any) -> None:
        kwargs["headers"] = {"Retry-After": "60", **(kwargs.get("headers") or {})}
        super().__init__(detail, **kwargs)


class Contention(TooManyRequests):
    """Concurrent changes of the same data collided, and nothing was stored. It is the client's doing: no 5xx."""

    default_code = "contention"
    default_detail = "Too many changes of the same data at once. Try again shortly."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class Unavailable(AppError):
    status = 503
    title = "Service Unavailable"
    default_code = "unavailable"
    default_detail = "A part of the service does not answer. Try again shortly."

    def __init__(self, detail: str | None = None, **kwargs: Any) -> None:
        kwargs["headers"] = {"Retry-After": "2", **(kwargs.get("headers") or {})}
        super().__init__(detail, **kwargs)


class DeadlineExceeded(Unavailable):
    """Raised by a call to AWS that cannot be made, or was not answered, within the deadline."""

    default_code = "timeout"
    default_detail = "The request took too long. Try again shortly."


class WakingUp(Unavailable):
    """Aurora resumes in about 15 seconds, after more than a day's pause in 30.
    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html"""

    default_code = "waking_up"
    default_detail = "The database was idle and is waking up. Try again in some seconds."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "15"})
