"""What an operation costs a user with 10 to 10,000 to-dos: calls of DynamoDB, capacity units, CPU.

    python -m benchmarks.growth [--sizes 10 100] [--rounds 7]

Over the embedded AWS, without a cache. Units are computed from the sizes of the items, by DynamoDB's published rules:
the embedded AWS counts none. CPU is that of the API's process, a request after the other.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from math import ceil
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from benchmarks.bench import Results, progress
from benchmarks.peers.events import BODY, CONTEXT, http
from support.people import Person, sign_up
from support.read_units import consistent_read_units, item_bytes
from support.stack import RunningStack, running_stack

SIZES = (10, 100, 1000, 10_000)
ROUNDS = 7
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
TODO = "3f0e7a52-6b1c-4d0e-9d0a-{:012d}"
DUE = 20
"""To-dos before the due bound; one is due each day."""
RARE = 100
"""One in so many to-dos has the word that is searched for."""


def _items(user_id: str, size: int) -> Iterator[dict[str, Any]]:
    from app.models.todos import Todo
    from app.repositories.dynamodb.todo_items import live_item

    for number in range(size):
        moment = EPOCH + timedelta(days=number)
        yield live_item(
            user_id,
            Todo(
                id=TODO.format(number),
                title=f"Number {number}: buy {'saffron' if number % RARE == 0 else 'oat milk'} for the evening",
                notes="The barista one, if they have it; else the one with the green cap.",
                tags=("shopping", "home"),
                due_at=moment,
                created_at=moment,
                updated_at=moment,
                version=1,
                revision=number + 1,
            ),
        )


def _seed(stack: RunningStack, user_id: str, size: int) -> None:
    dynamodb, settings = stack.clients().dynamodb, stack.settings
    requests = [{"PutRequest": {"Item": item}} for item in _items(user_id, size)]
    for begin in range(0, size, 25):
        dynamodb.batch_write_item(RequestItems={settings.tables["todos"]: requests[begin : begin + 25]})
    dynamodb.update_item(
        TableName=settings.tables["users"],
        Key={"userId": {"S": user_id}},
        UpdateExpression="SET revision = :size, todoCount = :size",
        ExpressionAttributeValues={":size": {"N": str(size)}},
    )


class Meter:
    """Calls and capacity units of a client's requests. `of_todo`: bytes of each to-do."""

    def __init__(self, of_todo: int) -> None:
        self._of_todo = of_todo
        self.reset()

    def reset(self) -> None:
        self.calls: list[str] = []
        self.read = self.written = 0

    def watch(self, dynamodb: Any) -> None:
        dynamodb.meta.events.register("after-call.dynamodb", self._after)
        dynamodb.meta.events.register("before-parameter-build.dynamodb.TransactWriteItems", self._transaction)

    def _after(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        self.calls.append(model.name)
        if model.name == "Query":
            self.read += consistent_read_units(parsed["ScannedCount"] * self._of_todo)
        if model.name == "GetItem":
            self.read += consistent_read_units(item_bytes(parsed.get("Item", {})))
        if model.name == "BatchGetItem":
            found = [item for items in parsed["Responses"].values() for item in items]
            self.read += sum(consistent_read_units(item_bytes(item)) for item in found)

    def _transaction(self, params: dict[str, Any], **_: Any) -> None:
        """Twice for being a transaction; then once for each of a to-do's three indexes, and once more for the one by
        revision, whose key each change of a stored to-do moves."""
        for action in params["TransactItems"]:
            if put := action.get("Put"):
                units = ceil(item_bytes(put["Item"]) / 1024)
                is_new = put["Item"]["version"]["N"] == "1"
                self.written += 2 * units + (3 if is_new else 4) * units
            else:
                self.written += 2


def _operations(size: int) -> dict[str, tuple[str, str, dict[str, Any] | None]]:
    due = (EPOCH + timedelta(days=DUE)).isoformat().replace("+00:00", "Z")
    one = f"/v1/todos/{TODO.format(size // 2)}"
    return {
        "list, first page": ("GET", "/v1/todos", None),
        "list, due bound": ("GET", f"/v1/todos?dueBefore={due}", None),
        "search": ("GET", "/v1/todos?q=saffron", None),
        "get": ("GET", one, None),
        "create": ("POST", "/v1/todos", BODY),
        "change": ("PATCH", one, {"title": "Buy almond milk"}),
    }


def _event(method: str, target: str, body: dict[str, Any] | None) -> dict[str, Any]:
    path, _, query = target.partition("?")
    event = http(method, path, body)
    del event["requestContext"]["authorizer"]  # it names another user
    return {**event, "rawQueryString": query}


def _measure(environment: dict[str, str], user_id: str, size: int, rounds: int) -> Results:
    """Runs in a process of its own, which has nothing but the API."""
    os.environ.update(environment)
    from app.entrypoints import api

    dynamodb = api.app.state.container.clients.dynamodb
    meter = Meter(item_bytes(next(_items(user_id, 1))))
    meter.watch(dynamodb)
    found: Results = {}
    for name, (method, path, body) in _operations(size).items():
        taken = []
        for turn in range(rounds + 1):  # the first one warms up
            event = _event(method, path, body and {**body, "title": f"{body['title']} {turn}"})
            meter.reset()
            begin = time.process_time()
            answer = api.handler(event, CONTEXT)
            taken.append(1000 * (time.process_time() - begin))
            assert answer["statusCode"] in (200, 201), answer
        found[name] = {
            "calls": len(meter.calls),
            "read": meter.read,
            "written": meter.written,
            "ms": statistics.median(taken[1:]),
        }
    return found


def _person(api: TestClient) -> Person:
    person = sign_up(api)
    person.request("GET", "/v1/users/me").raise_for_status()  # from then on there is a record
    return person


def measure(sizes: Sequence[int] = SIZES, rounds: int = ROUNDS) -> Results:
    """For each number of to-dos and operation: calls, units read and written, milliseconds of CPU."""
    found: Results = {}
    with tempfile.TemporaryDirectory() as root, running_stack(Path(root)) as stack:
        with TestClient(stack.app()) as api:
            people = {size: _person(api) for size in sizes}
        for size, person in people.items():
            progress(f"{size} to-dos")
            _seed(stack, person.id, size)
            environment = {
                **{name: value for name, value in stack.env.items() if name != "REDIS_URL"},
                "TODO_QUOTA": "100000",
                "TOKEN": person.tokens["access_token"],
            }
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as own:
                found[str(size)] = own.submit(_measure, environment, person.id, size, rounds).result()
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    for size, operations in measure(**vars(arguments.parse_args())).items():
        for name, figures in operations.items():
            print(size, name, figures)


if __name__ == "__main__":
    main()
