"""To-dos: the application in this process, over the deployed local stack with its cache."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from support.people import Person, sign_up


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
