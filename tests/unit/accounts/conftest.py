"""Accounts over users in memory and a scripted Cognito."""

import logging
from collections.abc import Callable, Iterator

import pytest
from botocore.stub import Stubber
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.aws.clients import Clients
from app.aws.cognito import Cognito
from app.main import create_app
from app.models.users import User
from app.services.accounts import Accounts
from app.services.admin.audit import Audit
from app.services.cursors import CursorSigner
from support.clients import clients_for, cognito_for
from support.mail import Outbox
from support.memory import MemoryAudit, MemoryUsers
from unit.accounts.doubles import EMAIL, SETTINGS, USER_ID, Clock, KnownTokens, ScriptedCognito


@pytest.fixture(scope="session")
def clients() -> Iterator[Clients]:
    clients = clients_for(SETTINGS)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        cognito = clients.cognito
    yield clients
    cognito.close()


@pytest.fixture
def cognito(clients: Clients) -> Iterator[ScriptedCognito]:
    """Each scripted call must be made, and no other may be."""
    with Stubber(clients.cognito) as stubber:
        yield ScriptedCognito(stubber)
        stubber.assert_no_pending_responses()


@pytest.fixture
def app_log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All that the application logs, at any level. Its logger has handlers of its own and does not propagate."""
    logger = logging.getLogger("app")
    caplog.set_level(logging.DEBUG, "app")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def users() -> MemoryUsers:
    return MemoryUsers()


@pytest.fixture
def ada(users: MemoryUsers) -> User:
    """An account with a record."""
    user = User(id=USER_ID, email=EMAIL, name="Ada")
    users.create(user)
    return user


@pytest.fixture
def identity(clients: Clients, cognito: ScriptedCognito) -> Cognito:
    return cognito_for(clients, SETTINGS)


@pytest.fixture
def mail() -> Outbox:
    return Outbox()


@pytest.fixture
def accounts(users: MemoryUsers, identity: Cognito, mail: Outbox, clock: Clock) -> Accounts:
    return Accounts(users, identity, mail, clock=clock, sleep=clock.sleep)


@pytest.fixture(scope="session")
def application() -> FastAPI:
    application = create_app(SETTINGS)
    application.state.container.verifier = KnownTokens()
    return application


@pytest.fixture
def app(application: FastAPI, accounts: Accounts) -> FastAPI:
    container = application.state.container
    container.accounts = accounts
    container.operator.audit = Audit(MemoryAudit(), CursorSigner(lambda: b"key"))
    vars(container.operator).pop("admin", None)  # made of those before
    return application


@pytest.fixture
def http(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def bearing(app: FastAPI) -> Callable[[str], TestClient]:
    """The API as the bearer of a token sees it."""
    return lambda token: TestClient(
        app, headers={"Authorization": f"Bearer {token}"}, raise_server_exceptions=False
    )
