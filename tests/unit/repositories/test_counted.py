"""The counts when an operation fails on its way."""

from collections.abc import Iterator, Sequence

import pytest

from app.errors import Unavailable
from app.models import Todo
from app.ports import Added
from app.repositories.counted import CountedTodos
from support.memory import MemoryStats, MemoryTodos, MemoryUsers


class FailingTodos(MemoryTodos):
    """Fails after the first step of two."""

    def add(self, user_id: str, todos: Sequence[Todo]) -> Iterator[Added]:
        yield Added(stored=25)
        raise Unavailable

    def erase(self, user_id: str) -> Iterator[int]:
        yield 25
        raise Unavailable


@pytest.mark.parametrize(
    ("act", "counted"),
    [(lambda todos: todos.add("ada", []), 25), (lambda todos: todos.erase("ada"), -25)],
    ids=["add", "erase"],
)
def test_each_step_is_counted_when_it_is_done(act, counted):
    stats = MemoryStats()

    with pytest.raises(Unavailable):
        list(act(CountedTodos(FailingTodos(MemoryUsers()), stats)))

    assert stats.read() == {"todos": counted}
