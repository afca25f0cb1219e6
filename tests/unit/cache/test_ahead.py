"""What a request fetches ahead serves that request, once."""

from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import Any, cast

import anyio
import pytest

from app import context
from app.blocking import WouldBlock, forbidden
from app.cache.ahead import ReadAhead
from app.cache.commands import Commands, Found
from app.cache.entries import Keys

ACCOUNT, LIST, OTHER = Keys("ada", "user"), Keys("ada", "list"), Keys("bob", "user")
FENCE = b"0" * 32


class Redis:
    """Holds one value for each key, and notes who asks for it: a thread by `find`, the event loop by `look`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: Callable[[str], Found | None] = lambda entry: Found(FENCE, entry.encode(), leased=False)

    def _asked(self, *keys: Keys) -> list[Found | None]:
        self.asked += [one.entry for one in keys]
        return [self.answers(one.entry) for one in keys]

    def find(self, keys: Keys) -> Found | None:
        return self._asked(keys)[0]

    def find_both(self, keys: Keys, others: Keys) -> Any:
        return tuple(self._asked(keys, others))

    async def look(self, wanted: Sequence[Keys]) -> Sequence[Found | None]:
        return self._asked(*wanted)


@pytest.fixture
def redis() -> Redis:
    return Redis()


@pytest.fixture
def ahead(redis: Redis) -> ReadAhead:
    return ReadAhead(cast(Commands, redis))


@pytest.fixture(autouse=True)
def request_of_its_own() -> None:
    context.begin("test")


def run(*steps: Callable[[], Any]) -> list[Any]:
    """What the steps return, in one context of variables; awaited, where they can be."""

    async def in_order() -> list[Any]:
        done = []
        for step in steps:
            one = step()
            done.append(await one if hasattr(one, "__await__") else one)
        return done

    return copy_context().run(anyio.run, in_order)


def entry(found: Found | None) -> bytes | None:
    return None if found is None else found.entry


def test_each_value_serves_once(ahead: ReadAhead, redis: Redis) -> None:
    complete, account, page, again = run(
        lambda: (ahead.expect("ada", LIST), ahead.fetch("ada", ACCOUNT))[1],
        lambda: ahead.find("ada", ACCOUNT),
        lambda: ahead.find("ada", LIST),
        lambda: ahead.find("ada", LIST),
    )

    assert complete is True
    assert [entry(account), entry(page), entry(again)] == [
        one.entry.encode() for one in (ACCOUNT, LIST, LIST)
    ]
    assert redis.asked == [ACCOUNT.entry, LIST.entry, LIST.entry]


def test_expecting_the_same_again_keeps_what_was_fetched(ahead: ReadAhead, redis: Redis) -> None:
    run(
        lambda: (ahead.expect("ada", LIST), ahead.fetch("ada", ACCOUNT))[1],
        lambda: ahead.expect("ada", LIST),
        lambda: ahead.find("ada", ACCOUNT),
        lambda: ahead.find("ada", LIST),
    )

    assert redis.asked == [ACCOUNT.entry, LIST.entry]


def test_a_value_that_is_not_kept_is_not_asked_for_again(ahead: ReadAhead, redis: Redis) -> None:
    redis.answers = lambda entry: Found(FENCE, None if entry == LIST.entry else b"", leased=False)

    complete, _, page = run(
        lambda: (ahead.expect("ada", LIST), ahead.fetch("ada", ACCOUNT))[1],
        lambda: ahead.find("ada", ACCOUNT),
        lambda: ahead.find("ada", LIST),
    )

    assert (complete, page) == (False, Found(FENCE, None, leased=False))
    assert redis.asked == [ACCOUNT.entry, LIST.entry]


def test_where_redis_did_not_answer_it_is_not_asked_again(ahead: ReadAhead, redis: Redis) -> None:
    """A request waits for a Redis that hangs once, not twice."""
    redis.answers = lambda _: None

    found = run(
        lambda: (ahead.expect("ada", LIST), ahead.fetch("ada", ACCOUNT))[1],
        lambda: ahead.find("ada", ACCOUNT),
        lambda: ahead.find("ada", LIST),
    )

    assert found == [False, None, None]
    assert redis.asked == [ACCOUNT.entry, LIST.entry]


@pytest.mark.parametrize(
    "between",
    [lambda ahead: ahead.forget(), lambda _ahead: context.begin("the next request of the connection")],
    ids=["a write", "another request in the same context"],
)
def test_nothing_outlives_a_write_or_its_request(
    ahead: ReadAhead, redis: Redis, between: Callable[[ReadAhead], Any]
) -> None:
    run(
        lambda: (ahead.expect("ada", LIST), ahead.fetch("ada", ACCOUNT))[1],
        lambda: (between(ahead), None)[1],
        lambda: ahead.find("ada", ACCOUNT),
        lambda: ahead.take("ada", LIST),
    )

    assert redis.asked == [ACCOUNT.entry, LIST.entry, ACCOUNT.entry]


def test_nothing_serves_another_user_or_another_cache(ahead: ReadAhead, redis: Redis) -> None:
    other = Redis()

    run(
        lambda: ahead.fetch("ada", ACCOUNT),
        lambda: ahead.find("bob", OTHER),
        lambda: ReadAhead(cast(Commands, other)).find("ada", ACCOUNT),
    )

    assert redis.asked == [ACCOUNT.entry, OTHER.entry]
    assert other.asked == [ACCOUNT.entry]


def test_no_command_is_sent_by_the_event_loop_itself() -> None:
    """Even without a Redis: what asks it here would ask it there."""
    commands = Commands(lambda: None, lambda: 0.0, lambda: b"", lambda: None)

    with forbidden():
        for command in (lambda: commands.find(ACCOUNT), lambda: commands.settle("ada", b"w:1")):
            with pytest.raises(WouldBlock):
                command()
