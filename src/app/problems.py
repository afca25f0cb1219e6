"""Errors as `application/problem+json` (RFC 9457): the one place where an error becomes HTTP."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app import context
from app.errors import (
    OWN_ERROR,
    AppError,
    FieldError,
    MethodNotAllowed,
    PreconditionFailed,
    Unprocessable,
    is_plain_name,
    pointer,
)
from app.routing import allowed, route_path

MEDIA_TYPE = "application/problem+json"

_HTTP_ERRORS = {
    400: ("Bad Request", "malformed_request"),
    404: ("Not Found", "not_found"),
    413: ("Content Too Large", "content_too_large"),
    415: ("Unsupported Media Type", "unsupported_media_type"),
}
_HTTP_DETAILS = {
    404: "There is no such resource.",
    413: "The body is too large.",
}

_MESSAGES = {
    "missing": ("required", "This field is required."),
    "extra_forbidden": ("unknown_field", "There is no such field."),
    "string_type": ("type", "This must be a string."),
    "string_too_short": ("too_short", "This needs at least {min_length} character{s}."),
    "string_too_long": ("too_long", "This may have at most {max_length} character{s}."),
    "string_pattern_mismatch": ("format", "This does not have the expected form."),
    "too_long": ("too_many", "There may be at most {max_length} of these."),
    "bool_type": ("type", "This must be true or false."),
    "bool_parsing": ("type", "This must be true or false."),
    "int_type": ("type", "This must be a whole number."),
    "int_parsing": ("type", "This must be a whole number."),
    "int_parsing_size": ("type", "This must be a whole number."),
    "int_from_float": ("type", "This must be a whole number."),
    "greater_than_equal": ("too_small", "This must be at least {ge}."),
    "less_than_equal": ("too_large", "This must be at most {le}."),
    "literal_error": ("not_allowed", "This must be one of {expected}."),
    "tuple_type": ("type", "This must be a list."),
    "list_type": ("type", "This must be a list."),
    "dict_type": ("type", "This must be a JSON object."),
    "model_type": ("type", "This must be a JSON object."),
    "model_attributes_type": ("type", "This must be a JSON object."),
    "uuid_type": ("type", "This must be a UUID."),
    "uuid_parsing": ("format", "This must be a UUID."),
}
_INVALID = ("invalid", "This is not valid.")


def install(app: FastAPI) -> None:
    """Answer every expected error of `app` with a problem."""
    app.add_exception_handler(AppError, _on_app_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_error)


def problem_response(error: AppError, *, instance: str) -> Response:
    """The answer for `error`; `instance` is the path of the request, without its query."""
    members = dict(error.members)
    if error.errors:
        members["errors"] = [
            {"pointer": e.pointer, "code": e.code, "message": e.message} for e in error.errors
        ]
    if isinstance(error, PreconditionFailed):
        members["current"] = error.current
    return _problem(
        error.status,
        error.title,
        error.code,
        error.detail,
        instance=instance,
        headers=error.headers,
        **members,
    )


def _problem(
    status: int,
    title: str,
    code: str,
    detail: str,
    *,
    instance: str,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> Response:
    request = context.current()
    if request is not None:
        request.problem = code
    problem = {
        "type": f"urn:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
        "requestId": request.request_id if request else None,
        **members,
    }
    return Response(
        json.dumps(problem, separators=(",", ":")),
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        MEDIA_TYPE,
    )


async def _on_app_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101 - as registered
    return problem_response(error, instance=request.url.path)


async def _on_http_error(request: Request, error: Exception) -> Response:
    """Errors that Starlette and FastAPI raise. Their details may quote the request; ours never do."""
    assert isinstance(error, HTTPException)  # noqa: S101 - as registered
    if error.status_code == 405:
        return _method_not_allowed(request)
    title, code = _HTTP_ERRORS.get(error.status_code, ("Error", "error"))
    detail = _HTTP_DETAILS.get(error.status_code) or error.detail
    return _problem(error.status_code, title, code, detail, instance=request.url.path, headers=error.headers)


def _method_not_allowed(request: Request) -> Response:
    """Starlette names only the methods of the first route that has the form of the path."""
    headers = {"Allow": allowed(request.app, route_path(request.scope))}
    return problem_response(MethodNotAllowed(headers=headers), instance=request.url.path)


async def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as registered
    errors = tuple(field_error(e) for e in error.errors()[:50])
    return problem_response(Unprocessable(errors=errors), instance=request.url.path)


def field_error(error: Mapping[str, Any]) -> FieldError:
    """pydantic's error in our words: its own messages may quote the input. Its `loc` begins with the source."""
    kind, location, values = error["type"], error["loc"], error.get("ctx", {})
    if kind == "extra_forbidden" and not is_plain_name(str(location[-1])):
        location = location[:-1]
    if values.get(OWN_ERROR):
        return FieldError(_pointer(location), kind, error["msg"])
    if kind in _MESSAGES:
        code, template = _MESSAGES[kind]
        one = 1 in (values.get("min_length"), values.get("max_length"))
        return FieldError(_pointer(location), code, template.format_map({**values, "s": "" if one else "s"}))
    return FieldError(_pointer(location), *_INVALID)


def _pointer(location: Sequence[str | int]) -> str:
    """RFC 6901 for the body, `?name` for a parameter, a header's name."""
    source, *path = location
    if source == "header":
        return str(path[0])  # one of those that the route declares
    known = pointer(*path)
    return known if source == "body" else f"?{known[1:].partition('/')[0]}"
