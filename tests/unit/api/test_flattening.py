"""Dependencies resolved by one function: what FastAPI's solver would give, and one solve for a request."""

import inspect
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Header, Query, Request
from fastapi.testclient import TestClient

from app.errors import NotFound
from app.routers.flattening import flattened
from app.routers.strict import StrictRoute, new_router
from app.routing import flat

calls: list[str] = []


def path_of(request: Request) -> str:
    calls.append("path")
    return request.url.path


Path = Annotated[str, Depends(path_of)]


def described(path: Path, x_name: Annotated[str, Header()], times: Annotated[int, Query()] = 1) -> str:
    calls.append("described")
    return f"{path} {x_name}" * times


def refused() -> str:
    raise NotFound


async def waits() -> str:
    return "waited"


Described = Annotated[str, Depends(described)]


@pytest.fixture
def small() -> TestClient:
    calls.clear()
    router = new_router()

    @router.get("/shared")
    def shared(path: Path, text: Described, request: Request) -> list[str]:
        return [path, text, request.method]

    @router.get("/refused")
    def refuse(_value: Annotated[str, Depends(refused)], number: int) -> int:
        return number

    @router.get("/waits")
    def wait(value: Annotated[str, Depends(waits)]) -> str:
        return value

    app = FastAPI()
    app.include_router(router)
    return TestClient(app, raise_server_exceptions=False)


def test_a_dependency_is_called_once_and_before_those_that_take_it(small: TestClient) -> None:
    answer = small.get("/shared?times=2", headers={"X-Name": "ada"})

    assert answer.json() == ["/shared", "/shared ada/shared ada", "GET"]
    assert calls == ["path", "described"]


def test_parameters_of_dependencies_are_validated_and_documented(small: TestClient) -> None:
    missing, wrong = small.get("/shared"), small.get("/shared?times=x", headers={"X-Name": "ada"})

    assert [error["loc"] for error in missing.json()["detail"]] == [["header", "x-name"]]
    assert [error["loc"] for error in wrong.json()["detail"]] == [["query", "times"]]
    parameters = small.get("/openapi.json").json()["paths"]["/shared"]["get"]["parameters"]
    assert sorted(parameter["name"] for parameter in parameters) == ["times", "x-name"]


def test_what_a_dependency_raises_ends_the_request(small: TestClient) -> None:
    assert small.get("/refused?number=1").status_code == 500
    assert small.get("/refused").status_code == 422


def test_a_coroutine_is_left_to_fastapi(small: TestClient) -> None:
    assert small.get("/waits").json() == "waited"


def test_two_meanings_of_one_name_are_refused_when_the_route_is_made() -> None:
    def other(path: Annotated[int, Query()]) -> int:
        return path

    async def endpoint(path: Annotated[str, Query()], number: Annotated[int, Depends(other)]) -> None:
        """Not called."""

    with pytest.raises(TypeError, match="two parameters of one name"):
        flattened(endpoint)


def test_the_signature_is_flat_and_keeps_what_is_returned() -> None:
    async def endpoint(text: Described) -> int:
        return len(text)

    signature = inspect.signature(flattened(endpoint))

    assert list(signature.parameters) == ["request", "x_name", "times"]
    assert signature.return_annotation is int


def test_no_route_of_the_application_leaves_a_tree_to_fastapis_solver(app: FastAPI) -> None:
    routes = [route for route in flat(app.routes) if isinstance(route, StrictRoute)]

    assert len(routes) > 40
    assert [route.path for route in routes if route.dependant.dependencies] == []
