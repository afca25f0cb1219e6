"""The application over in-memory repositories: what HTTP adds is tested here, storage is not."""

import logging
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.logs import JsonFormatter
from app.models.users import User
from support.clock import Clock
from support.memory import MemoryStorage
from support.memory_app import app_over


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def storage(clock: Clock) -> MemoryStorage:
    storage = MemoryStorage(clock)
    for name in ("user-a", "user-b", "admin"):
        storage.users.create(User(id=name, email=f"{name}@example.com", name=name))
    return storage


@pytest.fixture
def app(storage: MemoryStorage) -> FastAPI:
    return app_over(storage)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    """Signed in as `user-a`."""
    return TestClient(app, headers={"Authorization": "Bearer user-a"}, raise_server_exceptions=False)


@pytest.fixture
def other(app: FastAPI) -> TestClient:
    """Signed in as `user-b`."""
    return TestClient(app, headers={"Authorization": "Bearer user-b"}, raise_server_exceptions=False)


@pytest.fixture
def anonymous(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def lines(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], list[str]]]:
    """The log as it is written: one JSON object per record."""
    logger = logging.getLogger("app")
    monkeypatch.setattr(logger, "propagate", False)  # as an application leaves it; or each record comes twice
    logger.addHandler(caplog.handler)
    caplog.set_level(logging.INFO, logger="app")
    caplog.handler.setFormatter(JsonFormatter())
    yield lambda: caplog.text.splitlines()
    logger.removeHandler(caplog.handler)
