import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from support.memory.activity import MemoryActivity
from support.memory.address_changes import MemoryAddressChanges
from support.memory.audit import MemoryAudit
from support.memory.erasures import MemoryErasures
from support.memory.feed import MemoryFeed
from support.memory.files import MemoryFiles
from support.memory.limits import MemoryLimits
from support.memory.mail import MemoryMail
from support.memory.operations import MemoryOperations
from support.memory.todos import MemoryTodos
from support.memory.users import MemoryUsers


class MemoryStorage:
    """The `Storage` in memory. `clock` gives seconds since the epoch.

    Here are the repositories that need the clock or one another. Any other is made when it is first used, from the
    module of its name: `user_data` is `MemoryUserData` of `support.memory.user_data`.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.users = MemoryUsers()
        self.todos = MemoryTodos(self.users)
        self.feed = MemoryFeed(self.users, self.todos)
        self.files = MemoryFiles(self.users)
        self.operations = MemoryOperations(clock)
        self.erasures = MemoryErasures(self.operations)
        self.mail = MemoryMail(self.erasures, clock)
        self.limits = MemoryLimits(clock)
        self.audit = MemoryAudit(clock)
        self.activity = MemoryActivity(clock)
        self.address_changes = MemoryAddressChanges(clock)

    def __getattr__(self, name: str) -> Any:
        try:
            module = import_module(f"support.memory.{name}")
        except ModuleNotFoundError as error:
            raise AttributeError(name) from error
        made = getattr(module, "Memory" + name.title().replace("_", ""))()
        setattr(self, name, made)
        return made
