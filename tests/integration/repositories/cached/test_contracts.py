"""To-dos and users read through a real Valkey, over storage in memory: the cache changes no behaviour."""

from contracts.races import RacesContract
from contracts.storage import TestBulk, TestManyChanges, TestQuota, TestTodoChanges, TestTodoLists, TestUsers

__all__ = [
    "TestBulk",
    "TestManyChanges",
    "TestQuota",
    "TestRaces",
    "TestTodoChanges",
    "TestTodoLists",
    "TestUsers",
]


class TestRaces(RacesContract):
    pass
