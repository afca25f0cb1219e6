"""The private parts of Starlette that `app.routing` uses: a new version that changes them fails here."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router

from app.routing import allowed, methods_of_plain, route_path

CASES = [
    ("", "/v1/todos", "/v1/todos"),
    ("/dev", "/dev/v1/todos", "/v1/todos"),
    ("/dev", "/v1/todos", "/v1/todos"),
    ("/dev", "/development/v1", "/development/v1"),
    ("/dev", "/dev", ""),
    ("/dev", "/dev/dev/v1", "/dev/v1"),
]


def scope(root_path: str, path: str) -> dict[str, Any]:
    return {"type": "http", "method": "GET", "path": path, "root_path": root_path, "headers": []}


@pytest.mark.parametrize(("root_path", "path", "expected"), CASES)
def test_the_path_is_without_the_root_path(root_path: str, path: str, expected: str) -> None:
    assert route_path(scope(root_path, path)) == expected


@pytest.mark.parametrize(("root_path", "path", "expected"), [case for case in CASES if case[2]])
def test_the_router_compares_the_same_path(root_path: str, path: str, expected: str) -> None:
    """Else a request could pass the middleware as one path, and reach the route of another."""
    served: list[str] = []

    async def serve(_request: Request) -> PlainTextResponse:
        served.append(expected)
        return PlainTextResponse("")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(_message: Any) -> None: ...

    asyncio.run(Router([Route(expected, serve)])(scope(root_path, path), receive, send))  # type: ignore[arg-type]

    assert served == [expected]


def test_every_documented_path_is_found_with_its_methods(app: FastAPI) -> None:
    """Also those of routers that are imported late."""
    paths = app.openapi()["paths"]

    for path, operations in paths.items():
        methods = {method.upper() for method in operations}
        if "{" not in path:
            assert methods_of_plain(app, path) >= methods
        filled = path.replace("{id}", "3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a")
        assert methods <= set(allowed(app, filled).split(", "))
