"""Storage in memory: a second engine behind the same Protocols, for tests of what stands above them.

It passes the contracts of storage, as each engine does, and keeps what it is given for as long as the test runs.
Beside it are dead letters and an identity provider, which pass theirs.
"""

from support.memory.activity import MemoryActivity
from support.memory.audit import MemoryAudit
from support.memory.costs import MemoryCosts
from support.memory.dead_letters import MemoryDeadLetters
from support.memory.erasures import MemoryErasures
from support.memory.files import MemoryFiles
from support.memory.identity import MemoryIdentity
from support.memory.imports import MemoryImports
from support.memory.mail import MemoryMail
from support.memory.operations import MemoryOperations
from support.memory.previews import MemoryPreviews
from support.memory.stats import MemoryStats
from support.memory.storage import MemoryStorage
from support.memory.todos import MemoryTodos
from support.memory.user_data import MemoryUserData
from support.memory.users import MemoryUsers

__all__ = [
    "MemoryActivity",
    "MemoryAudit",
    "MemoryCosts",
    "MemoryDeadLetters",
    "MemoryErasures",
    "MemoryFiles",
    "MemoryIdentity",
    "MemoryImports",
    "MemoryMail",
    "MemoryOperations",
    "MemoryPreviews",
    "MemoryStats",
    "MemoryStorage",
    "MemoryTodos",
    "MemoryUserData",
    "MemoryUsers",
]
