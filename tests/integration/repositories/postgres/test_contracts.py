"""PostgreSQL: what every engine must do of what is kept there, and what is asked of this one alone."""

from contracts.feed_races import FeedRacesContract
from contracts.races import RacesContract
from contracts.storage import (
    TestBulk,
    TestFeed,
    TestFiles,
    TestManyChanges,
    TestQuota,
    TestSeen,
    TestStats,
    TestTodoChanges,
    TestTodoLists,
    TestUsers,
)
from engines.postgres.calls import TestStatementsOfOperations
from engines.postgres.statements import TestIndexes, TestRows, TestStatements

__all__ = [
    "TestBulk",
    "TestFeed",
    "TestFiles",
    "TestIndexes",
    "TestManyChanges",
    "TestQuota",
    "TestRaces",
    "TestRows",
    "TestSeen",
    "TestStatements",
    "TestStatementsOfOperations",
    "TestStats",
    "TestTodoChanges",
    "TestTodoLists",
    "TestUsers",
]


class TestRaces(RacesContract, FeedRacesContract):
    """Over several connections."""
