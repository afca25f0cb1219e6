"""What a look on the event loop does where something is unusual: it leaves that to the threads, and never raises."""

from typing import Any, cast

import anyio
import pytest

from app.blocking import WouldBlock, forbidden
from app.cache.circuit import FAILURES, FIRST_PAUSE
from app.cache.commands import Commands, Found
from app.cache.entries import Keys
from app.cache.event_loop import LoopConnection

ACCOUNT, LIST = Keys("ada", "user"), Keys("ada", "list")
FENCE = b"0" * 32


class World:
    """A clock, a Redis that can be away, and the connection of a loop that answers `answer`."""

    def __init__(self) -> None:
        self.now = 100.0
        self.is_away = False
        self.has_connection = True
        self.answer: object = [FENCE, b"1", None, b"2", b"1"]
        self.looks = 0
        self.commands = Commands(lambda: cast(Any, self), lambda: self.now, lambda: b"", self.of_loop)

    def of_loop(self) -> LoopConnection | None:
        return cast(LoopConnection, LookedAt(self)) if self.has_connection else None

    def mget(self, *names: str) -> list[bytes | None]:
        if self.is_away:
            raise ConnectionError
        return [None for _ in names]

    def eval(self, *_: object) -> int:
        if self.is_away:
            raise ConnectionError
        return 1

    def pipeline(self, *, transaction: bool) -> "World":
        assert not transaction
        return self

    def execute(self) -> list[int]:
        return [1]

    def look(self) -> Any:
        return anyio.run(self.commands.look, [ACCOUNT, LIST])

    def open_circuit(self) -> None:
        self.is_away = True
        for _ in range(FAILURES):
            self.commands.find(ACCOUNT)
        self.is_away = False


class LookedAt:
    def __init__(self, world: World) -> None:
        self._world = world

    async def mget(self, *_: str) -> object:
        self._world.looks += 1
        return self._world.answer


@pytest.fixture
def world() -> World:
    return World()


def test_a_look_returns_what_redis_has_under_each_of_the_keys(world: World) -> None:
    assert world.look() == [Found(FENCE, b"1", leased=False), Found(FENCE, b"2", leased=True)]


@pytest.mark.parametrize("has_connection", [True, False])
def test_the_call_that_probes_after_an_outage_is_a_threads(world: World, *, has_connection: bool) -> None:
    """A look that cannot be sent would use up the one call that may be made in a pause: the cache would stay off."""
    world.open_circuit()
    world.now += FIRST_PAUSE
    world.has_connection = has_connection

    assert (world.look(), world.looks) == ([], 0)
    assert world.commands.find(ACCOUNT) == Found(None, None, leased=False)
    assert len(world.look()) == (2 if has_connection else 0)


def test_another_users_pending_write_does_not_keep_the_circuit_open(world: World) -> None:
    world.open_circuit()
    world.is_away = True
    assert not world.commands.settle("bob", b"w:1")
    world.is_away = False
    world.now += FIRST_PAUSE

    assert world.look() == []
    assert world.commands.find(ACCOUNT) == Found(None, None, leased=False)
    assert len(world.look()) == 2


def test_what_would_block_takes_no_probe(world: World) -> None:
    world.open_circuit()
    world.now += FIRST_PAUSE

    with forbidden(), pytest.raises(WouldBlock):
        world.commands.find(ACCOUNT)

    assert world.commands.find(ACCOUNT) == Found(None, None, leased=False)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [FENCE],
        [FENCE, b"1"],
        [FENCE, b"1", None],
        [FENCE, b"1", None, b"2"],
        [FENCE, b"1", None, b"2", None, b"3", None],
        [FENCE, b"1", None, b"2", 5],
        b"OK",
        None,
    ],
    ids=repr,
)
def test_what_is_not_the_answer_of_mget_is_none(world: World, answer: object) -> None:
    world.answer = answer

    assert world.look() == [None, None]


def test_a_client_that_cannot_be_made_is_a_redis_that_does_not_answer() -> None:
    """As with the file of a certificate authority that is not there."""

    def fail() -> Any:
        raise FileNotFoundError

    commands = Commands(fail, lambda: 0.0, lambda: b"", fail)

    looks = [anyio.run(commands.look, [ACCOUNT, LIST]) for _ in range(FAILURES + 1)]

    assert looks == [*[[None, None]] * FAILURES, []]
