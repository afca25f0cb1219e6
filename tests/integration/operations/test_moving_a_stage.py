"""The operator's commands on a deployed stage: closed, moved, opened."""

import json
import uuid
from collections.abc import Iterator
from contextlib import closing
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError
from fastapi.testclient import TestClient

from app.repositories.postgres.database import Database
from app.repositories.postgres.storage import PostgresStorage
from devstack.deploy import STACK
from devstack.environment import REGION
from operations.cloud import Cloud
from operations.journal import Journal
from operations.moving.__main__ import clear_dynamodb, move_stage, open_stage
from operations.moving.closing import Closing
from operations.moving.marker import Marker
from project.errors import StackError
from support.people import sign_up
from support.postgres import running_postgres
from support.processes import wait_until
from support.stack import RunningStack

FUNCTION = "ApiFunction"


@pytest.fixture
def cloud(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.endpoint)
    return Cloud(REGION)


@pytest.fixture
def stage(cloud: Cloud) -> Iterator[Closing]:
    stage = Closing(cloud, STACK)
    yield stage
    stage.open()


@pytest.fixture
def database(tmp_path) -> Iterator[Database]:
    with running_postgres(tmp_path) as server, closing(Database.at(server.url, Mock())) as database:
        yield database


def close(stage: Closing) -> list[float]:
    """How long it waits for what is running."""
    waited: list[float] = []
    stage.close(sleep=waited.append)
    return waited


def test_no_function_of_a_closed_stage_runs_and_messages_wait(stack, cloud, stage):
    sqs, queue = cloud.client("sqs"), stack.env["INGEST_QUEUE_URL"]
    function = stack.local.physical_id(FUNCTION)
    email = f"{uuid.uuid4()}@example.com"

    assert close(stage) == [300]  # the longest time-out of the template

    stage.require()
    with pytest.raises(ClientError, match="TooManyRequests"):
        cloud.client("lambda").invoke(FunctionName=function, Payload=b"{}")
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"email": email, "name": "Ada"}))
    table = {"TableName": stack.env["USER_DATA_TABLE"], "Key": {"email": {"S": email}}}
    assert not wait_until(lambda: "Item" in cloud.client("dynamodb").get_item(**table), 3)

    stage.open()

    with pytest.raises(StackError, match="close it first"):
        stage.require()
    assert wait_until(lambda: "Item" in cloud.client("dynamodb").get_item(**table), 60)


def test_an_open_stage_is_not_moved(stack, cloud, stage, database):
    stage.open()

    with pytest.raises(StackError, match="the stage is open"):
        move_stage(cloud, STACK, "aurora", database=database, replaced=None)


def test_a_stage_is_not_opened_over_an_engine_that_does_not_hold_everything(stack, cloud, stage):
    close(stage)
    marker = Marker(Journal(cloud.client("dynamodb"), stack.env["OPERATIONS_TABLE"]), "dynamodb")
    marker.begin(Mock(user_ids=lambda: iter(())))

    with pytest.raises(StackError, match="the move to dynamodb is not complete"):
        open_stage(cloud, STACK)
    stage.require()
    marker.finish()
    open_stage(cloud, STACK)

    with pytest.raises(StackError, match="is open"):
        stage.require()


def test_tables_in_use_are_not_cleared(stack, cloud):
    before = stack.app().state.container.storage.stats.read()

    with pytest.raises(StackError, match="uses DynamoDB: nothing is deleted"):
        clear_dynamodb(cloud, STACK, 0)

    assert stack.app().state.container.storage.stats.read() == before


@pytest.mark.dynamodb  # from which the stage is moved
def test_a_closed_stage_is_moved_once_and_served_from_there(stack, cloud, stage, database, capsys):
    app = stack.app()
    ada = sign_up(TestClient(app), name="Ada")
    kept, gone = ada.create_todo(title="Kept"), ada.create_todo(title="Gone")
    ada.request("DELETE", f"/v1/todos/{gone['id']}")
    before = ada.request("GET", "/v1/todos").json()
    close(stage)

    move_stage(cloud, STACK, "aurora", database=database, replaced=None)

    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].endswith("0 changed")
    assert "checksum" in lines[-1]
    with pytest.raises(StackError, match="not of a move under way"):
        move_stage(cloud, STACK, "aurora", database=database, replaced=None)
    moved = stack.app()
    container = moved.state.container
    container.storage = PostgresStorage(database, container.storage, todo_quota=10)
    ada.api = TestClient(moved)
    assert ada.request("GET", "/v1/todos").json() == before
    assert ada.request("GET", f"/v1/todos/{gone['id']}").status_code == 410
    changed = ada.request(
        "PATCH", f"/v1/todos/{kept['id']}", json={"title": "Moved"}, headers={"If-Match": '"1"'}
    )
    assert (changed.status_code, changed.json()["version"], changed.json()["revision"]) == (200, 2, 4)
