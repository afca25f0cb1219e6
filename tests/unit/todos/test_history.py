"""The history of a to-do: in which version each field last changed, and its last mutations."""

import base64
import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.todos import Todo, TodoContent, Tombstone
from app.models.users import User
from app.services.cursors import CursorSigner
from app.services.history import (
    FIELDS,
    REMEMBERED,
    History,
    Remembered,
    State,
    hash_of_content,
    hash_of_id,
    history_of,
    next_history,
)
from app.services.todo_changes import edited, recorded
from app.services.todos import Todos
from support.memory import MemoryTodos, MemoryUsers

CONTENT = TodoContent(title="Buy milk")
EDITS: dict[str, dict[str, Any]] = {
    "title": {"title": "Buy oat milk"},
    "notes": {"notes": "The barista one"},
    "completed": {"completed": True},
    "priority": {"priority": "high"},
    "tags": {"tags": ("shopping",)},
    "list": {"list": "home"},
}


@pytest.fixture
def todos() -> Todos:
    users = MemoryUsers()
    users.create(User(id="ada", email="ada@example.com"))
    return Todos(MemoryTodos(users), CursorSigner(lambda: b"key"))


def state(todos: Todos, todo_id: str) -> State:
    return todos._repository.get("ada", todo_id)


def versions(current: State) -> dict[str, int]:
    history = history_of(current)
    return {name: history.changed_in(name) for name in FIELDS}


def remembered(number: int, version: int = 1) -> Remembered:
    return Remembered(hash_of_id(uuid.UUID(int=number)), hash_of_content(b"%d" % number), version)


def test_of_a_new_todo_each_field_changed_in_its_first_version(todos: Todos) -> None:
    todo = todos.create("ada", CONTENT, todo_id=None, retry_token="r")

    assert versions(todo) == dict.fromkeys(FIELDS, 1)
    assert len(todo.history) < 50


@pytest.mark.parametrize("name", EDITS)
def test_a_patch_changes_the_version_of_its_field(todos: Todos, name: str) -> None:
    todo = todos.create("ada", CONTENT, todo_id=None, retry_token="r")
    todos.patch("ada", todo.id, {"due_on": None})

    changed = todos.patch("ada", todo.id, EDITS[name])

    assert versions(changed) == {**dict.fromkeys(FIELDS, 1), name: 2}


@pytest.mark.parametrize("name", ["due_on", "due_at"])
def test_both_kinds_of_due_dates_are_one_field(todos: Todos, name: str) -> None:
    todo = todos.create("ada", CONTENT, todo_id=None, retry_token="r")
    value = todo.created_at if name == "due_at" else todo.created_at.date()

    assert versions(todos.patch("ada", todo.id, {name: value}))["due"] == 2


def test_a_put_changes_the_versions_of_the_fields_that_differ(todos: Todos) -> None:
    todo = todos.create("ada", CONTENT, todo_id=None, retry_token="r")
    todos.patch("ada", todo.id, {"notes": "x"})

    changed, _ = todos.put("ada", todo.id, TodoContent(title="Other", notes="x"))

    assert versions(changed) == {**dict.fromkeys(FIELDS, 1), "title": 3, "notes": 2}


def test_a_put_over_a_tombstone_changes_each_field(todos: Todos) -> None:
    todo = todos.create("ada", CONTENT, todo_id=None, retry_token="r")
    todos.delete("ada", todo.id)

    back, _ = todos.put("ada", todo.id, CONTENT, lambda _: True)

    assert versions(back) == dict.fromkeys(FIELDS, 3)


def test_an_imported_todo_has_a_history(todos: Todos) -> None:
    todos.restore("ada", [Todo(id="a", title="x", version=7, history="other")])

    assert versions(state(todos, "a")) == dict.fromkeys(FIELDS, 1)


def test_a_change_of_nothing_keeps_the_todo(todos: Todos) -> None:
    todo = todos.create("ada", CONTENT, todo_id=None, retry_token="r")

    assert todos.patch("ada", todo.id, {"title": "Buy milk"}) == todo


def test_mutations_are_carried_along_by_each_change(todos: Todos) -> None:
    made = remembered(1)
    todos._repository.change(
        "ada", "a", lambda _: replace(Todo(id="a", title="x"), history=next_history(None, CONTENT, [made]))
    )

    for change in (
        lambda: todos.patch("ada", "a", {"title": "y"}),
        lambda: todos.put("ada", "a", CONTENT),
        lambda: todos.delete("ada", "a"),
        lambda: todos.put("ada", "a", CONTENT, lambda _: True),
    ):
        change()
        assert history_of(state(todos, "a")).find(made.id) == made


def test_the_last_mutations_are_remembered_in_about_700_characters() -> None:
    todo = Todo(id="a", title="x", version=2**31)
    for number in range(40):
        changed = edited(todo, {"title": f"{number}", **EDITS["notes"], **EDITS["list"]})
        todo = replace(recorded(todo, changed, [remembered(number)]), version=todo.version + 1)

    history = history_of(todo)

    assert [history.find(remembered(number).id) is not None for number in range(40)] == [False] * 8 + [
        True
    ] * 32
    assert len(history.mutations) == REMEMBERED
    assert len(todo.history) < 750


@pytest.mark.parametrize(
    "text", ["", "x", "what changed when", "!!!!", "AAAA", "AQAAAAEAAAAB", "é", "A" * 2000]
)
def test_a_text_that_is_no_history_says_that_each_field_has_changed(text: str) -> None:
    for current in (
        Todo(id="a", title="x", version=5, history=text),
        Tombstone(id="a", version=5, deleted_at=None, history=text),
    ):
        assert versions(current) == dict.fromkeys(FIELDS, 5)
        assert history_of(current).mutations == ()


def test_a_history_of_another_version_tells_of_mutations_only() -> None:
    """A migration or an older release has changed the to-do, and kept the text."""
    made = remembered(1)
    todo = Todo(id="a", title="x", version=5, history=next_history(None, CONTENT, [made]))

    assert versions(todo) == dict.fromkeys(FIELDS, 5)
    assert history_of(todo).find(made.id) == made


@given(st.binary(max_size=700), st.text(max_size=50))
def test_no_text_is_too_wrong_to_read(raw: bytes, text: str) -> None:
    for history in (base64.urlsafe_b64encode(raw).decode(), text):
        assert isinstance(history_of(Todo(id="a", title="x", version=3, history=history)), History)


@given(
    st.lists(st.tuples(st.sampled_from([*EDITS.values(), None]), st.integers(0, 99)), max_size=20),
)
def test_what_is_written_is_what_is_read(steps: list[tuple[dict[str, Any] | None, int]]) -> None:
    """Against a model: a dictionary of versions and a list of mutations."""
    current: State = None
    changed, mutations = dict.fromkeys(FIELDS, 0), []
    for version, (edit, number) in enumerate(steps, 1):
        made = remembered(number, version)
        mutations.append(made)
        if edit is None and isinstance(current, Todo):
            current = Tombstone(
                id="a", version=version, deleted_at=None, history=next_history(current, None, [made])
            )
            changed = dict.fromkeys(FIELDS, version)
        elif isinstance(current, Todo):
            after = replace(current, **(edit or {}))
            changed |= {name: version for name, of in FIELDS.items() if of(after) != of(current)}
            current = replace(after, history=next_history(current, after, [made]), version=version)
        else:
            current = Todo(
                id="a", title=f"{version}", version=version, history=next_history(current, CONTENT, [made])
            )
            changed = dict.fromkeys(FIELDS, version)
        assert versions(current) == changed
        assert list(history_of(current).mutations) == mutations[-REMEMBERED:]
