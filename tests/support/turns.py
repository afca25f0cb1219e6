"""Actors that take turns: every order in which the calls of two may meet."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from threading import Semaphore, Thread
from typing import Any


class Actor:
    """Runs `act`, given itself and what it needs, in a thread that waits before each call of a `watched` object."""

    def __init__(self, act: Callable[..., object], *given: object) -> None:
        self._go, self._stopped = Semaphore(0), Semaphore(0)
        self._ended = False
        self._fault: BaseException | None = None
        self._thread = Thread(target=self._run, args=(act, *given), daemon=True)
        self._thread.start()
        self._stopped.acquire()

    def _run(self, act: Callable[..., object], *given: object) -> None:
        try:
            act(self, *given)
        except BaseException as fault:  # noqa: BLE001 - shown where the actor is joined
            self._fault = fault
        self._ended = True
        self._stopped.release()

    def watched(self, thing: object) -> Any:
        return _Watched(thing, self.pause)

    def pause(self) -> None:
        self._stopped.release()
        self._go.acquire()

    def step(self) -> None:
        """One call, if there is one left."""
        if not self._ended:
            self._go.release()
            self._stopped.acquire()

    def finish(self) -> None:
        while not self._ended:
            self.step()
        self._thread.join()
        if self._fault is not None:
            raise self._fault


class _Watched:
    def __init__(self, thing: object, pause: Callable[[], None]) -> None:
        self._thing, self._pause = thing, pause

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._thing, name)

        def paused(*given: Any, **named: Any) -> Any:
            self._pause()
            return call(*given, **named)

        return paused


def take_turns(first: Actor, second: Actor, turns: Sequence[bool]) -> None:
    """`turns`: whether the next call is the first one's. What is left of either is done after these."""
    for is_first in turns:
        (first if is_first else second).step()
    first.finish()
    second.finish()


def orders(first: int, second: int) -> Iterator[list[bool]]:
    """Every order of so many calls of two."""
    for chosen in combinations(range(first + second), first):
        yield [turn in chosen for turn in range(first + second)]
