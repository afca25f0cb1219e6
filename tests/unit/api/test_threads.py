"""How many threads a request needs, and which code runs in them."""

import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import anyio
import pytest
from anyio import to_thread

from app import threads
from app.threads import Deferred, in_one_hop

_HERE: ContextVar[str] = ContextVar("_HERE")


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[Callable[..., Any]]:
    """Records the calls that are handed to a worker thread."""
    made: list[Callable[..., Any]] = []
    run_sync = to_thread.run_sync

    async def counted(call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        made.append(call)
        return await run_sync(call, *args, **options)

    monkeypatch.setattr(to_thread, "run_sync", counted)
    return made


@pytest.fixture
def in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_in_line", False)
    threads.run_in_line()


def where() -> tuple[int, str]:
    return threading.get_ident(), _HERE.get()


def test_what_blocks_runs_in_a_thread_with_the_callers_context(hops: list[Callable[..., Any]]) -> None:
    async def serve() -> tuple[int, str]:
        _HERE.set("request")
        return await threads.run(where)

    ident, here = anyio.run(serve)

    assert (ident != threading.get_ident(), here, len(hops)) == (True, "request", 1)


@pytest.mark.usefixtures("in_line")
def test_in_line_nothing_leaves_the_thread(hops: list[Callable[..., Any]]) -> None:
    async def serve() -> tuple[int, str]:
        _HERE.set("request")
        return await threads.run(where)

    assert anyio.run(serve) == (threading.get_ident(), "request")
    assert hops == []


def test_an_endpoint_and_its_deferred_arguments_share_a_thread(hops: list[Callable[..., Any]]) -> None:
    idents: list[int] = []

    def endpoint(*, user: str, number: int) -> str:
        idents.append(threading.get_ident())
        return f"{user}{number}"

    def guard() -> str:
        idents.append(threading.get_ident())
        return "ada"

    async def serve() -> str:
        return await in_one_hop(endpoint)(user=Deferred(guard), number=1)

    assert anyio.run(serve) == "ada1"
    assert len(hops) == 1
    assert idents[0] == idents[1] != threading.get_ident()


def test_a_guard_that_refuses_keeps_the_endpoint_from_running() -> None:
    def refuse() -> None:
        raise PermissionError

    async def serve() -> None:
        await in_one_hop(lambda **_given: pytest.fail("it ran"))(user=Deferred(refuse))

    with pytest.raises(PermissionError):
        anyio.run(serve)


def test_a_deferred_value_is_computed_once() -> None:
    values = iter([1, 2])
    deferred = Deferred(lambda: next(values))

    assert (deferred.value, deferred.value) == (1, 1)


def test_a_request_makes_one_hop_for_a_new_token_and_one_for_guard_and_route(
    client: Any, hops: list[Callable[..., Any]]
) -> None:
    assert client.get("/v1/todos").status_code == 200
    assert len(hops) == 2


@pytest.mark.usefixtures("in_line")
def test_in_line_a_request_makes_none(client: Any, hops: list[Callable[..., Any]]) -> None:
    assert client.post("/v1/todos", json={"title": "Buy milk"}).status_code == 201
    assert hops == []


def test_two_requests_compute_what_they_defer_at_the_same_time() -> None:
    both_compute = threading.Barrier(2, timeout=20)
    found: list[int] = []

    def compute() -> int:
        return both_compute.wait()

    threads = [threading.Thread(target=lambda: found.append(Deferred(compute).value)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(found) == [0, 1]


def test_what_is_deferred_is_computed_once_even_where_it_is_none() -> None:
    computed: list[None] = []
    deferred = Deferred(lambda: computed.append(None))

    assert (deferred.value, deferred.value, computed) == (None, None, [None])
