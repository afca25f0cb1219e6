"""The API over the RDS Data API: what a client sees of a cluster that is paused."""

import logging
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from fastapi.testclient import TestClient

from app.config.api import Settings
from app.models.users import User
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.postgres.database import Database
from app.repositories.postgres.storage import PostgresStorage
from support.clock import Clock
from support.data_api import CLUSTER, clients_at
from support.data_api.server import FakeDataApi
from support.environment import ENVIRONMENT
from support.memory import MemoryStorage
from support.memory_app import app_over


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The lines of requests."""
    logger = logging.getLogger("app.request")
    with patch.object(logger, "propagate", new=False):  # else a record may come twice
        logger.addHandler(caplog.handler)
        yield caplog
        logger.removeHandler(caplog.handler)


@pytest.fixture
def client(data_api: FakeDataApi) -> TestClient:
    database = Database.at(CLUSTER, clients_at(data_api.port))
    storage = PostgresStorage(database, MemoryStorage(Clock()), todo_quota=None)
    storage.users.create(User(id="user-a", email="user-a@example.com"))
    return TestClient(app_over(storage), headers={"Authorization": "Bearer user-a"})


def test_a_paused_cluster_is_a_503_that_says_when_to_come_back(
    client: TestClient, data_api: FakeDataApi, log: pytest.LogCaptureFixture
) -> None:
    created = client.post("/v1/todos", json={"title": "Buy milk"})
    data_api.service.paused = 1

    asleep = client.get("/v1/todos")
    awake = client.get("/v1/todos")

    assert (created.status_code, asleep.status_code, awake.status_code) == (201, 503, 200)
    assert (asleep.json()["code"], asleep.headers["Retry-After"]) == ("waking_up", "15")
    (line,) = (record for record in log.records if hasattr(record, "metric"))
    assert (line.metric, line.fields["problem"]) == ("WakingUp", "waking_up")
    assert (line.fields["service"], line.fields["error"]) == ("rds-data", "DatabaseResumingException")
    assert asleep.headers["Content-Type"] == "application/problem+json"
    assert created.json()["id"] in [todo["id"] for todo in awake.json()["items"]]


def test_to_dos_need_nothing_of_dynamodb(data_api: FakeDataApi) -> None:
    clients = clients_at(data_api.port)
    rest = DynamoStorage(clients, Settings.from_env(ENVIRONMENT).tables)
    storage = PostgresStorage(Database.at(CLUSTER, clients), rest, todo_quota=10)
    storage.users.create(User(id="user-b", email="user-b@example.com"))
    client = TestClient(app_over(storage), headers={"Authorization": "Bearer user-b"})

    created = client.post("/v1/todos", json={"title": "Buy milk"})

    assert (created.status_code, client.get("/v1/todos").status_code) == (201, 200)
    assert (vars(clients).keys() & {"dynamodb", "rds_data"}) == {"rds_data"}
    assert "mail" not in vars(rest)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_change_that_met_a_paused_cluster_is_not_made(
    client: TestClient, data_api: FakeDataApi, method: str
) -> None:
    todo = client.post("/v1/todos", json={"title": "Buy milk"})
    path = "/v1/todos" if method == "POST" else todo.headers["Location"]
    data_api.service.paused = 1

    refused = client.request(method, path, json={"title": "changed"} if method != "DELETE" else None)

    assert (refused.status_code, refused.json()["code"]) == (503, "waking_up")
    assert client.get(todo.headers["Location"]).json() == todo.json()
