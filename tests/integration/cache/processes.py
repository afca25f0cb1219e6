"""Readers and writers that run the real cache code one command at a time.

A process, with a `Cache` of its own as in a Lambda instance of its own, is a function of the answers it gets. To step
it, it is run again from its start with the answers of the commands before, up to the next command; there `Paused`
unwinds it, and nothing that runs during the unwinding reaches the world.

Commands of a pipeline are steps of their own, as other clients' commands may come between them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from redis.exceptions import ConnectionError as RedisConnectionError

from app.cache import Cache

USER, NAME = "u", "x"
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
    """What the cache uses of a Redis client, each command through the script."""

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

    def set(self, key: str, value: bytes, *, nx: bool = False, ex: int = 0, px: int = 0) -> None:
        lifetime = ("EX", ex) if ex else ("PX", px)
        self._commands.append(("SET", key, value, *lifetime, *(("NX",) if nx else ())))

    def mget(self, *keys: str) -> None:
        self._commands.append(("MGET", *keys))

    def delete(self, key: str) -> None:
        self._commands.append(("DEL", key))

    def execute(self) -> list[Any]:
        answers = [self._do(*command) for command in self._commands]
        return [list(answer) if isinstance(answer, tuple) else answer for answer in answers]


Kind = type[Cache]


@dataclass(frozen=True)
class Process:
    name: str
    number: int
    """Makes its tokens its own."""
    writes: bool
    kind: Kind = Cache

    def run(self, script: Script) -> Done:
        tokens = (b"%02x%030x" % (self.number, count) for count in range(100))
        redis: Any = ScriptedRedis(script)
        cache = self.kind(lambda: redis, clock=lambda: 0.0, sleep=lambda _: None, token=lambda: next(tokens))
        return self._write(cache, script) if self.writes else self._read(cache, script)

    def _read(self, cache: Cache, script: Script) -> Done:
        try:
            return Done(result=cache.read(USER, NAME, lambda: _ADAPTER, lambda: script.do("db.read")))
        except DatabaseFailedError:
            return Done()

    def _write(self, cache: Cache, script: Script) -> Done:
        try:
            with cache.write(USER):
                script.do("db.write", self.name)
        except DatabaseFailedError:
            return Done()
        return Done(acknowledged=True)


class History:
    """What a process has been answered, and what it does next. There is one object for each history."""

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
