"""How many threads a request needs, and which code runs in them."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Any

import anyio
import pytest
from anyio import to_thread

from app import threads
from app.blocking import WouldBlock, about_to_block, forbidden
from app.threads import Deferred, beginning_with, in_one_hop, tried_on_the_loop

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


async def fetches(found: bool) -> bool:
    return found


def served(endpoint: Callable[..., Any], **arguments: Any) -> Any:
    async def serve() -> Any:
        return await in_one_hop(endpoint)(**arguments)

    return anyio.run(serve)


def test_what_has_been_fetched_is_answered_on_the_event_loop(hops: list[Callable[..., Any]]) -> None:
    begun: list[str] = []

    @tried_on_the_loop
    @beginning_with(lambda **given: begun.append(given["name"]))
    def endpoint(*, user: str, name: str) -> tuple[int, str]:
        return threading.get_ident(), user + name

    user = Deferred(lambda: "ada", fetch=lambda: fetches(True))

    assert served(endpoint, user=user, name="1") == (threading.get_ident(), "ada1")
    assert (begun, hops) == (["1"], [])


@pytest.mark.parametrize(
    "user", [Deferred(lambda: "ada", fetch=lambda: fetches(False)), Deferred(lambda: "ada")]
)
def test_what_has_not_been_fetched_is_left_to_a_thread(user: Deferred[str], hops: list[Any]) -> None:
    calls: list[int] = []

    @tried_on_the_loop
    def endpoint(*, user: str) -> str:
        calls.append(threading.get_ident())
        return user

    assert served(endpoint, user=user) == "ada"
    assert (len(calls), len(hops)) == (1, 1)
    assert calls != [threading.get_ident()]


def test_what_comes_to_a_blocking_call_begins_again_in_a_thread(hops: list[Any]) -> None:
    """Its account is not computed twice, and what is not an error is not handled as one."""
    guards, begun, calls = [], [], []

    def guard() -> str:
        guards.append(threading.get_ident())
        return "ada"

    @tried_on_the_loop
    @beginning_with(lambda **_given: begun.append(1))
    def endpoint(*, user: str) -> str:
        calls.append(user)
        try:
            about_to_block()
        except Exception:  # noqa: BLE001 - as a careless endpoint would
            return "handled"
        return user

    assert served(endpoint, user=Deferred(guard, fetch=lambda: fetches(True))) == "ada"
    assert (len(guards), len(begun), calls, len(hops)) == (1, 2, ["ada", "ada"], 1)


def test_an_error_on_the_event_loop_is_the_endpoints(hops: list[Any]) -> None:
    @tried_on_the_loop
    def endpoint(*, user: str) -> str:
        raise LookupError(user)

    with pytest.raises(LookupError, match="ada"):
        served(endpoint, user=Deferred(lambda: "ada", fetch=lambda: fetches(True)))
    assert hops == []


@pytest.mark.usefixtures("in_line")
def test_in_line_nothing_is_tried_first(hops: list[Any]) -> None:
    def fetch() -> Any:
        raise AssertionError

    @tried_on_the_loop
    def endpoint(*, user: str) -> str:
        about_to_block()
        return user

    assert served(endpoint, user=Deferred(lambda: "ada", fetch=fetch)) == "ada"
    assert hops == []


def test_a_thread_may_block_even_in_the_context_of_what_may_not() -> None:
    about_to_block()
    with forbidden():
        with pytest.raises(WouldBlock):
            about_to_block()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(copy_context().run, about_to_block).result()
    about_to_block()
