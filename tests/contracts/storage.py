"""All contracts of storage, as the classes of tests that a storage engine runs: `from contracts.storage import *`.

Each repository of `Storage` has one, of the contracts in the module of its name: `TestUserData` has those of
`contracts.user_data`. The contracts of to-dos and users are in several modules.
"""

from importlib import import_module

from contracts.adding import AddingContract, ErasingTodosContract
from contracts.closing import ClosingContract
from contracts.fixtures import REPOSITORIES
from contracts.many_changes import HistoryContract, ManyChangesContract
from contracts.quota import QuotaContract
from contracts.seen import SeenContract
from contracts.todo_changes import TodoChangesContract
from contracts.todo_lists import TodoListsContract
from contracts.user_search import UserSearchContract
from contracts.users import UsersContract


class TestTodoChanges(TodoChangesContract):
    """`TodoRepository`: `get` and `change`."""


class TestTodoLists(TodoListsContract):
    """`TodoRepository`: `list`."""


class TestBulk(AddingContract, ErasingTodosContract):
    """`TodoRepository`: `add` and `erase`."""


class TestManyChanges(ManyChangesContract, HistoryContract):
    """`TodoRepository`: `change_many`, and the history that is kept with to-dos."""


class TestQuota(QuotaContract):
    """`TodoRepository`: the quota, and the count on the user's record."""


class TestSeen(SeenContract):
    """`TodoRepository`: `change`, with what was seen before."""


class TestUsers(UsersContract, UserSearchContract, ClosingContract):
    """`UserRepository`."""


def _suite(repository: str) -> type:
    """Raises:
    ModuleNotFoundError: the repository has no contract.
    """
    module = import_module(f"contracts.{repository}")
    contracts = [
        found
        for name, found in vars(module).items()
        if name.endswith("Contract") and found.__module__ == module.__name__
    ]
    name = "Test" + repository.title().replace("_", "")
    return type(name, tuple(contracts), {"__doc__": f"`Storage.{repository}`.", "__module__": __name__})


_SUITES = [_suite(name) for name in REPOSITORIES if name not in ("todos", "users")]
globals().update({suite.__name__: suite for suite in _SUITES})

__all__ = [name for name in globals() if name.startswith("Test")]
