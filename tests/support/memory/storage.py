import time
from collections.abc import Callable

from support.memory.audit import MemoryAudit
from support.memory.costs import MemoryCosts
from support.memory.erasures import MemoryErasures
from support.memory.files import MemoryFiles
from support.memory.imports import MemoryImports
from support.memory.mail import MemoryMail
from support.memory.operations import MemoryOperations
from support.memory.previews import MemoryPreviews
from support.memory.stats import MemoryStats
from support.memory.todos import MemoryTodos
from support.memory.user_data import MemoryUserData
from support.memory.users import MemoryUsers


class MemoryStorage:
    """The `Storage` in memory. `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.users = MemoryUsers()
        self.todos = MemoryTodos(self.users)
        self.files = MemoryFiles(self.users)
        self.user_data = MemoryUserData()
        self.imports = MemoryImports()
        self.previews = MemoryPreviews()
        self.operations = MemoryOperations(clock)
        self.erasures = MemoryErasures(self.operations)
        self.mail = MemoryMail(self.erasures, clock)
        self.audit = MemoryAudit(clock)
        self.stats = MemoryStats()
        self.costs = MemoryCosts()
