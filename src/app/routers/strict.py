"""Bodies read strictly: bounded, JSON as RFC 8259 means it, and declared as such."""

from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Sequence
from enum import Enum
from inspect import iscoroutinefunction
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.params import Form
from fastapi.routing import APIRoute
from pydantic.alias_generators import to_camel
from pydantic_core import from_json
from starlette.exceptions import HTTPException

from app.routers import lanes
from app.routers.flattening import flattened
from app.routers.lanes import in_lane
from app.threads import in_one_hop

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Headers = Sequence[tuple[bytes, bytes]]

_ENTITY_TAGS = (b"if-match", b"if-none-match")


MAX_BODY = 256 * 1024
"""Bytes; the largest to-do, with every character escaped, is about 150 KiB."""

_BOM = b"\xef\xbb\xbf"


class StrictRequest(Request):
    max_body = MAX_BODY

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body as it arrives, cut off at the limit, also where `Content-Length` promises less."""
        size = 0
        async for chunk in super().stream():
            size += len(chunk)
            if size > self.max_body:
                raise HTTPException(413)
            yield chunk

    async def json(self) -> Any:
        """The body, without NaN and Infinity, lone surrogates, nesting beyond 200 levels, or endless numbers. A byte
        order mark is passed over, as RFC 8259, 8.1 permits: some Windows clients write one."""
        try:
            return from_json((await self.body()).removeprefix(_BOM), allow_inf_nan=False)
        except ValueError:
            raise HTTPException(400, "The body is not valid JSON.") from None


class StrictRoute(APIRoute):
    """A route that answers 415 to a body that is not declared as JSON, and 400 to one that is not JSON. An endpoint
    that blocks runs in one thread with the guard of its user, and one that may change something in a lane."""

    request_class = StrictRequest

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        hop = endpoint if iscoroutinefunction(endpoint) else in_one_hop(endpoint)
        served = hop if _only_reads(options.get("methods")) else in_lane(hop)
        super().__init__(path, flattened(served), **options)

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        takes_json = self.body_field is not None and not isinstance(self.body_field.field_info, Form)

        async def read(request: Request) -> Response:
            headers = _with_one_line(request.scope["headers"])
            if headers is not request.scope["headers"]:
                request = Request({**request.scope, "headers": headers}, request.receive)
            return await handle(request)

        async def change(request: Request) -> Response:
            if takes_json and not _declares_json(request.headers.get("content-type", "")):
                raise HTTPException(415, "Send the body as application/json.")
            principal = request.scope.get("state", {}).get("principal")
            if principal is not None:
                lanes.take(principal.user_id)
            scope = {**request.scope, "headers": _with_one_line(request.scope["headers"])}
            return await handle(self.request_class(scope, request.receive))

        return read if _only_reads(self.methods) else change


def new_router(
    *, prefix: str = "", tags: list[str | Enum] | None = None, route_class: type[StrictRoute] = StrictRoute
) -> APIRouter:
    """A router of strict routes. `list_todos` is `listTodos` in a generated client."""
    return APIRouter(
        prefix=prefix,
        tags=tags,
        route_class=route_class,
        generate_unique_id_function=lambda route: to_camel(route.name),
    )


def _only_reads(methods: Collection[str] | None) -> bool:
    return {*(methods or {"GET"})} <= {"GET"}


def _with_one_line(headers: Headers) -> Headers:
    """The headers with the lines of each list of entity tags combined into one, as RFC 9110, 5.3 permits."""
    names = [name for name, _ in headers]
    for name in _ENTITY_TAGS:
        if names.count(name) > 1:
            combined = b", ".join(value for other, value in headers if other == name)
            headers = [(name, combined), *(line for line in headers if line[0] != name)]
    return headers


def _declares_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
