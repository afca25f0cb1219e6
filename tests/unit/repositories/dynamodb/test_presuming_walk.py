"""Random acts of a user, an administrator and two processes: no creation is accepted that the guard would refuse, and
counts and revisions stay right."""

import random
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from app.errors import Unauthenticated
from app.models.todos import TodoContent, TodoQuery
from app.models.users import User
from app.ports.todos import Seen
from app.repositories.dynamodb.recent_accounts import KEPT_S, RecentAccounts
from app.repositories.dynamodb.storage import DynamoStorage
from app.services.accounts import Accounts, admits
from app.services.todos import Todos
from contracts.changes import count_of, new_id, new_todo, revision_of
from support.clock import Clock

CONTENT = TodoContent(title="Buy milk")
STEPS = 60


class Process:
    """What one process does for a request to create: as `app.routers.todos` does it."""

    def __init__(self, storage: DynamoStorage) -> None:
        self.storage = DynamoStorage(storage.clients, storage.tables, storage.clock)
        self.clock = Clock()
        self.storage.todos._recent = RecentAccounts(self.clock)
        none: Any = SimpleNamespace(get_user=lambda _username: None)
        self._accounts = Accounts(self.storage.users, none, none)
        self._todos = Todos(self.storage.todos, none)

    def create(self, user_id: str, signed_in_at: int, todo_id: str) -> bool:
        """Returns whether it went without a look at the account."""
        session, wanted = partial(admits, signed_in_at), {"todo_id": todo_id, "retry_token": "r"}
        if self._todos.create_at_once(user_id, CONTENT, **wanted, admits=session):
            return True
        account = self._accounts.guard(user_id, user_id, signed_in_at)
        self._todos.create(user_id, CONTENT, **wanted, account=account)
        return False


class Walk:
    """The acts, and a model of what they lead to."""

    def __init__(self, storage: DynamoStorage, seed: int) -> None:
        self.rng = random.Random(seed)
        self.storage = storage
        self.processes = [Process(storage), Process(storage)]
        self.user_id = new_id()
        self.now, self.signed_in_at, self.valid_after = 10, 10, 0
        self.status = "active"
        self.todos: set[str] = set()
        self.revision = self.at_once = self.refused = 0
        assert storage.users.create(User(id=self.user_id, email="ann@example.com"))

    def act(self) -> None:
        acts: dict[Callable[[Process], None], int] = {
            self.create: 16,
            self.create_at_the_same_time: 2,
            self.change: 4,
            self.sign_out_everywhere: 1,
            self.shut_out_between: 4,
            self.sign_in_again: 6,
            self.disable: 1,
            self.enable: 3,
            self.set_status_by_hand: 1,
            self.wait: 4,
        }
        (act,) = self.rng.choices(list(acts), list(acts.values()))
        act(self.rng.choice(self.processes))

    def create(self, process: Process) -> None:
        for _ in range(self.rng.randrange(1, 4)):
            lets_in = self.status == "active" and self.signed_in_at >= self.valid_after
            todo_id = new_id()
            try:
                self.at_once += process.create(self.user_id, self.signed_in_at, todo_id)
            except Unauthenticated:
                assert not lets_in
                self.refused += 1
                continue
            assert lets_in, "the guard would have refused this"
            self._stored(todo_id)

    def create_at_the_same_time(self, process: Process) -> None:
        """Both processes have looked before: the second meets what the first has written."""
        account = self.storage.users.get(self.user_id)
        if account is None or account.status != "active":
            return
        for one in (process, *(other for other in self.processes if other is not process)):
            todo = new_todo()
            one.storage.todos.change(
                self.user_id, todo.id, lambda _, todo=todo: todo, seen=Seen(account, todo=None)
            )
            self._stored(todo.id)

    def change(self, process: Process) -> None:
        if not self.todos or self.status == "gone":
            return
        todo_id, todos = self.rng.choice(sorted(self.todos)), process.storage.todos
        deletes = self.rng.random() < 0.5
        known = self.rng.choice([None, todos.see(self.user_id, todo_id)])
        todos.change(self.user_id, todo_id, lambda _: None if deletes else new_todo(), seen=known)
        self._stored(todo_id)
        self.todos -= {todo_id} if deletes else set()

    def sign_out_everywhere(self, process: Process) -> None:
        self.now += 1
        process.storage.users.revoke_tokens(self.user_id, self.now)
        self.valid_after = self.now

    def shut_out_between(self, process: Process) -> None:
        """The session goes on, and so does what its process remembers. Later the user comes back."""
        shut_out = self.rng.choice([self.sign_out_everywhere, self.disable, self.set_status_by_hand])
        self.create(process)
        shut_out(self.rng.choice(self.processes))
        self.create(process)
        self.enable(process)
        self.sign_in_again(process)

    def sign_in_again(self, _process: Process) -> None:
        self.signed_in_at = self.now

    def disable(self, process: Process) -> None:
        process.storage.users.set_status(self.user_id, "disabled")
        self.status, self.revision = "disabled", self.revision + 1

    def enable(self, process: Process) -> None:
        process.storage.users.set_status(self.user_id, "active")
        self.status, self.revision = "active", self.revision + 1

    def set_status_by_hand(self, _process: Process) -> None:
        """In the console, say: the revision stays."""
        self.status = self.rng.choice(["active", "disabled"])
        self.storage.clients.dynamodb.update_item(
            TableName=self.storage.tables["users"],
            Key={"userId": {"S": self.user_id}},
            UpdateExpression="SET #status = :status",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": {"S": self.status}},
        )

    def wait(self, _process: Process) -> None:
        """Until a process whose presumption has failed may presume again."""
        for process in self.processes:
            process.clock.now += KEPT_S

    def leave(self, process: Process) -> None:
        process.storage.users.close(self.user_id)
        self.status, self.revision = "gone", self.revision + 1
        self.create(self.rng.choice(self.processes))
        list(process.storage.todos.erase(self.user_id))
        self.create(self.rng.choice(self.processes))
        process.storage.users.delete(self.user_id)
        self.create(self.rng.choice(self.processes))
        self.todos = set()
        assert self._listed() == set()

    def _stored(self, todo_id: str) -> None:
        self.todos.add(todo_id)
        self.revision += 1

    def _listed(self) -> set[str]:
        return {todo.id for todo in self.storage.todos.list(self.user_id, TodoQuery(), limit=200).items}

    def check(self) -> None:
        assert self._listed() == self.todos
        assert count_of(self.storage.users, self.user_id) == len(self.todos)
        assert revision_of(self.storage.users, self.user_id) == self.revision


@pytest.mark.parametrize("seed", range(6))
def test_no_creation_is_accepted_that_the_guard_would_refuse(storage: DynamoStorage, seed: int) -> None:
    walk = Walk(storage, seed)
    for _ in range(STEPS):
        walk.act()
        walk.check()
    walk.leave(walk.rng.choice(walk.processes))

    assert walk.at_once >= 3
    assert walk.refused >= 3
