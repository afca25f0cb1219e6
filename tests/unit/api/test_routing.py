"""The private parts of Starlette and FastAPI that `app.routing` uses: a new version that changes them fails here."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Header, Path, Query
from fastapi.dependencies import utils
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router

from app.routing import allowed, look_at_parameters_once, read_queries_at_once, route_path

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
        filled = path.replace("{id}", "3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a")
        assert methods <= set(allowed(app, filled).split(", "))


class Params(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: int | None = Field(None, alias="howMany", ge=1)
    word: str | None = None
    words: list[str] = []


QUERIES = [
    "",
    "howMany=3&word=a",
    "word=a&word=b",
    "word=",
    "words=a",
    "words=a&words=b&word=c",
    "howMany=0",
    "howMany=x&word=a&other=1&other=2",
    "size=3",
    "word=%F0%9F%98%80&howMany=%31",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_that_is_read_at_once_is_what_fastapi_reads(
    query: str, monkeypatch: pytest.MonkeyPatch, one_by_one: Callable[..., Any]
) -> None:
    app = FastAPI()

    @app.get("/")
    async def read(params: Annotated[Params, Query()]) -> Params:
        return params

    client, at_once = TestClient(app), utils._request_param_model_to_args
    ours = client.get(f"/?{query}")
    monkeypatch.setattr(utils, "_request_param_model_to_args", one_by_one)
    theirs = client.get(f"/?{query}")

    assert (ours.status_code, ours.json()) == (theirs.status_code, theirs.json())
    assert at_once is not one_by_one


@pytest.mark.parametrize(("query", "calls"), [("howMany=3", 0), ("howMany=0", 1)])
def test_fastapi_reads_a_query_only_where_it_is_refused(
    query: str, calls: int, monkeypatch: pytest.MonkeyPatch, one_by_one: Callable[..., Any]
) -> None:
    made: list[str] = []

    def noted(*given: Any, **named: Any) -> Any:
        made.append(query)
        return one_by_one(*given, **named)

    noted.__module__ = utils.__name__
    monkeypatch.setattr(utils, "_request_param_model_to_args", noted)
    read_queries_at_once()
    app = FastAPI()

    @app.get("/")
    async def read(params: Annotated[Params, Query()]) -> Params:
        return params

    TestClient(app).get(f"/?{query}")

    assert len(made) == calls


def test_parameters_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    for name in ("_get_param_model", "_get_param_aliases", "field_annotation_is_sequence"):
        own = getattr(utils, name)
        monkeypatch.setattr(utils, name, lambda *given, own=own, name=name: made.append(name) or own(*given))
    look_at_parameters_once()
    app = FastAPI()

    @app.get("/{id}")
    async def read(
        number: Annotated[int, Path(alias="id")],
        tags: Annotated[list[str], Query(alias="tag")],
        if_match: Annotated[str | None, Header()] = None,
    ) -> list[Any]:
        return [number, tags, if_match]

    client = TestClient(app)
    first = client.get("/1?tag=a&tag=b", headers={"If-Match": "x"})
    looked = len(made)
    second = client.get("/2?tag=c")

    assert first.json() == [1, ["a", "b"], "x"]
    assert second.json() == [2, ["c"], None]
    assert len(made) == looked > 0


def test_no_exception_is_recorded_by_telemetry(app: FastAPI) -> None:
    assert app._telemetry["tracing"] is app._telemetry["metrics"] is app._telemetry["logs"] is False


@pytest.fixture
def one_by_one() -> Callable[..., Any]:
    """FastAPI's own."""
    read_queries_at_once()
    (own,) = (
        cell.cell_contents
        for cell in utils._request_param_model_to_args.__closure__ or ()
        if callable(cell.cell_contents)
    )
    return own
