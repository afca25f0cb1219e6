"""How many threads the changes of one user may hold, and who waits for them."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI

from app import deadline
from app.errors import Contention
from app.routers import lanes
from app.routers.lanes import WIDTH, in_lane
from support.memory import MemoryStorage

THREADS = 40
"""What anyio has."""


class Gate:
    """Calls wait in it until it opens, and it counts them."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.entered = threading.Semaphore(0)
        self.inside = 0

    def wait(self) -> None:
        self.inside += 1
        self.entered.release()
        assert self.open.wait(timeout=60)


@pytest.fixture
def gate(storage: MemoryStorage, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Each change of a to-do of `user-a` waits, as for a turn that does not come."""
    gate, change = Gate(), storage.todos.change

    def waiting(user_id: str, *args: Any, **options: Any) -> Any:
        if user_id == "user-a":
            gate.wait()
        return change(user_id, *args, **options)

    monkeypatch.setattr(storage.todos, "change", waiting)
    return gate


def test_another_user_is_served_while_one_has_more_writers_than_there_are_threads(
    app: FastAPI, gate: Gate
) -> None:
    async def run() -> tuple[list[int], int, list[int]]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://testserver"
        ) as client:

            def send(user_id: str, method: str, **options: Any) -> Coroutine[Any, Any, httpx.Response]:
                headers = {"Authorization": f"Bearer {user_id}"}
                return client.request(method, "/v1/todos", headers=headers, **options)

            body = {"json": {"title": "Buy milk"}}
            writers = [asyncio.create_task(send("user-a", "POST", **body)) for _ in range(2 * THREADS)]
            for _ in range(WIDTH):
                assert await asyncio.to_thread(gate.entered.acquire, timeout=60)
            others = [
                await send("user-b", "POST", **body),
                await send("user-b", "GET"),
                await send("user-a", "GET"),
            ]
            inside = gate.inside
            gate.open.set()
            answers = [(await writer).status_code for writer in writers]
            return [other.status_code for other in others], inside, answers

    others, inside, answers = asyncio.run(run())

    assert others == [201, 200, 200]
    assert inside == WIDTH
    assert answers == [201] * 2 * THREADS


def held(count: int, then: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Runs `then` while so many places of `user-a` are taken."""
    lanes.take("user-a")

    async def run() -> None:
        taken, end = anyio.Semaphore(0), anyio.Event()

        async def endpoint() -> None:
            taken.release()
            await end.wait()

        async with anyio.create_task_group() as group:
            for _ in range(count):
                group.start_soon(lambda: in_lane(endpoint)())
            for _ in range(count):
                await taken.acquire()
            try:
                await then()
            finally:
                end.set()
        assert lanes._lanes.get() == {}

    anyio.run(run)


async def nothing() -> str:
    return "done"


def test_a_place_that_does_not_come_within_the_deadline() -> None:
    async def late() -> None:
        with deadline.within(0.01), pytest.raises(Contention):
            await in_lane(nothing)()

    held(WIDTH, late)


def test_the_last_place_is_free() -> None:
    async def work() -> None:
        with deadline.within(0):
            assert await in_lane(nothing)() == "done"

    held(WIDTH - 1, work)


def test_the_lane_of_another_user_is_free() -> None:
    async def work() -> None:
        lanes.take("user-b")
        assert await in_lane(nothing)() == "done"

    held(WIDTH, work)
