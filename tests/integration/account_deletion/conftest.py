"""People who leave: the application in this process, over the deployed local stack."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from support.mail import Mailbox
from support.people import Person, sign_up
from support.user_stores import Traces


@pytest.fixture(scope="session")
def app(stack) -> FastAPI:
    return stack.app()


@pytest.fixture(scope="session")
def http(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def ada(http: TestClient) -> Person:
    return sign_up(http, name="Ada")


@pytest.fixture
def bob(http: TestClient) -> Person:
    return sign_up(http, name="Bob")


@pytest.fixture
def traces(stack, app: FastAPI) -> Traces:
    return Traces(stack, app.state.container)


@pytest.fixture
def mailbox(stack) -> Mailbox:
    return Mailbox(stack.endpoint)
