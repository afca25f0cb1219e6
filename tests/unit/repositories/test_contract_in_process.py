"""The repository contracts over moto."""

from contracts.account_deletion import AddingContract, ClosingContract, ErasingContract
from contracts.administration import AuditContract, CostsContract, StatsContract, audit, stats, today  # noqa: F401
from contracts.operations import OperationsContract, key  # noqa: F401
from contracts.quota import QuotaContract, QuotaItemContract, limited  # noqa: F401
from contracts.todo_changes import TodoChangesContract, TombstoneContract, TornReadContract
from contracts.todo_lists import LongListsContract, TodoListsContract, library  # noqa: F401
from contracts.user_search import UserSearchContract
from contracts.users import UserItemContract, UsersContract


class TestTodoChanges(TodoChangesContract, TombstoneContract, TornReadContract):
    pass


class TestTodoLists(TodoListsContract, LongListsContract):
    pass


class TestQuota(QuotaContract, QuotaItemContract):
    pass


class TestUsers(UsersContract, UserItemContract, UserSearchContract):
    pass


class TestOperations(OperationsContract):
    pass


class TestAdministration(StatsContract, AuditContract, CostsContract):
    pass


class TestLeaving(ClosingContract, AddingContract, ErasingContract):
    pass
