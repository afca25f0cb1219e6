"""Two engines to move between, both real, and people with something of everything."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.errors import Unavailable
from app.models.files import Quota
from app.models.moments import now
from app.models.users import User
from app.ports.files import FileRepository
from app.ports.todos import TodoRepository
from app.ports.users import UserRepository
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.postgres.database import Database
from app.repositories.postgres.files import PostgresFiles
from app.repositories.postgres.todos import PostgresTodos
from app.repositories.postgres.users import PostgresUsers
from contracts.changes import add, delete, edit, new_id, random_todo, store
from contracts.files import new_file
from operations.moving.belongings import Belongings, Engine, change_to
from operations.moving.dynamodb import DynamoEngine
from operations.moving.postgres import PostgresEngine
from support.postgres import after_each_statement


class Side:
    """An engine, and the repositories over the same data."""

    def __init__(
        self, engine: Engine, todos: TodoRepository, users: UserRepository, files: FileRepository
    ) -> None:
        self.engine, self.todos, self.users, self.files = engine, todos, users, files

    @classmethod
    def of_dynamodb(cls, storage: DynamoStorage) -> "Side":
        return cls(DynamoEngine(storage), storage.todos, storage.users, storage.files)

    @classmethod
    def of_postgres(cls, database: Database) -> "Side":
        repositories = PostgresTodos(database, quota=None), PostgresUsers(database), PostgresFiles(database)
        return cls(PostgresEngine(database), *repositories)

    def held(self) -> dict[str, Belongings]:
        found = map(self.engine.read, self.engine.user_ids())
        return {one.user.id: one for one in found if one is not None}

    def clear(self) -> None:
        for there in self.held().values():
            self.engine.apply(change_to(None, there))

    def furnish(self, *, todos: int = 5, seed: int = 7) -> str:
        """A person with to-dos, of which one has changed and one is gone, and two files; their id."""
        rng, user_id = random.Random(seed), new_id()
        user = User(id=user_id, email=f"{user_id}@example.com", name="Zoë 🦊", status="disabled")
        assert self.users.create(replace(user, tokens_valid_after=1_700_000_000))
        made = [random_todo(rng) for _ in range(todos)]
        add(self.todos, user_id, made)
        edit(
            self.todos, user_id, made[0].id, title="changed", due_at=now() + timedelta(days=1), history="2 🦊"
        )
        edit(self.todos, user_id, made[1].id, history="of a tombstone")
        delete(self.todos, user_id, made[1].id)
        for file in (new_file(7), new_file(11, status="available", version_id="v1")):
            self.files.reserve(user_id, file, Quota(size=100, files=5))
        return user_id


@contextmanager
def dying(clients: Any, number: int) -> Iterator[list[bool]]:
    """End the `number`th call of either engine and all after it: they take effect, and nothing answers. What is
    yielded says whether there was such a call."""
    died, left = list[bool](), [number]

    def count(*_: object, **__: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            died.append(True)
            raise Unavailable

    events = clients.dynamodb.meta.events
    with ExitStack() as stack:
        events.register("after-call", count)
        stack.callback(events.unregister, "after-call", count)
        stack.enter_context(after_each_statement(count))
        yield died


class Restless:
    """An engine whose data others change during the first `times` passes."""

    def __init__(self, engine: Engine, change: Callable[[], object], *, times: int) -> None:
        self._engine, self._change, self._left = engine, change, times
        self.apply = engine.apply

    def user_ids(self) -> Iterator[str]:
        yield from self._engine.user_ids()

    def read(self, user_id: str) -> Belongings | None:
        found = self._engine.read(user_id)
        if self._left > 0:
            self._left -= 1
            self._change()
        return found


def changes(side: Side, user_id: str) -> Callable[[], object]:
    """One more to-do at each call."""
    rng = random.Random(1)
    return lambda: store(side.todos, user_id, random_todo(rng))


def revisions(held: dict[str, Belongings]) -> Sequence[int]:
    return [one.user.revision for one in held.values()]
