"""How many statements each operation takes."""

import pytest

from app.ports.feed import FeedRepository
from app.ports.files import FileRepository
from app.ports.stats import StatsRepository
from app.ports.todos import TodoRepository
from app.ports.users import UserRepository
from app.repositories.postgres.storage import PostgresStorage
from support.storage_calls import OPERATIONS, statements

REPOSITORIES = {
    "feed": FeedRepository,
    "files": FileRepository,
    "stats": StatsRepository,
    "todos": TodoRepository,
    "users": UserRepository,
}


class TestStatementsOfOperations:
    @pytest.mark.parametrize("name", OPERATIONS)
    def test_each_takes_as_many_as_are_documented(self, storage: PostgresStorage, name: str) -> None:
        act = OPERATIONS[name].prepare(storage)

        with statements() as made:
            act()

        assert len(made) == OPERATIONS[name].postgres, made

    def test_none_was_left_out(self) -> None:
        methods = {
            f"{name}.{method}"
            for name, repository in REPOSITORIES.items()
            for method in vars(repository)
            if not method.startswith("_")
        }

        assert {name.partition(" ")[0] for name in OPERATIONS} == methods
