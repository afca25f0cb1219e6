"""Fixtures of every contract test of storage, among them each repository by its name in `Storage`.

`conftest.py` files import it.

They add what differs between engines: `storage`, made once a class, whose repositories tell the time by `clock`; and
`todos_with_quota`, which makes a `TodoRepository` of the same data with another quota. Tests share an engine, and no
data of a user.
"""

import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.models.todos import Todo
from app.models.users import User
from app.ports.audit import AuditRepository
from app.ports.storage import Storage
from app.ports.todos import TodoRepository
from app.ports.users import UserRepository
from contracts.changes import delete, random_todo, store
from support.clock import Clock

REPOSITORIES = sorted(name for name, member in vars(Storage).items() if isinstance(member, property))

__all__ = [  # noqa: PLE0604 - the names of the repositories are strings, too
    "clock",
    "email",
    "key",
    "library",
    "mail_id",
    "other_user_id",
    "today",
    "user_id",
    *REPOSITORIES,
]

Library = tuple[str, list[Todo]]
WithQuota = Callable[[int], TodoRepository]

_NEXT_YEAR = iter(range(2100, 9000, 3))
"""The audit is one for all: each test has years of its own."""


@pytest.fixture(scope="class")
def clock() -> Clock:
    return Clock()


def _repository(name: str) -> Any:
    @pytest.fixture(name=name)
    def of(storage: Storage) -> Any:
        return getattr(storage, name)

    return of


globals().update({name: _repository(name) for name in REPOSITORIES})


@pytest.fixture
def today() -> datetime:
    return datetime(next(_NEXT_YEAR), 3, 15, 12, tzinfo=UTC)


@pytest.fixture
def audit(storage: Storage, clock: Clock, today: datetime) -> AuditRepository:
    clock.now = today.timestamp()
    return storage.audit


@pytest.fixture
def user_id(users: UserRepository) -> str:
    return new_user(users)


@pytest.fixture
def other_user_id(users: UserRepository) -> str:
    return new_user(users)


def new_user(users: UserRepository) -> str:
    user_id = str(uuid.uuid4())
    assert users.create(User(id=user_id, email=f"{user_id}@example.com"))
    return user_id


@pytest.fixture
def key() -> str:
    """An idempotency key."""
    return str(uuid.uuid4())


@pytest.fixture
def mail_id() -> str:
    return f"welcome#{uuid.uuid4()}"


@pytest.fixture
def email() -> str:
    return f"{uuid.uuid4()}@example.com"


@pytest.fixture(scope="class")
def library(storage: Storage) -> Library:
    """A user with 40 to-dos and some tombstones between them, and a neighbour whose to-dos must not show."""
    rng = random.Random(7)
    user_id, neighbour = new_user(storage.users), new_user(storage.users)
    stored = [store(storage.todos, user_id, random_todo(rng)) for _ in range(44)]
    for todo in stored[::11]:
        delete(storage.todos, user_id, todo.id)
    store(storage.todos, neighbour, random_todo(rng))
    return user_id, [todo for index, todo in enumerate(stored) if index % 11]
