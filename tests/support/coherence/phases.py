"""Phases of a run, each with one fault."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from support.coherence.load import Load, flood
from support.coherence.system import System, repeated

Phase = Callable[[System, Load], AbstractContextManager[object]]
"""Entered before the load starts, left after it has ended."""


def quiet(_system: System, _load: Load) -> AbstractContextManager[object]:
    return nullcontext()


def slowed(system: System, _load: Load) -> AbstractContextManager[object]:
    """A gets half a CPU."""
    return system.stopping(stopped_s=0.02, running_s=0.02)


def paused(system: System, _load: Load) -> AbstractContextManager[object]:
    """A stands still for 0.2 s every second."""
    return system.stopping(stopped_s=0.2, running_s=0.8)


def busy(system: System, load: Load) -> AbstractContextManager[object]:
    """A serves 16 other connections at full speed."""
    return flood(system.apis[0], load.owners[0], connections=16)


def late_replies(system: System, _load: Load) -> AbstractContextManager[object]:
    """1 in 100 replies of Redis reaches A 100 ms late."""
    return system.relay("every 100")


def one_late_reply(system: System, _load: Load) -> AbstractContextManager[object]:
    return system.relay("once")


def flushed(system: System, _load: Load) -> AbstractContextManager[object]:
    def flush() -> None:
        with system.redis() as redis:
            redis.flushall()

    return repeated(flush, every=0.5)


def restarted(system: System, _load: Load) -> AbstractContextManager[object]:
    """Valkey is killed and started again."""
    return repeated(system.restart_valkey, every=2)


@contextmanager
def evicted(system: System, _load: Load) -> Iterator[None]:
    """Keys are evicted at random, fences among them."""
    with system.redis() as redis:

        def evict() -> None:
            for _ in range(5):
                if (key := redis.randomkey()) is not None:
                    redis.delete(key)

        with repeated(evict, every=0.02):
            yield


@contextmanager
def hung(system: System, _load: Load) -> Iterator[None]:
    """Valkey stands still for 1 s, again and again."""

    def hang() -> None:
        with system.hung_valkey():
            time.sleep(1.0)

    with repeated(hang, every=2):
        yield


def importing(system: System, load: Load) -> AbstractContextManager[object]:
    """A person imports 5,000 to-dos through A."""
    return load.importing(system.apis[0])


WHERE_REDIS_IS_WELL: dict[str, Phase] = {
    "nothing wrong": quiet,
    "A slowed to half a CPU": slowed,
    "A stopped 0.2 s every second": paused,
    "A busy": busy,
    "1 in 100 replies to A 100 ms late": late_replies,
    "one reply to A 100 ms late": one_late_reply,
    "5,000 to-dos imported through A": importing,
}
WHERE_REDIS_LOSES_THINGS: dict[str, Phase] = {
    "FLUSHALL every 0.5 s": flushed,
    "evictions": evicted,
    "Valkey killed and restarted": restarted,
    "Valkey hung for 1 s, 2 s apart": hung,
}
