import subprocess
import sys
from typing import NoReturn

import pytest
from pydantic import TypeAdapter

from app import context
from app.cache import Cache
from app.cache.entries import Keys
from app.cache.protocol import VALUE_TTL_S

_ADAPTER = TypeAdapter(str)


def no_adapter() -> TypeAdapter[str]:
    raise AssertionError("nothing is encoded")


def unreachable() -> NoReturn:
    raise ConnectionError


def no_sleep(_seconds: float) -> NoReturn:
    raise AssertionError("nothing is waited for")


def test_without_redis_every_read_goes_to_the_database(caplog: pytest.LogCaptureFixture) -> None:
    cache, database = Cache(lambda: None), iter(["first", "second"])
    request = context.begin("test")

    values = [cache.read("ann", "x", no_adapter, lambda: next(database)) for _ in range(2)]

    assert values == ["first", "second"]
    assert request.cache == "bypass"
    assert [record for record in caplog.records if record.name == "app.cache"] == [], (
        "nothing is out of order"
    )


def test_without_redis_writes_and_their_errors_pass() -> None:
    cache, written = Cache(lambda: None), []

    with cache.write("ann"):
        written.append("value")
    cache.forget("ann")
    with pytest.raises(KeyError, match="database"), cache.write("ann"):
        raise KeyError("database")

    assert written == ["value"]
    assert cache.read("ann", "x", no_adapter, lambda: written[0]) == "value"


def test_without_redis_nothing_is_pending_and_nothing_waited_for() -> None:
    cache = Cache(lambda: None, sleep=no_sleep)

    for number in range(10):
        with cache.write(f"user{number}"):
            pass
        cache.wait_until_visible(f"user{number}")

    assert cache._commands._pending.all() == {}


def test_every_user_whose_write_is_pending_is_remembered_for_as_long_as_it_matters() -> None:
    now = 1000.0
    cache = Cache(unreachable, clock=lambda: now)

    for number in range(3000):
        cache.forget(f"user{number}")
    assert len(cache._commands._pending.all()) == 3000

    now += VALUE_TTL_S + 1
    cache.forget("ann")
    assert list(cache._commands._pending.all()) == ["ann"]


def test_redis_py_is_not_imported_without_redis() -> None:
    """It is a sixth of a cold start."""
    code = """
import sys
from app.cache import Cache
import app.repositories.cached
cache = Cache(lambda: None)
with cache.write("ann"):
    pass
assert cache.read("ann", "x", None, lambda: 1) == 1
assert "redis" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})


def test_while_a_write_is_pending_its_users_values_are_not_even_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Redis may answer the look-up that comes after a settling which it has not."""
    cache, looked = Cache(unreachable), []
    commands = cache._commands
    monkeypatch.setattr(commands, "find", lambda keys: looked.append(keys.fence))
    with cache.write("ann"):
        pass

    assert [cache.read(user, "x", no_adapter, lambda: "new") for user in ("ann", "bob")] == ["new", "new"]
    assert looked == [Keys("bob", "x").fence]

    monkeypatch.setattr(commands, "_ask", lambda _command: True)
    cache.read("ann", "x", no_adapter, lambda: "new")
    assert looked[1:] == [Keys("ann", "x").fence]
