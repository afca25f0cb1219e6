"""Each operation of the repositories that PostgreSQL and DynamoDB both have, and how many calls it takes of either.

A call is a request to DynamoDB, or a statement: each is one round trip.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from app.models.files import Quota
from app.models.moments import now
from app.models.todos import TodoQuery
from app.models.users import RecentAccount, User, UserQuery
from app.ports.storage import Storage
from app.ports.todos import Seen
from app.repositories.dynamodb.storage import DynamoStorage
from contracts.changes import editing, new_id, new_todo, random_todo, store
from contracts.files import new_file
from support.postgres import after_each_statement

Act = Callable[[], object]
Counting = AbstractContextManager[list[str]]
_ROOM = Quota(size=10**12, files=1000)


class Operation(NamedTuple):
    """`prepare` stores what `act` needs, and returns it. The counts are those of `act` alone."""

    prepare: Callable[[Storage], Act]
    dynamodb: int
    postgres: int


@contextmanager
def requests_to(storage: DynamoStorage) -> Iterator[list[str]]:
    """The names of the requests to DynamoDB, in order."""
    made, events = list[str](), storage.clients.dynamodb.meta.events
    note = lambda model, **_: made.append(model.name)  # noqa: E731
    events.register("before-call.dynamodb", note)
    try:
        yield made
    finally:
        events.unregister("before-call.dynamodb", note)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The names of the statements sent to PostgreSQL, in order."""
    made = list[str]()
    with after_each_statement(lambda statement: made.append(statement.name)):
        yield made


def _user(storage: Storage) -> User:
    user_id = new_id()
    user = User(id=user_id, email=f"{user_id}@example.com")
    assert storage.users.create(user)
    return user


def _of_users(act: Callable[[Storage, User], object]) -> Callable[[Storage], Act]:
    def prepare(storage: Storage) -> Act:
        user = _user(storage)
        return lambda: act(storage, user)

    return prepare


def _of_todo(act: Callable[[Storage, str, str], object]) -> Callable[[Storage], Act]:
    def prepare(storage: Storage) -> Act:
        user_id = _user(storage).id
        todo = store(storage.todos, user_id, new_todo(tags=("a",)))
        return lambda: act(storage, user_id, todo.id)

    return prepare


def _of_list(query: TodoQuery) -> Callable[[Storage], Act]:
    """Of a user with 60 to-dos."""

    def prepare(storage: Storage) -> Act:
        user_id, rng = _user(storage).id, random.Random(7)
        list(storage.todos.add(user_id, [random_todo(rng) for _ in range(60)]))
        return lambda: storage.todos.list(user_id, query, limit=50)

    return prepare


def _change_of_seen(storage: Storage) -> Act:
    user_id = _user(storage).id
    todo = store(storage.todos, user_id, new_todo())
    account = storage.users.get(user_id)
    assert account is not None
    seen = Seen(account, todo)
    return lambda: storage.todos.change(user_id, todo.id, editing(title="x"), seen=seen)


def _create_presuming(storage: Storage) -> Act:
    """PostgreSQL does not remember accounts, and stores nothing."""
    account, todo = _user(storage), new_todo()
    storage.todos.change(account.id, new_id(), lambda _: new_todo(), seen=Seen(account, todo=None))
    presumed = storage.todos.recent(account.id) or RecentAccount(account.id, "active", 0, 1, 1)
    return lambda: storage.todos.create_presuming(presumed, todo.id, lambda _: todo)


def _add(storage: Storage) -> Act:
    user_id, todos = _user(storage).id, [new_todo() for _ in range(25)]
    return lambda: list(storage.todos.add(user_id, todos))


def _edit_fifty(storage: Storage) -> Act:
    user_id, todos = _user(storage).id, [new_todo() for _ in range(50)]
    list(storage.todos.add(user_id, todos))
    edits = [(todo.id, editing(title="x")) for todo in todos]
    return lambda: list(storage.todos.change_many(user_id, edits))


def _erase(storage: Storage) -> Act:
    user_id = _user(storage).id
    list(storage.todos.add(user_id, [new_todo() for _ in range(20)]))
    return lambda: list(storage.todos.erase(user_id))


def _of_file(act: Callable[[Storage, str, object], object]) -> Callable[[Storage], Act]:
    def prepare(storage: Storage) -> Act:
        user_id, file = _user(storage).id, new_file()
        storage.files.reserve(user_id, file, _ROOM)
        return lambda: act(storage, user_id, file)

    return prepare


