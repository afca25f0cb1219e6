"""The counters follow the stream of the Users table, also after a restart of the local stack."""

from app.models.users import User
from app.repositories.dynamodb.storage import DynamoStorage
from support.processes import wait_until
from support.stack import RunningStack, running_stack

SECONDS = 60


def users(stack: RunningStack) -> int:
    return DynamoStorage(stack.clients(), stack.settings.tables).stats.read().get("users", 0)


def add(stack: RunningStack, *names: str) -> None:
    repository = DynamoStorage(stack.clients(), stack.settings.tables).users
    for name in names:
        assert repository.create(User(id=name, email=f"{name}@example.com"))


def test_counting_goes_on_after_a_restart(tmp_path):
    with running_stack(tmp_path / "state") as stack:
        assert wait_until(lambda: users(stack) == 2, SECONDS)  # the seeded ones
        add(stack, "a", "b", "c")
        assert wait_until(lambda: users(stack) == 5, SECONDS)

    with running_stack(tmp_path / "state") as stack:
        assert users(stack) == 5
        add(stack, "d")
        assert wait_until(lambda: users(stack) == 6, SECONDS)
