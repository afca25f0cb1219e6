"""Routers that are imported by the first request below their prefix."""

import sys
from types import SimpleNamespace

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from app.routing import LazyRouter, LazyRoutes, allowed, flat


@pytest.fixture
def pets(monkeypatch: pytest.MonkeyPatch) -> LazyRoutes:
    router = APIRouter(prefix="/pets")
    router.get("/{name}")(lambda name: name)
    router.post("/import")(lambda: "imported")
    router.get("")(lambda: ["Rex"])
    monkeypatch.setitem(sys.modules, "pets", SimpleNamespace(router=router))
    return LazyRoutes("pets", "/pets")


@pytest.fixture
def client(pets: LazyRoutes) -> TestClient:
    app = FastAPI()
    app.router.routes.append(LazyRouter([pets]))
    return TestClient(app)


@pytest.mark.parametrize("path", ["/pets", "/pets/rex", "/pets/rex/toys"])
def test_paths_at_and_below_a_prefix_are_covered(pets: LazyRoutes, path: str) -> None:
    assert pets.covers(path)
    assert flat([LazyRouter([pets])]) == list(pets.routes)


@pytest.mark.parametrize("path", ["/", "/petshop", "/v1/pets", "", "/PETS"])
def test_other_paths_import_nothing(path: str) -> None:
    routes = LazyRoutes("no.such.module", "/pets")

    assert not routes.covers(path)
    assert LazyRouter([routes]).near(path) == []


def test_requests_reach_their_routes(client: TestClient) -> None:
    assert client.get("/pets").json() == ["Rex"]
    assert client.get("/pets/rex").json() == "rex"
    assert client.get("/pets/rex/toys").status_code == 404
    assert client.get("/petshop").status_code == 404


def test_a_full_match_wins_over_an_earlier_partial_one(client: TestClient) -> None:
    assert client.post("/pets/import").json() == "imported"
    assert client.delete("/pets").status_code == 405


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_path_without_parameters_is_served_by_its_own_routes_alone(client: TestClient, method: str) -> None:
    """Also where another one has its form, and the method."""
    assert client.request(method, "/pets/import").status_code == 405
    assert allowed(client.app, "/pets/import") == "POST"
    assert allowed(client.app, "/pets/rex") == "GET, HEAD"


def test_a_route_outside_of_its_prefixes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter()
    router.get("/cats")(list)
    monkeypatch.setitem(sys.modules, "pets", SimpleNamespace(router=router))

    with pytest.raises(ValueError, match="/cats"):
        assert LazyRoutes("pets", "/pets").routes
