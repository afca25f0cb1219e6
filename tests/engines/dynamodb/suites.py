"""All that is asked of DynamoDB alone: `from engines.dynamodb.suites import *`."""

from engines.dynamodb.audit import TestAuditPages
from engines.dynamodb.bulk import TestAdding, TestErasing
from engines.dynamodb.calls import TestCalls
from engines.dynamodb.counting import TestCounting
from engines.dynamodb.directory import TestDirectory
from engines.dynamodb.lists import TestAttributes, TestLongLists, TestPositions
from engines.dynamodb.operations import TestRequestsOfOperations
from engines.dynamodb.presuming import TestPresuming
from engines.dynamodb.todo_items import TestTodoItems
from engines.dynamodb.torn_reads import TestTornReads
from engines.dynamodb.user_items import TestUserItems

__all__ = [
    "TestAdding",
    "TestAttributes",
    "TestAuditPages",
    "TestCalls",
    "TestCounting",
    "TestDirectory",
    "TestErasing",
    "TestLongLists",
    "TestPositions",
    "TestPresuming",
    "TestRequestsOfOperations",
    "TestTodoItems",
    "TestTornReads",
    "TestUserItems",
]
