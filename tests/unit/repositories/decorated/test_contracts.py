"""To-dos and users as the composition root builds them, over storage in memory: decorators change no behaviour."""

from contracts.storage import TestBulk, TestManyChanges, TestQuota, TestTodoChanges, TestTodoLists, TestUsers

__all__ = ["TestBulk", "TestManyChanges", "TestQuota", "TestTodoChanges", "TestTodoLists", "TestUsers"]
