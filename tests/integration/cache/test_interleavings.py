"""Every order in which readers and writers can meet, by exhaustive exploration; and proof that the memory which
stands for Redis there answers as the real server does."""

import time
from typing import Any

import pytest
from redis import Redis

from app.cache import Cache, protocol
from app.cache.commands import Found
from app.cache.entries import Keys
from integration.cache.exploring import (
    Command,
    Contents,
    Exempt,
    Faults,
    State,
    execute_in_memory,
    explore,
    never_exempt,
    not_received,
    system,
    unsettled,
)
from integration.cache.processes import KEYS, NAME, Kind, Role


@pytest.fixture(autouse=True)
def _one_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader without the lease looks once more before it loads: waiting longer adds orders, not behaviour."""
    monkeypatch.setattr(protocol, "WAITS_S", (0.0,))


WRITER_AND_READERS: tuple[Role, ...] = ("writes", "reads", "reads")
AHEAD: tuple[Role, ...] = ("writes", "reads ahead", "reads")
TWO_WRITERS: tuple[Role, ...] = ("writes", "writes", "reads")
SIGN_OUT: tuple[Role, ...] = ("signs out", "reads", "reads")
TWO_FAILURES = Faults(failures=2, of_writers_only=True)
FOR_ANOTHER_USER: tuple[Role, ...] = ("writes, then for another user", "reads", "reads")


@pytest.mark.parametrize(
    ("start", "exempt", "at_least"),
    [
        pytest.param(system(*WRITER_AND_READERS), never_exempt, 5_000, id="in any order"),
        pytest.param(
            system(*WRITER_AND_READERS, faults=Faults(evictions=1)), never_exempt, 30_000, id="an eviction"
        ),
        pytest.param(
            system(*WRITER_AND_READERS, faults=Faults(failures=1)),
            never_exempt,
            30_000,
            id="a failure or a late answer",
        ),
        pytest.param(
            system("writes", "reads", "reads", faults=Faults(failures=1), circuit_open=True),
            never_exempt,
            30_000,
            id="a writer with an open circuit",
        ),
        pytest.param(system(*AHEAD), never_exempt, 5_000, id="a reader of two values"),
        pytest.param(
            system(*AHEAD, faults=Faults(evictions=1)),
            never_exempt,
            30_000,
            id="a reader of two, an eviction",
        ),
        pytest.param(
            system(*AHEAD, faults=Faults(failures=1)), never_exempt, 30_000, id="a reader of two, a failure"
        ),
        pytest.param(
            system(*TWO_WRITERS, faults=Faults(evictions=2)), never_exempt, 4_000, id="two writers, evictions"
        ),
        pytest.param(
            system(*TWO_WRITERS, faults=Faults(failures=1)), unsettled, 5_000, id="two writers, a failure"
        ),
        pytest.param(
            system("signs out", "writes", "reads", faults=Faults(failures=1)),
            unsettled,
            5_000,
            id="a sign-out beside a writer, a failure",
        ),
        pytest.param(
            system(*WRITER_AND_READERS, faults=TWO_FAILURES), not_received, 80_000, id="two failures"
        ),
        pytest.param(
            system(*SIGN_OUT, faults=TWO_FAILURES), never_exempt, 150_000, id="a sign-out, two failures"
        ),
        pytest.param(
            system(*FOR_ANOTHER_USER, faults=TWO_FAILURES),
            never_exempt,
            200_000,
            id="a pending invalidation that another user's command settles",
        ),
    ],
)
def test_no_read_after_an_acknowledged_write_returns_the_state_before_it(
    start: State, exempt: Exempt, at_least: int
) -> None:
    result = explore(start, exempt)

    assert result.violation is None
    assert result.states > at_least


def test_a_write_of_which_redis_received_nothing_is_the_only_exemption() -> None:
    """Were it not exempt, it would be found: the stated bound is real, and failures are explored."""
    assert explore(system(*WRITER_AND_READERS, faults=TWO_FAILURES)).violation is not None


class _NeverSettling(Cache):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._commands.settle = lambda user_id, intent: True


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

    def _fill(self, keys, fence, claim, adapter, load, ttl_s):
        value = load()
        found = self._commands.find(keys)
        if found is not None and found.fence is not None:
            return super()._fill(keys, found.fence, claim, adapter, lambda: value, ttl_s)
        return value


class _RepeatingTokens(Cache):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **{**kwargs, "token": lambda: b"0" * 32})


class _SettlingOnlyItsOwnIntent(Cache):
    """An open fence is left: one that was created after the intent had been evicted."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        settle = self._commands.settle

        def settle_own(user_id: str, intent: bytes) -> bool:
            found = self._commands.find(Keys(user_id, NAME))
            return found is not None and found.fence == intent and settle(user_id, intent)

        self._commands.settle = settle_own


