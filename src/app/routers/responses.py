"""Helpers of the routes to build and document their answers."""

import json
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from app.openapi.headers import reference
from app.problems import MEDIA_TYPE
from app.services.cursors import Cursor

_REASONS = {
    400: "The request is malformed.",
    401: "There is no valid access token.",
    403: "The caller may not do this.",
    404: "There is no such resource.",
    409: "It conflicts with the current state.",
    410: "It was deleted; `id`, `version` and `deletedAt` say which version and when.",
    412: "The resource has changed; `current` shows it as it is now.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Some fields are invalid; `errors` names them.",
    429: "Too many attempts, or changes of the same data at once; wait for `Retry-After` seconds.",
    503: "A dependency does not answer, or (`waking_up`) resumes after a pause; wait for `Retry-After` seconds.",
}

_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_HEADERS = {
    401: ("WWW-Authenticate",),
    412: ("ETag",),
    429: ("Retry-After", "RateLimit", "RateLimit-Policy"),
    503: ("Retry-After",),
}

Responses = dict[int | str, dict[str, Any]]


def answer(status: int, *headers: str, **more: Any) -> Responses:
    """The `responses=` of a route that answers so, with these header fields of `app.openapi.headers`."""
    return {status: {"headers": reference(*headers), **more}}


NOT_MODIFIED = answer(304, "ETag", description="What `If-None-Match` names is still current.")


def problems(*statuses: int) -> Responses:
    """The `responses=` of a route that may answer with these problems, and with 429 and 503, which any may."""
    return {
        status: {
            "description": _REASONS[status],
            "headers": reference(*_HEADERS.get(status, ())),
            "content": dict(_PROBLEM),
        }
        for status in sorted({*statuses, 429, 503})
    }


def next_page(request: Request, cursor: Cursor | None) -> dict[str, str]:
    """The `Link` to the next page, if there is one. It is relative to the host (RFC 8288): whatever domain stands in
    front stays."""
    if cursor is None:
        return {}
    params = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return {"Link": f'<{request.url.path}?{urlencode([*params, ("cursor", cursor)])}>; rel="next"'}


def json_response(model: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """The model as JSON, serialised once and by pydantic alone."""
    return Response(model.model_dump_json(by_alias=True), status, headers, "application/json")


def secret_response(model: BaseModel) -> Response:
    """Tokens and credentials: never stored by a cache (RFC 6749, 5.1)."""
    return json_response(model, headers={"Cache-Control": "no-store"})


def page_response(items: bytes, following: Cursor | None, headers: dict[str, str]) -> Response:
    """A page whose `items` are JSON already."""
    body = b'{"items":%s,"nextCursor":%s}' % (items, json.dumps(following).encode())
    return Response(body, headers=headers, media_type="application/json")
