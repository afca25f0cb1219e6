"""The rules for changing a to-do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from app.errors import Conflict, Gone, NotFound, PreconditionFailed
from app.models.todos import TodoContent, Tombstone
from app.models.users import User
from app.services import todo_changes as module
from app.services.cursors import CursorSigner
from app.services.todos import Todos
from contracts.changes import new_id
from support.memory import MemoryTodos, MemoryUsers

START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
CONTENT = TodoContent(
    title="Buy milk",
    notes="",
    completed=False,
    due_on=None,
    due_at=None,
    priority="none",
    tags=(),
    list="inbox",
)


@pytest.fixture
def todos(monkeypatch: pytest.MonkeyPatch) -> Todos:
    """Over a repository in memory, and a clock that goes on by a second whenever it is looked at."""
    seconds = count()
    monkeypatch.setattr(module, "now", lambda: START + timedelta(seconds=next(seconds)))
    users = MemoryUsers()
    for user_id in ("ada", "bob"):
        users.create(User(id=user_id, email=f"{user_id}@example.com"))
    return Todos(MemoryTodos(users), CursorSigner(lambda: b"key"))


def create(todos: Todos, user_id: str = "ada", **options: Any):
    return todos.create(user_id, CONTENT, **{"todo_id": None, "retry_token": new_id(), **options})


def never(_current: object) -> bool:
    return False


def test_what_is_completed_says_when_until_it_is_open_again(todos):
    todo = create(todos)
    assert todo.completed_at is None

    done = todos.patch("ada", todo.id, {"completed": True})
    renamed = todos.patch("ada", todo.id, {"title": "Buy oat milk"})
    reopened = todos.patch("ada", todo.id, {"completed": False})
    again = todos.patch("ada", todo.id, {"completed": True})

    assert done.completed_at == done.updated_at > todo.updated_at
    assert renamed.completed_at == done.completed_at < renamed.updated_at
    assert reopened.completed_at is None
    assert again.completed_at == again.updated_at > done.completed_at
    assert {each.created_at for each in (todo, done, renamed, reopened, again)} == {todo.created_at}


def test_a_change_that_changes_nothing_spends_no_version(todos):
    todo = create(todos)

    assert todos.patch("ada", todo.id, {"title": CONTENT.title}) == todo
    assert todos.put("ada", todo.id, CONTENT) == (todo, False)


def test_a_creation_repeated_later_takes_nothing_back(todos):
    todo = create(todos, retry_token="r")
    changed = todos.patch("ada", todo.id, {"title": "Buy oat milk"})

    assert create(todos, retry_token="r") == changed


def test_a_retry_token_is_its_users_own_and_an_id_of_the_clients_goes_before_it(todos):
    ids = [
        create(todos, retry_token="r").id,
        create(todos, retry_token="s").id,
        create(todos, "bob", retry_token="r").id,
        create(todos, todo_id="mine", retry_token="r").id,
        create(todos).id,
    ]

    assert len(set(ids)) == 5
    assert ids[3] == "mine"


def test_a_refused_change_tells_what_is_there_and_changes_nothing(todos):
    todo = create(todos)

    for change in (
        lambda: todos.put("ada", todo.id, replace(CONTENT, title="x"), never),
        lambda: todos.patch("ada", todo.id, {"title": "x"}, never),
        lambda: todos.delete("ada", todo.id, never),
    ):
        with pytest.raises(PreconditionFailed) as refused:
            change()
        assert refused.value.current == todo
    assert todos.get("ada", todo.id) == todo


def test_a_missing_todo_is_not_found_under_any_condition(todos):
    for change in (
        lambda: todos.patch("ada", "nothing", {"title": "x"}, never),
        lambda: todos.delete("ada", "nothing", never),
    ):
        with pytest.raises(NotFound):
            change()


def test_a_deleted_todo_stays_deleted_under_any_condition(todos):
    todo = create(todos, todo_id="t", retry_token="r")
    todos.delete("ada", "t")

    for change, error in (
        (lambda: todos.get("ada", "t"), Gone),
        (lambda: todos.put("ada", "t", CONTENT), Gone),
        (lambda: todos.patch("ada", "t", {"title": "x"}, asked_for), Gone),
        (lambda: todos.delete("ada", "t", asked_for), Gone),
        (lambda: create(todos, todo_id="t"), Conflict),
    ):
        with pytest.raises(error) as refused:
            change()
        assert (refused.value.code, refused.value.members["version"]) == ("todo_deleted", todo.version + 1)


def asked_for(current: object) -> bool:
    return isinstance(current, Tombstone)


def test_a_derived_id_stays_deleted(todos):
    todo = create(todos, retry_token="r")
    todos.delete("ada", todo.id)

    with pytest.raises(Conflict) as refused:
        create(todos, retry_token="r")

    assert refused.value.code == "todo_deleted"


def test_a_todo_restored_on_purpose_starts_over(todos):
    before = create(todos, todo_id="t")
    todos.delete("ada", "t")

    restored, created = todos.put("ada", "t", CONTENT, asked_for)

    assert (created, restored.version) == (True, 3)
    assert restored.created_at > before.created_at


def test_put_says_whether_it_created(todos):
    todo, created = todos.put("ada", "t", CONTENT)
    replaced, created_again = todos.put("ada", "t", replace(CONTENT, title="x"))

    assert (created, created_again) == (True, False)
    assert (replaced.title, replaced.created_at, replaced.version) == ("x", todo.created_at, 2)
