"""The application over in-memory repositories: what HTTP adds is tested here, storage is not."""

import logging
import time
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.auth.principal import Principal
from app.config import Settings
from app.errors import Unauthenticated
from app.logs import JsonFormatter
from app.main import create_app
from app.models import User
from support.clock import Clock
from support.environment import ENVIRONMENT
from support.memory import MemoryStorage


class KnownTokens:
    """A verifier that knows some tokens by heart: `user-a`, `user-b` and `admin`."""

    issuer = "https://issuer.example"

    def recall(self, token: str) -> Principal | None:
        return None

    def verify(self, token: str) -> Principal:
        if token not in ("user-a", "user-b", "admin"):
            raise Unauthenticated
        groups = frozenset({"admin"} if token == "admin" else ())
        issued = int(time.time())
        return Principal(
            user_id=token,
            username=token,
            groups=groups,
            client_id="client",
            token_id="jti",
            issued_at=issued,
            signed_in_at=issued,
            expires_at=issued + 3600,
            token=token,
        )


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
    app = create_app(Settings.from_env(ENVIRONMENT))
    container = app.state.container
    container.verifier = KnownTokens()
    container.storage = storage
    container.secret = FixedSecret()
    return app


class FixedSecret:
    def value(self, name: str) -> str:
        return f"a secret for {name}"


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
