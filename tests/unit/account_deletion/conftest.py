"""Leaving over repositories in memory, each of which can be told to fail."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.errors import Unavailable
from app.models import Todo, User
from app.ports.identity import Account
from app.services.account_deletion import AccountDeletion
from app.services.accounts import Accounts
from app.services.cursors import CursorSigner
from app.services.todos import Todos
from app.services.user_stores import UserStores, user_stores
from support.mail import Outbox
from support.memory import MemoryTodos, MemoryUsers

USER = User(id="ada", email="ada@example.com", locale="en-GB")


class MemoryErasures:
    def __init__(self) -> None:
        self.marks: dict[str, str] = {}
        self.operations: list[str] = []

    def state(self, user_id: str) -> str | None:
        return self.marks.get(user_id)

    def begin(self, user_id: str) -> None:
        self.marks.setdefault(user_id, "begun")

    def finish(self, user_id: str) -> None:
        self.marks[user_id] = "finished"

    def erase_operations(self, user_id: str) -> Iterator[int]:
        self.operations.append(user_id)
        yield 0


class Pool:
    """The accounts of the pool."""

    def __init__(self) -> None:
        self.is_down = False
        self.accounts = {USER.id: Account(USER.id, USER.email, "Ada")}

    def get_user(self, username: str) -> Account | None:
        found = (a for a in self.accounts.values() if username in (a.user_id, a.email))
        return next(found, None)

    def delete(self, user_id: str) -> None:
        if self.is_down:
            raise Unavailable
        self.accounts.pop(user_id, None)

    def reset_password(self, email: str, code: str, password: str) -> None:
        pass

    def sign_out(self, user_id: str) -> None:
        pass


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
    erasures: MemoryErasures = field(default_factory=MemoryErasures)
    pool: Pool = field(default_factory=Pool)
    outbox: Outbox = field(default_factory=Outbox)

    def __post_init__(self) -> None:
        self.todos = MemoryTodos(self.users)
        self.users.create(USER)
        self.todos.change(USER.id, "1", lambda _: Todo(id="1", title="one"))
        self.accounts = Accounts(
            self.users,
            self.pool,
            self.outbox,
            has_left=lambda user_id: self.erasures.state(user_id) is not None,
        )

    @property
    def stores(self) -> UserStores:
        return user_stores(
            todos=Todos(self.todos, CursorSigner(lambda: b"key")),
            files=self.files,
            erasures=self.erasures,
            user_data=self.user_data,
            users=self.users,
            identity=self.pool,
        )

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
