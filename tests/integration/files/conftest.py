"""The application over the embedded AWS, and a signed-in user."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from support.files import FileStorage, storage_of
from support.people import Person, sign_up
from support.stack import RunningStack


@pytest.fixture(scope="session")
def storage(stack: RunningStack) -> FileStorage:
    return storage_of(stack)


@pytest.fixture(scope="session")
def app(stack: RunningStack) -> FastAPI:
    return stack.app()


@pytest.fixture
def api(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def person(api: TestClient) -> Person:
    return sign_up(api)
