"""Account deletion over repositories in memory, each of which can be made to fail."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import MagicMock

import pytest

from app.container.personal_data import PersonalData
from app.models.todos import Todo
from app.models.users import User
from app.ports.identity import Account
from app.services.account_deletion import AccountDeletion
from app.services.accounts import Accounts
from app.services.cursors import CursorSigner
from app.services.todos import Todos
from app.services.user_stores import UserStores
from support.mail import Outbox
from support.memory import MemoryErasures, MemoryIdentity, MemoryTodos, MemoryUsers

PASSWORD = "Correct-Horse-7"
USER = User(id="ada", email="ada@example.com", locale="en-GB")


class LoggedErasures(MemoryErasures):
    """Notes whose requests were erased."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[str] = []

    def erase_operations(self, user_id: str) -> Iterator[int]:
        self.operations.append(user_id)
        return super().erase_operations(user_id)


@dataclass
class Erased:
    """Remembers whose things were erased."""

    owners: list[Any] = field(default_factory=list)

    def erase(self, *owner: str) -> None:
        self.owners.append(owner)


@dataclass
class House:
    """All that an account is made of."""

    users: MemoryUsers = field(default_factory=MemoryUsers)
    files: Erased = field(default_factory=Erased)
    user_data: Erased = field(default_factory=Erased)
    erasures: LoggedErasures = field(default_factory=LoggedErasures)
    pool: MemoryIdentity = field(default_factory=MemoryIdentity)
    outbox: Outbox = field(default_factory=Outbox)

    def __post_init__(self) -> None:
        self.todos = MemoryTodos(self.users)
        self.users.create(USER)
        self.pool.put(Account(USER.id, USER.email, "Ada"), PASSWORD)
        self.todos.change(USER.id, "1", lambda _: Todo(id="1", title="one"))
        self.accounts = Accounts(
            self.users,
            self.pool,
            self.outbox,
            has_left=lambda user_id: self.erasures.state(user_id) is not None,
        )

    @property
    def stores(self) -> UserStores:
        """Stores that a test does not look into are mocks."""
        core = MagicMock(
            todos=Todos(self.todos, CursorSigner(lambda: b"key")),
            user_repository=self.users,
            identity=self.pool,
        )
        core.storage.erasures, core.storage.user_data = self.erasures, self.user_data
        personal_data: Any = PersonalData(core)
        personal_data.files = self.files
        stores: UserStores = personal_data.user_stores
        return stores

    @property
    def deletion(self) -> AccountDeletion:
        return AccountDeletion(
            stores=self.stores,
            users=self.users,
            erasures=self.erasures,
            accounts=self.accounts,
            identity=self.pool,
            outbox=self.outbox,
        )


@pytest.fixture
def house() -> House:
    return House()
