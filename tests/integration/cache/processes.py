"""Readers and writers that run the real cache code one command at a time.

A process, with a `Cache` of its own as in a Lambda instance of its own, is a function of the answers it gets. To step
it, it is run again from its start with the answers of the commands before, up to the next command; there `Paused`
unwinds it, and nothing that runs during the unwinding reaches the world.

Commands of a pipeline are steps of their own, as other clients' commands may come between them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter
from redis.exceptions import ConnectionError as RedisConnectionError

from app.cache import Cache
from app.cache.circuit import FAILURES
from app.cache.protocol import ACCOUNT_TTL_S

USER, OTHER, NAME, FIRST = "u", "o", "x", "f"
KEYS = FENCE, ENTRY, LEASE = "app1:{u}:fence", "app1:{u}:v:x", "app1:{u}:lease:x"
Writes = tuple[str, ...]
"""A state of the database: the names of the writes applied to it, in order."""

Command = tuple[Any, ...]
_ADAPTER = TypeAdapter(Writes)
LOST = "failed"


class Paused(BaseException):
    """Unwinds a process at the first command that it has no answer for."""

    def __init__(self, command: Command) -> None:
        self.command = command


class DatabaseFailedError(Exception):
    pass


@dataclass(frozen=True)
class Done:
    """How a process ended: a reader with what it read, a writer acknowledged or not."""

    result: Writes | None = None
    acknowledged: bool = False


class Script:
    """Feeds a process the answers it got before."""

    def __init__(self, answers: tuple[Any, ...]) -> None:
        self._answers = iter(answers)
        self._paused: Paused | None = None

    def do(self, *command: Any) -> Any:
        if self._paused:
            raise self._paused
        try:
            answer = next(self._answers)
        except StopIteration:
            self._paused = Paused(command)
            raise self._paused from None
        if answer == LOST:
            raise DatabaseFailedError if command[0].startswith("db") else RedisConnectionError
        return answer


class ScriptedRedis:
    """The commands that the cache uses of a Redis client, each through the script."""

    def __init__(self, script: Script) -> None:
        self._do = script.do

    def mget(self, *keys: str) -> list[bytes | None]:
        return list(self._do("MGET", *keys))

    def eval(self, source: str, _count: int, key: str, *args: Any) -> Any:
        return self._do("EVAL", source, key, *args)

    def pipeline(self, transaction: bool) -> "ScriptedPipeline":
        assert not transaction
        return ScriptedPipeline(self._do)


class ScriptedPipeline:
    def __init__(self, do: Callable[..., Any]) -> None:
        self._do = do
        self._commands: list[Command] = []

    def time(self) -> None:
        self._commands.append(("TIME",))

    def eval(self, source: str, _count: int, key: str, *args: Any) -> None:
        self._commands.append(("EVAL", source, key, *args))

    def set(self, key: str, value: bytes, *, nx: bool = False, **lifetime: int) -> None:
        ((option, amount),) = lifetime.items()
        self._commands.append(("SET", key, value, option.upper(), amount, *(("NX",) if nx else ())))

    def mget(self, *keys: str) -> None:
        self._commands.append(("MGET", *keys))

    def delete(self, key: str) -> None:
        self._commands.append(("DEL", key))

    def execute(self) -> list[Any]:
        answers = [(command[0], self._do(*command)) for command in self._commands]
        return [list(answer) if name == "MGET" else answer for name, answer in answers]


Kind = type[Cache]
Role = Literal["reads", "reads ahead", "writes", "writes, then for another user", "signs out"]


@dataclass(frozen=True)
class Process:
    name: str
    number: int
    """Makes its tokens its own."""
    role: Role
    kind: Kind = Cache
    circuit_open: bool = False

    def run(self, script: Script) -> Done:
        tokens = (b"%02x%030x" % (self.number, count) for count in range(100))
        redis: Any = ScriptedRedis(script)
        cache = self.kind(
            lambda: redis, clock=lambda: 0.0, sleep=lambda s: _sleep(script, s), token=lambda: next(tokens)
        )
        for permit in range(FAILURES if self.circuit_open else 0):
            cache._commands._circuit.failed(permit, "test")
        return self._read(cache, script) if self.reader else self._write(cache, script)

    @property
    def reader(self) -> bool:
        return self.role in ("reads", "reads ahead")

    def _read(self, cache: Cache, script: Script) -> Done:
        def read(name: str) -> Writes:
            return cache.read(USER, name, lambda: _ADAPTER, lambda: script.do("db.read"), ttl_s=ACCOUNT_TTL_S)

        try:
            if self.role == "reads":
                return Done(result=read(NAME))
            cache.expect(USER, NAME)
            return Done(result=min(read(FIRST), read(NAME), key=len))
        except DatabaseFailedError:
            return Done()

    def _write(self, cache: Cache, script: Script) -> Done:
        try:
            with cache.write(USER):
                script.do("db.write", self.name)
        except DatabaseFailedError:
            return Done()
        if self.role == "writes, then for another user":
            cache.forget(OTHER)
        if self.role == "signs out":
            cache.wait_until_visible(USER)
        return Done(acknowledged=True)


def _sleep(script: Script, seconds: float) -> None:
    """The lifetime of an account is a step of the world; to wait for another reader is none."""
    if seconds >= ACCOUNT_TTL_S:
        script.do("wait")


class History:
    """The answers to a process so far, and its next step. There is one object for each history."""

    def __init__(self, process: Process, answers: tuple[Any, ...] = ()) -> None:
        self.process = process
        self.answers = answers
        self._longer: dict[Any, History] = {}
        try:
            self.next: Command | Done = process.run(Script(answers))
        except Paused as paused:
            self.next = paused.command

    def after(self, answer: Any) -> "History":
        if answer not in self._longer:
            self._longer[answer] = History(self.process, (*self.answers, answer))
        return self._longer[answer]
