"""The cache on a real Valkey against a plain dict, after any manipulation of Valkey's contents."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from pydantic import TypeAdapter
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from app import context
from app.cache import Cache
from app.cache.circuit import LONGEST_PAUSE
from app.cache.commands import INTENT
from app.cache.entries import Keys
from app.cache.protocol import random_token
from app.models.todos import Todo

USERS = ("ann", "bob", "ann}:v:todo:1")
NAMES = ("todo:1", "todo:2", "user")
_ADAPTER = TypeAdapter(Todo | None)
JUNK = (b"", b"w:", b"\x80\x05K\x01.", b"1 x 00000000 y\nnull", b"{}")

users = st.sampled_from(USERS)
names = st.sampled_from(NAMES)
instances = st.integers(0, 1)
suffixes = st.sampled_from(("fence", "entry", "lease"))


Fault = Literal["none", "lost", "late"]


@dataclass
class Reads:
    outcomes: list[str | None] = field(default_factory=list)


class FaultyRedis:
    """A client whose next commands may be lost, or executed with answers that come too late."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.faults: list[Fault] = []

    def _call(self, command: Callable[[], Any]) -> Any:
        fault = self.faults.pop(0) if self.faults else "none"
        if fault == "lost":
            raise RedisConnectionError
        answer = command()
        if fault == "late":
            raise RedisTimeoutError
        return answer

    def mget(self, *keys: str) -> Any:
        return self._call(lambda: self._redis.mget(*keys))

    def eval(self, *args: Any) -> Any:
        return self._call(lambda: self._redis.eval(*args))

    def pipeline(self, *, transaction: bool) -> Any:
        pipe = self._redis.pipeline(transaction=transaction)
        execute = pipe.execute
        pipe.execute = lambda: self._call(execute)  # type: ignore[method-assign]
        return pipe


