"""The application over the embedded Cognito, DynamoDB and Valkey."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from app.aws.clients import Clients
from app.config.api import Settings
from app.main import create_app
from app.models.users import User
from devstack.seed import ADMIN
from support.mail import Mailbox
from support.stack import RunningStack

PASSWORD = "Correct-Horse-7"


@dataclass
class Person:
    """Someone with a device: what they know, and the tokens they hold."""

    http: TestClient
    email: str = field(default_factory=lambda: f"{uuid4()}@example.com")
    password: str = PASSWORD
    tokens: dict[str, Any] = field(default_factory=dict)

    def post(self, path: str, **body: Any) -> Response:
        return self.http.post(path, json=body, headers=self.authorization)

    def get(self, path: str) -> Response:
        return self.http.get(path, headers=self.authorization)

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"} if self.tokens else {}

    def sign_up(self, name: str = "Ada") -> Response:
        return self.post("/v1/auth/signup", email=self.email, password=self.password, name=name)

    def confirm(self) -> Response:
        return self.post("/v1/auth/confirm", email=self.email, code="123456")

    def log_in(self, client: str = "app") -> Response:
        body = {"email": self.email, "password": self.password, "client": client}
        response = self.http.post("/v1/auth/login", json=body)
        if response.status_code == 200:
            self.tokens = response.json()
        return response

    def refresh(self, client: str) -> Response:
        return self.post("/v1/auth/refresh", refresh_token=self.tokens["refresh_token"], client=client)

    def on_another_device(self) -> "Person":
        other = Person(self.http, self.email, self.password)
        assert other.log_in().status_code == 200
        return other

    @property
    def is_in(self) -> bool:
        """True if the access token is accepted."""
        status = self.get("/v1/users/me").status_code
        assert status in (200, 401)
        return status == 200

    @property
    def can_refresh(self) -> bool:
        status = self.post("/v1/auth/refresh", refresh_token=self.tokens["refresh_token"]).status_code
        assert status in (200, 401)
        return status == 200


@pytest.fixture(scope="session")
def app(stack: RunningStack) -> FastAPI:
    return create_app(Settings.from_env(stack.env))


@pytest.fixture(scope="session")
def http(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture
def clients(app: FastAPI) -> Clients:
    return app.state.container.clients


@pytest.fixture(scope="session")
def mailbox(stack: RunningStack) -> Mailbox:
    return Mailbox(stack.endpoint)


@pytest.fixture
def stranger(http: TestClient) -> Person:
    """An address that the pool does not know."""
    return Person(http)


@pytest.fixture
def newcomer(http: TestClient) -> Person:
    """Signed up, not confirmed."""
    person = Person(http)
    assert person.sign_up().status_code == 201
    return person


@pytest.fixture
def confirmed(newcomer: Person) -> Person:
    assert newcomer.confirm().status_code == 204
    return newcomer


@pytest.fixture
def member(confirmed: Person) -> Person:
    """Logged in."""
    assert confirmed.log_in().status_code == 200
    return confirmed


@pytest.fixture
def admin(http: TestClient) -> Person:
    person = Person(http, ADMIN.email, ADMIN.password)
    assert person.log_in().status_code == 200
    return person


@pytest.fixture
def user_id_of(clients: Clients, app: FastAPI) -> Callable[[Person], str]:
    def find(person: Person) -> str:
        pool = app.state.container.settings.user_pool_id
        return clients.cognito.admin_get_user(UserPoolId=pool, Username=person.email)["Username"]

    return find


@pytest.fixture
def record_of(app: FastAPI, user_id_of: Callable[[Person], str]) -> Callable[[Person], User | None]:
    """The record of a person, past the cache."""
    return lambda person: app.state.container.storage.users.get(user_id_of(person))