OPERATIONS = {
    "todos.get": Operation(_of_todo(lambda s, user, todo: s.todos.get(user, todo)), 1, 1),
    "todos.see": Operation(_of_todo(lambda s, user, todo: s.todos.see(user, todo)), 1, 1),
    "todos.list": Operation(_of_list(TodoQuery()), 1, 1),
    "todos.list by due date": Operation(_of_list(TodoQuery(sort="due")), 1, 1),
    "todos.list with a text": Operation(_of_list(TodoQuery(q="milk")), 1, 1),
    "todos.change": Operation(
        _of_todo(lambda s, user, todo: s.todos.change(user, todo, editing(title="x"))), 2, 2
    ),
    "todos.change of what was seen": Operation(_change_of_seen, 1, 1),
    "todos.change that creates": Operation(
        _of_users(lambda s, user: store(s.todos, user.id, new_todo())), 2, 2
    ),
    "todos.change that deletes": Operation(
        _of_todo(lambda s, user, todo: s.todos.change(user, todo, lambda _: None)), 2, 2
    ),
    "todos.recent": Operation(_of_todo(lambda s, user, _: s.todos.recent(user)), 0, 0),
    "todos.create_presuming": Operation(_create_presuming, 1, 0),
    "todos.change_many of 50": Operation(_edit_fifty, 4, 4),
    "todos.add of 25": Operation(_add, 2, 2),
    "todos.erase of 20": Operation(_erase, 2, 2),
    "users.get": Operation(_of_users(lambda s, user: s.users.get(user.id)), 1, 1),
    "users.get_many": Operation(_of_users(lambda s, user: s.users.get_many([user.id])), 1, 1),
    "users.create": Operation(lambda s: lambda: _user(s), 1, 1),
    "users.update_profile": Operation(
        _of_users(lambda s, user: s.users.update_profile(user.id, {"name": "Ada"})), 2, 1
    ),
    "users.fill_profile": Operation(
        _of_users(lambda s, user: s.users.fill_profile(user.id, {"name": "Ada"})), 2, 1
    ),
    "users.change_email": Operation(
        _of_users(lambda s, user: s.users.change_email(user.id, f"x{user.email}", was=user.email)), 2, 1
    ),
    "users.set_status": Operation(_of_users(lambda s, user: s.users.set_status(user.id, "disabled")), 2, 1),
    "users.close": Operation(_of_users(lambda s, user: s.users.close(user.id)), 1, 1),
    "users.delete": Operation(_of_users(lambda s, user: s.users.delete(user.id)), 1, 1),
    "users.search": Operation(
        _of_users(lambda s, user: s.users.search(UserQuery(email=user.email), limit=50)), 4, 1
    ),
    "users.revoke_tokens": Operation(_of_users(lambda s, user: s.users.revoke_tokens(user.id, 1)), 1, 1),
    "users.wait_until_visible": Operation(
        _of_users(lambda s, user: s.users.wait_until_visible(user.id)), 0, 0
    ),
    "files.get": Operation(_of_file(lambda s, user, file: s.files.get(user, file.id)), 1, 1),
    "files.get_many": Operation(_of_file(lambda s, user, file: s.files.get_many(user, [file.id])), 1, 1),
    "files.list": Operation(_of_file(lambda s, user, _: s.files.list(user, limit=50)), 1, 1),
    "files.every": Operation(_of_file(lambda s, user, _: list(s.files.every(user))), 1, 1),
    "files.pending": Operation(
        _of_file(lambda s, user, _: list(s.files.pending(user, now() + timedelta(days=1)))), 1, 1
    ),
    "files.used": Operation(_of_file(lambda s, user, _: s.files.used(user)), 1, 1),
    "files.reserve": Operation(_of_users(lambda s, user: s.files.reserve(user.id, new_file(), _ROOM)), 2, 1),
    "files.settle": Operation(
        _of_file(lambda s, user, file: s.files.settle(user, file, replace(file, status="available"))), 2, 1
    ),
    "files.remove": Operation(_of_file(lambda s, user, file: s.files.remove(user, file)), 2, 1),
    "files.discard": Operation(_of_file(lambda s, user, file: s.files.discard(user, file.id)), 1, 1),
    "feed.revision": Operation(_of_users(lambda s, user: s.feed.revision(user.id)), 1, 1),
    "feed.after": Operation(_of_todo(lambda s, user, _: s.feed.after(user, -1, until=1, limit=1000)), 1, 1),
    "stats.read": Operation(lambda s: s.stats.read, 2, 1),
    "stats.add": Operation(lambda s: lambda: s.stats.add(mailSent=1), 1, 0),
}
"""By the name of the repository's method. PostgreSQL's counts are its statements: what it keeps in DynamoDB, the
counters of imports and mails, comes on top."""