class CacheMachine(RuleBasedStateMachine):
    """Two instances of the application, some users, one Valkey. The database is the model."""

    redis: Redis
    reads: Reads

    def __init__(self) -> None:
        super().__init__()
        self.redis.flushall()
        self.database: dict[tuple[str, str], Todo] = {}
        self.clients: list[Any] = [FaultyRedis(self.redis) for _ in range(2)]
        self.caches = [
            Cache(lambda client=client: client, clock=lambda: self.clock, sleep=lambda _: None)
            for client in self.clients
        ]
        self.clock = 1000.0
        self.version = 0

    @rule(user=users, name=names, instance=instances)
    def read(self, user: str, name: str, instance: int) -> None:
        request = context.begin("test")

        found = self.caches[instance].read(
            user, name, lambda: _ADAPTER, lambda: self.database.get((user, name))
        )

        assert found == self.database.get((user, name))
        self.reads.outcomes.append(request.cache)

    @rule(user=users, name=names)
    def write_then_read_everywhere(self, user: str, name: str) -> None:
        """A finished write leaves a cache that works, after any history."""
        self.write(user, name, 0)
        self.read(user, name, 0)
        self.read(user, name, 1)

        assert self.reads.outcomes[-2:] == ["miss", "hit"]

    @rule(user=users, name=names, instance=instances)
    def write(self, user: str, name: str, instance: int) -> None:
        with self.caches[instance].write(user):
            self._store(user, name)

    @rule(user=users, name=names, instance=instances)
    def delete(self, user: str, name: str, instance: int) -> None:
        with self.caches[instance].write(user):
            self.database.pop((user, name), None)

    @rule(user=users, name=names, instance=instances)
    def write_that_raises_after_it_was_applied(self, user: str, name: str, instance: int) -> None:
        def store_and_time_out() -> None:
            self._store(user, name)
            raise TimeoutError

        with pytest.raises(TimeoutError), self.caches[instance].write(user):
            store_and_time_out()

    @rule(user=users, name=names, instance=instances, lands=st.booleans())
    def write_that_crashes(self, user: str, name: str, instance: int, lands: bool) -> None:
        self.caches[instance]._commands.announce(user, INTENT + random_token())
        if lands:
            self._store(user, name)

    @rule(user=users, name=names, instance=instances, lost=st.booleans())
    def write_with_an_open_circuit(self, user: str, name: str, instance: int, lost: bool) -> None:
        """Of a process whose reads have failed, while Redis is well; and one of its commands may be lost."""
        circuit = self.caches[instance]._commands._circuit
        while (permit := circuit.permit()) is not None:
            circuit.failed(permit, "test")
        self.clients[instance].faults = ["lost"] if lost else []

        self.write(user, name, instance)

        assert self.clients[instance].faults == [], "it sends its commands all the same"
        self.read(user, name, 1 - instance)
        self.read(user, name, instance)
        self.clock += LONGEST_PAUSE
        self.caches[instance].forget(user)
        assert circuit.permit() is not None

    @rule(user=users, name=names, instance=instances, faults=st.permutations(["late", "none", "late"]))
    def write_whose_answers_are_late(self, user: str, name: str, instance: int, faults: list[Fault]) -> None:
        self.clients[instance].faults = faults[:2]

        self.write(user, name, instance)

        self.read(user, name, 1 - instance)
        self.read(user, name, instance)

    @rule(user=users, other=users, name=names, instance=instances)
    def write_that_is_settled_with_another_users_command(
        self, user: str, other: str, name: str, instance: int
    ) -> None:
        """A write of which Redis received nothing until then."""
        self.clients[instance].faults = ["lost", "lost"]
        self.write(user, name, instance)
        assert self.caches[instance]._commands._pending.get(user)

        self.read(other, name, instance)

        assert not self.caches[instance]._commands._pending.all()
        self.read(user, name, 1 - instance)

    @rule(user=users)
    def forget(self, user: str) -> None:
        self.caches[0].forget(user)

    @rule(user=users, name=names, which=suffixes)
    def evict(self, user: str, name: str, which: str) -> None:
        """Or expire: of an intent, this is the end of a crashed write."""
        self.redis.delete(getattr(Keys(user, name), which))

    @rule(user=users, name=names, which=suffixes, junk=st.sampled_from(JUNK) | st.binary(max_size=64))
    def foreign_bytes(self, user: str, name: str, which: str, junk: bytes) -> None:
        self.redis.set(getattr(Keys(user, name), which), junk)

    @rule(user=users, name=names, which=suffixes)
    def foreign_type(self, user: str, name: str, which: str) -> None:
        key = getattr(Keys(user, name), which)
        self.redis.delete(key)
        self.redis.rpush(key, b"x")

    @rule(user=users, name=names, at=st.integers(0, 1000), flip=st.integers(1, 255))
    def flip_a_byte(self, user: str, name: str, at: int, flip: int) -> None:
        entry = bytearray(self._stored(user, name))
        entry[at % len(entry)] ^= flip
        self.redis.set(Keys(user, name).entry, bytes(entry))
        self.read(user, name, 0)

    @rule(user=users, name=names, instance=instances)
    def restore_an_older_entry(self, user: str, name: str, instance: int) -> None:
        entry = self._stored(user, name)
        self.write(user, name, instance)
        self.redis.set(Keys(user, name).entry, entry)
        self.read(user, name, 0)

    @rule(source=st.tuples(users, names), to=st.tuples(users, names))
    def copy_an_entry(self, source: tuple[str, str], to: tuple[str, str]) -> None:
        self.redis.set(Keys(*to).entry, self._stored(*source))
        self.read(*to, 0)

    @rule(source=users, to=users, name=names)
    def copy_entry_and_fence(self, source: str, to: str, name: str) -> None:
        """The worst: one user's value under another's key, with the fence that goes with it."""
        theirs, mine = Keys(source, name), Keys(to, name)
        if source != to:
            self.redis.set(mine.entry, self._stored(source, name))
            self.redis.set(mine.fence, self.redis.get(theirs.fence) or b"")  # COPY is not for two slots
            self.read(to, name, 0)
            self.redis.delete(mine.entry, mine.fence)

    def _stored(self, user: str, name: str) -> bytes:
        """The entry of a value that the cache would serve."""
        self.write_then_read_everywhere(user, name)
        entry = self.redis.get(Keys(user, name).entry)
        assert isinstance(entry, bytes)
        return entry

    def _store(self, user: str, name: str) -> None:
        self.version += 1
        self.database[user, name] = Todo(id=name, title=f"{user} ü", tags=("a",), version=self.version)


def test_reads_are_those_of_a_dict_for_any_contents_of_valkey(redis: Redis) -> None:
    reads = Reads()
    machine = type("Machine", (CacheMachine,), {"redis": redis, "reads": reads})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=120,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )

    assert {"hit", "miss", "bypass"} <= set(reads.outcomes)
    assert reads.outcomes.count("hit") > 100
