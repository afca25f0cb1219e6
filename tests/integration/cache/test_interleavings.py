"""Every order in which readers and writers can meet, by exhaustive exploration; and proof that the memory which
stands for Redis there answers as the real server does."""

from typing import Any

import pytest
from redis import Redis

from app.cache import Cache, protocol
from app.cache.entries import Keys, encode
from integration.cache.exploring import (
    Command,
    Contents,
    Exempt,
    Faults,
    State,
    execute_in_memory,
    explore,
    never_exempt,
    system,
    unsettled,
    untold,
)
from integration.cache.processes import KEYS, NAME, Kind


@pytest.fixture(autouse=True)
def _one_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader without the lease looks once more before it loads: waiting longer adds orders, not behaviour."""
    monkeypatch.setattr(protocol, "WAITS_S", (0.0,))


@pytest.mark.parametrize(
    ("start", "exempt", "at_least"),
    [
        (system(writers=1, readers=2), never_exempt, 5_000),
        (system(writers=1, readers=2, faults=Faults(evictions=1)), never_exempt, 30_000),
        (system(writers=1, readers=2, faults=Faults(failures=1)), untold, 30_000),
        (system(writers=2, readers=1, faults=Faults(evictions=2)), never_exempt, 4_000),
        (system(writers=2, readers=1, faults=Faults(failures=1)), unsettled, 5_000),
    ],
    ids=[
        "in-any-order",
        "with-an-eviction",
        "with-a-failure",
        "two-writers-evictions",
        "two-writers-a-failure",
    ],
)
def test_no_read_after_an_acknowledged_write_returns_the_state_before_it(
    start: State, exempt: Exempt, at_least: int
) -> None:
    result = explore(start, exempt)

    assert result.violation is None
    assert result.states > at_least


def test_a_write_of_which_redis_was_told_nothing_is_the_only_exemption() -> None:
    """Were it not exempt, it would be found: the stated bound is real, and failures are explored."""
    assert explore(system(writers=1, readers=2, faults=Faults(failures=1))).violation is not None


class _NeverSettling(Cache):
    def _settle(self, user_id: str, intent: bytes) -> None:
        pass


class _WithoutIntent(Cache):
    """The fence is removed after the write only."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._commands.announce = lambda user_id, intent: True


class _InvalidatingBeforeTheWriteOnly(Cache):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._commands.announce, self._commands.settle = self._commands.settle, lambda user_id, intent: True


class _StoringUnderALaterFence(Cache):
    """The fence is read after the load instead of before it."""

    def _fill(self, keys, fence, leased, adapter, load):
        value = load()
        found = self._commands.find(keys)
        if found is not None and found.fence is not None:
            self._commands.finish(keys, encode(keys.entry, found.fence, adapter, value), release=leased)
        return value


class _RepeatingTokens(Cache):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **{**kwargs, "token": lambda: b"0" * 32})


class _SettlingOnlyItsOwnIntent(Cache):
    """An open fence is left: one that was created after the intent had been evicted."""

    def _settle(self, user_id: str, intent: bytes) -> None:
        found = self._commands.find(Keys(user_id, NAME))
        if found is not None and found.fence == intent:
            super()._settle(user_id, intent)


@pytest.mark.parametrize(
    ("kind", "faults", "exempt"),
    [
        (
            _NeverSettling,
            Faults(evictions=1),
            never_exempt,
        ),  # without an eviction the intent protects for ever
        (_WithoutIntent, Faults(failures=1), untold),
        (_InvalidatingBeforeTheWriteOnly, Faults(), never_exempt),
        (_StoringUnderALaterFence, Faults(), never_exempt),
        (_RepeatingTokens, Faults(), never_exempt),
        (_SettlingOnlyItsOwnIntent, Faults(evictions=1), never_exempt),
    ],
)
def test_the_exploration_finds_what_is_wrong_with_a_broken_protocol(
    kind: Kind, faults: Faults, exempt: Exempt
) -> None:
    assert explore(system(writers=1, readers=2, kind=kind, faults=faults), exempt).violation is not None


def test_the_memory_answers_as_valkey_does(redis: Redis) -> None:
    """So exploring with the one says what the other does: each command that an exploration executes, on just what
    Redis held at that moment, gives the same answer and leaves the same contents."""
    asked = set[tuple[Contents, Command]]()
    for start in (
        system(writers=1, readers=2),
        system(writers=2, readers=1, faults=Faults(evictions=1)),
        system(writers=2, readers=1, faults=Faults(failures=1)),
    ):
        asked |= explore(start, unsettled).executed
    assert len(asked) > 500

    for contents, command in asked:
        memory = dict(contents)
        answer = execute_in_memory(memory, command)

        assert _execute_for_real(redis, contents, command) == (answer, memory), (contents, command)


def _execute_for_real(redis: Redis, contents: Contents, command: Command) -> tuple[Any, dict[str, bytes]]:
    pipe = redis.pipeline(transaction=False)
    pipe.flushdb()
    for key, value in contents:
        pipe.set(key, value)
    name, *arguments = command
    if name == "EVAL":
        arguments.insert(1, 1)
    pipe.execute_command(name, *arguments)
    pipe.mget(KEYS)
    *_, answer, values = pipe.execute()
    held = {key: value for key, value in zip(KEYS, values, strict=True) if value is not None}
    return (tuple(answer) if isinstance(answer, list) else answer), held
