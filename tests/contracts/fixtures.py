"""What every contract test is given, from the `storage` of the engine under test. `conftest.py` files import it."""

import uuid

import pytest

from app.models import User
from app.ports import OperationRepository, TodoRepository, UserRepository
from support.storage import Clock, Storage


@pytest.fixture
def todos(storage: Storage) -> TodoRepository:
    return storage.todos


@pytest.fixture
def users(storage: Storage) -> UserRepository:
    return storage.users


@pytest.fixture
def operations(storage: Storage) -> OperationRepository:
    return storage.operations


@pytest.fixture
def clock(storage: Storage) -> Clock:
    return storage.clock


@pytest.fixture
def user_id(users: UserRepository) -> str:
    """A new user, so that tests share an engine and nothing else."""
    return new_user(users)


@pytest.fixture
def other_user_id(users: UserRepository) -> str:
    return new_user(users)


def new_user(users: UserRepository) -> str:
    user_id = str(uuid.uuid4())
    assert users.create(User(id=user_id, email=f"{user_id}@example.com"))
    return user_id