class _SkippingTheFenceWhileTheCircuitIsOpen(Cache):
    """As if the circuit were for writers too: it tells of this process, and Redis is well for all others."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._commands._tell = lambda command: self._commands._ask(command) is not None


class _KeepingForALifetimeFromItsStoring(Cache):
    """A reader that stood still after its claim stores what it read then, to be served for another lifetime."""

    def _fill(self, keys, fence, claim, adapter, load, ttl_s):
        return super()._fill(keys, fence, claim._replace(moment_ms=2**40), adapter, load, ttl_s)


class _NotWaiting(Cache):
    def wait_until_visible(self, user_id: str) -> None:
        pass


class _NotRepeatingSettlings(Cache):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._commands._repeat_settlings = lambda: None


class _ReadingAheadWithoutTheFence(Cache):
    """What was fetched ahead is served whatever the user's fence is."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        find_both = self._commands.find_both

        def trusting(keys: Keys, others: Keys) -> tuple[Found, Found] | None:
            both = find_both(keys, others)
            if both is None or both[1].entry is None:
                return both
            return both[0], both[1]._replace(fence=both[1].entry[2:34])

        self._commands.find_both = trusting


@pytest.mark.parametrize(
    ("kind", "roles", "faults", "exempt"),
    [
        # without an eviction the intent protects until it expires
        (_NeverSettling, WRITER_AND_READERS, Faults(evictions=1), never_exempt),
        (_WithoutIntent, WRITER_AND_READERS, Faults(failures=1), not_received),
        (_InvalidatingBeforeTheWriteOnly, WRITER_AND_READERS, Faults(), never_exempt),
        (_StoringUnderALaterFence, WRITER_AND_READERS, Faults(), never_exempt),
        (_ReadingAheadWithoutTheFence, AHEAD, Faults(), never_exempt),
        (_RepeatingTokens, WRITER_AND_READERS, Faults(), never_exempt),
        (_SettlingOnlyItsOwnIntent, WRITER_AND_READERS, Faults(evictions=1), never_exempt),
        (_KeepingForALifetimeFromItsStoring, SIGN_OUT, TWO_FAILURES, never_exempt),
        (_NotWaiting, SIGN_OUT, TWO_FAILURES, never_exempt),
        (_NotRepeatingSettlings, FOR_ANOTHER_USER, TWO_FAILURES, never_exempt),
    ],
)
def test_the_exploration_finds_what_is_wrong_with_a_broken_protocol(
    kind: Kind, roles: tuple[Role, ...], faults: Faults, exempt: Exempt
) -> None:
    assert explore(system(*roles, kind=kind, faults=faults), exempt).violation is not None


def test_the_exploration_finds_what_is_wrong_with_a_writer_that_heeds_the_circuit() -> None:
    start = system(*WRITER_AND_READERS, kind=_SkippingTheFenceWhileTheCircuitIsOpen, circuit_open=True)

    assert explore(start).violation is not None


def test_the_memory_answers_as_valkey_does(redis: Redis) -> None:
    """So exploring with the one says what the other does: each command that an exploration executes, on just what
    Redis held at that moment, gives the same answer and leaves the same contents."""
    asked = set[tuple[Contents, Command]]()
    for start in (
        system(*WRITER_AND_READERS),
        system(*TWO_WRITERS, faults=Faults(evictions=1)),
        system("signs out", "writes", "reads", faults=Faults(failures=1)),
    ):
        asked |= explore(start, unsettled).executed
    assert len(asked) > 500

    for contents, command in asked:
        memory = dict(contents)
        answer = execute_in_memory(memory, command)
        if command == ("TIME",):
            continue  # of the moment

        assert _execute_for_real(redis, contents, command) == (answer, memory), (contents, command)


def _execute_for_real(redis: Redis, contents: Contents, command: Command) -> tuple[Any, dict[str, bytes]]:
    pipe = redis.pipeline(transaction=False)
    pipe.flushdb()
    for key, value in contents:
        pipe.set(key, value)
    name, *arguments = command
    if name == "EVAL":
        arguments.insert(1, 1)
    if "PXAT" in arguments:
        arguments[-1] += (int(time.time()) if arguments[-1] > 0 else 0) * 1000
    pipe.execute_command(name, *arguments)
    pipe.mget(KEYS)
    *_, answer, values = pipe.execute()
    held = {key: value for key, value in zip(KEYS, values, strict=True) if value is not None}
    return (tuple(answer) if isinstance(answer, list) else answer), held
