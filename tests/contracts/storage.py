"""All contracts of storage, as the classes of tests that a storage engine runs: `from contracts.storage import *`."""

from contracts.adding import AddingContract, ErasingTodosContract
from contracts.audit import AuditContract
from contracts.closing import ClosingContract
from contracts.costs import CostsContract
from contracts.erasures import ErasuresContract
from contracts.files import FilesContract, FilesQuotaContract, FilesWithoutAUserContract
from contracts.imports import ImportRowsContract, ImportsContract
from contracts.mail import MailContract
from contracts.operations import OperationsContract
from contracts.previews import PreviewsContract
from contracts.quota import QuotaContract
from contracts.seen import SeenContract
from contracts.stats import StatsContract
from contracts.todo_changes import TodoChangesContract
from contracts.todo_lists import TodoListsContract
from contracts.user_data import UserDataContract, UserDataOwnersContract
from contracts.user_search import UserSearchContract
from contracts.users import UsersContract

__all__ = [
    "TestAudit",
    "TestBulk",
    "TestCosts",
    "TestErasures",
    "TestFiles",
    "TestImports",
    "TestMail",
    "TestOperations",
    "TestPreviews",
    "TestQuota",
    "TestSeen",
    "TestStats",
    "TestTodoChanges",
    "TestTodoLists",
    "TestUserData",
    "TestUsers",
]


class TestTodoChanges(TodoChangesContract):
    """`TodoRepository`: `get` and `change`."""


class TestSeen(SeenContract):
    """`TodoRepository`: `change`, with what was seen before."""


class TestTodoLists(TodoListsContract):
    """`TodoRepository`: `list`."""


class TestBulk(AddingContract, ErasingTodosContract):
    """`TodoRepository`: `add` and `erase`."""


class TestQuota(QuotaContract):
    """`TodoRepository`: the quota, and the count on the user's record."""


class TestUsers(UsersContract, UserSearchContract, ClosingContract):
    """`UserRepository`."""


class TestFiles(FilesContract, FilesQuotaContract, FilesWithoutAUserContract):
    """`FileRepository`."""


class TestUserData(UserDataContract, UserDataOwnersContract):
    """`UserDataRepository`."""


class TestImports(ImportsContract, ImportRowsContract):
    """`ImportRepository`."""


class TestPreviews(PreviewsContract):
    """`PreviewRepository`."""


class TestOperations(OperationsContract):
    """`OperationRepository`."""


class TestMail(MailContract):
    """`MailRepository`."""


class TestErasures(ErasuresContract):
    """`ErasureRepository`."""


class TestAudit(AuditContract):
    """`AuditRepository`."""


class TestStats(StatsContract):
    """`StatsRepository`, and the decorators that keep it."""


class TestCosts(CostsContract):
    """`CostRepository`."""
