"""The application in this process, over the deployed local stack: real tokens, real tables, real cache."""

from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.auth import fetch
from app.cache import connection
from support.people import Person, sign_up


@dataclass
class Pair:
    """Two users who must never see each other's things."""

    mine: Person
    theirs: Person


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may answer later than production waits; or there is no cache to look through for minutes."""
    for module, name in (
        (connection, "CONNECT_TIMEOUT"),
        (connection, "COMMAND_TIMEOUT"),
        (fetch, "TIMEOUT"),
    ):
        monkeypatch.setattr(module, name, 20)


@pytest.fixture(scope="session")
def app(stack) -> FastAPI:
    return stack.app()


@pytest.fixture
def anonymous(app) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def pair(anonymous) -> Pair:
    return Pair(sign_up(anonymous), sign_up(anonymous))


@pytest.fixture(scope="module")
def strangers(app) -> Pair:
    """A pair for what changes neither of them."""
    api = TestClient(app, raise_server_exceptions=False)
    return Pair(sign_up(api), sign_up(api))
