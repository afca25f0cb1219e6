"""Run blocking code in a worker thread, or in line where a process serves one request at a time."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial, wraps
from typing import Any, Generic, TypeVar

from anyio import CapacityLimiter, to_thread

from app import blocking

T = TypeVar("T")

_in_line = False


def run_in_line() -> None:
    """Run what blocks in line from now on, in this process. On Lambda nothing else waits for the event loop. The loop
    ends with the request, and its worker threads with it, so each request would start new ones."""
    global _in_line  # noqa: PLW0603 - a property of the process
    _in_line = True


async def run(blocking: Callable[[], T], *, limiter: CapacityLimiter | None = None) -> T:
    """Return what `blocking` returns. It runs with the caller's context variables."""
    if _in_line:
        return blocking()
    return await to_thread.run_sync(blocking, limiter=limiter)


class Deferred(Generic[T]):
    """The value of a dependency that blocks: it is computed where its route runs, once. `fetch` gets what it needs
    without blocking, and returns whether that was all there.

    Not a `cached_property`: Python 3.11 holds one lock for all objects of the class while it computes, so that every
    request would wait for the account of every other.
    """

    def __init__(
        self, compute: Callable[[], T], *, fetch: Callable[[], Awaitable[bool]] | None = None
    ) -> None:
        self._compute = compute
        self.fetch = fetch
        self._computed: tuple[T] | None = None

    @property
    def value(self) -> T:
        if self._computed is None:
            self._computed = (self._compute(),)
        return self._computed[0]


def beginning_with(prepare: Callable[..., None]) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Have `prepare` run first, in the endpoint's thread, with those of its arguments that are not deferred."""

    def mark(endpoint: Callable[..., T]) -> Callable[..., T]:
        _PREPARATIONS[endpoint] = prepare
        return endpoint

    return mark


_PREPARATIONS: dict[Callable[..., Any], Callable[..., None]] = {}


def tried_on_the_loop(endpoint: Callable[..., T]) -> Callable[..., T]:
    """Have `endpoint` run on the event loop where all that it expects could be fetched, and no thread is needed. It
    must change nothing before its first blocking call: if it comes to one, it begins again in a thread."""
    _TRIED.add(endpoint)
    return endpoint


_TRIED: set[Callable[..., Any]] = set()


def in_one_hop(endpoint: Callable[..., T]) -> Callable[..., Coroutine[Any, Any, T]]:
    """`endpoint` and the deferred arguments that it is given, run together: one thread instead of one for each."""
    prepare = _PREPARATIONS.get(endpoint)
    is_tried = endpoint in _TRIED

    def begin(arguments: Mapping[str, Any]) -> None:
        if prepare is not None:
            prepare(**{name: given for name, given in arguments.items() if not isinstance(given, Deferred)})

    def finish(arguments: Mapping[str, Any]) -> T:
        computed = {
            name: given.value if isinstance(given, Deferred) else given for name, given in arguments.items()
        }
        return endpoint(**computed)

    def block(arguments: Mapping[str, Any]) -> T:
        begin(arguments)
        return finish(arguments)

    @wraps(endpoint)
    async def hop(**arguments: Any) -> T:
        if is_tried and not _in_line:
            with suppress(blocking.WouldBlock), blocking.forbidden():
                begin(arguments)
                if await _all_fetched(arguments):
                    return finish(arguments)
        return await run(partial(block, arguments))

    return hop


async def _all_fetched(arguments: Mapping[str, Any]) -> bool:
    for given in arguments.values():
        if isinstance(given, Deferred) and (given.fetch is None or not await given.fetch()):
            return False
    return True
