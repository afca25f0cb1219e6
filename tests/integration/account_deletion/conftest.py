"""People who leave: the application in this process, over the deployed local stack."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.aws.clients import Clients
from app.config import Settings
from support.mail import Mailbox
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


@pytest.fixture
def bob(http: TestClient) -> Person:
    return sign_up(http, name="Bob")


@dataclass
class Traces:
    """Looks for whatever is left of somebody, at AWS itself and not through the application."""

    clients: Clients
    settings: Settings

    def of(self, person: Person) -> dict[str, list[Any]]:
        """By place; places where there is nothing are left out."""
        found = {
            "pool": self.in_pool(person),
            "users": self.rows(self.settings.users_table, person),
            "todos": self.rows(self.settings.todos_table, person),
            "files": self.rows(self.settings.files_table, person),
            "userData": self.rows(self.settings.user_data_table, person),
            "operations": self.rows(self.settings.operations_table, person),
            "objects": self.objects(person),
            "uploads": self.uploads(person),
        }
        return {place: things for place, things in found.items() if things}

    def rows(self, table: str, person: Person) -> list[Any]:
        """Every item that names the person anywhere: by id or by address."""
        pages = self.clients.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        items = (item for page in pages for item in page["Items"])
        return [item for item in items if person.id in json.dumps(item) or person.email in json.dumps(item)]

    def in_pool(self, person: Person) -> list[Any]:
        users = self.clients.cognito.list_users(
            UserPoolId=self.settings.user_pool_id, Filter=f'email = "{person.email}"'
        )
        return users["Users"]

    def objects(self, person: Person) -> list[Any]:
        answer = self.clients.s3.list_object_versions(
            Bucket=self.settings.data_bucket, Prefix=f"users/{person.id}/"
        )
        return [*answer.get("Versions", ()), *answer.get("DeleteMarkers", ())]

    def uploads(self, person: Person) -> list[Any]:
        answer = self.clients.s3.list_multipart_uploads(
            Bucket=self.settings.data_bucket, Prefix=f"users/{person.id}/"
        )
        return list(answer.get("Uploads", ()))


@pytest.fixture
def traces(app: FastAPI) -> Traces:
    return Traces(app.state.container.clients, app.state.container.settings)


@pytest.fixture
def mailbox(stack) -> Mailbox:
    return Mailbox(stack.endpoint)
