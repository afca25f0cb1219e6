"""Pages that are kept as they are sent: under which names, and for which revision."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zlib import crc32

import pytest

import app.routers.todos
from app.models.pages import Position
from app.models.todos import Todo, TodoQuery
from app.models.users import User
from app.ports.answers import NoAnswerCache, RenderedPage
from app.schemas.todos import TodoOut
from app.services.cursors import CursorSigner
from app.services.todos import Rendering, TodoPage, Todos
from support.memory import MemoryStorage

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
QUERIES = [
    TodoQuery(),
    TodoQuery(completed=True),
    TodoQuery(completed=False),
    TodoQuery(list="x"),
    TodoQuery(tag="x"),
    TodoQuery(q="x"),
    TodoQuery(q="X"),
    TodoQuery(q="\ud800"),
    TodoQuery(priority="low"),
    TodoQuery(due_before=NOON),
    TodoQuery(due_after=NOON),
    TodoQuery(due_after=NOON.replace(microsecond=1)),
    TodoQuery(sort="due"),
]
SIGNER = CursorSigner(lambda: b"key")
TITLES = Rendering("1", lambda todos: b",".join(todo.title.encode() for todo in todos))


@dataclass
class Recorder(NoAnswerCache):
    names: list[str] = field(default_factory=list)
    revisions: list[int] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, user_id: str, name: str) -> None:
        self.expected.append(name)

    def read(
        self, user_id: str, name: str, revision: int, render: Callable[[], RenderedPage]
    ) -> RenderedPage:
        self.names.append(name)
        self.revisions.append(revision)
        return render()


@pytest.fixture
def answers() -> Recorder:
    return Recorder()


@pytest.fixture
def todos(answers: Recorder) -> Todos:
    storage = MemoryStorage()
    storage.users.create(User(id="ann", email="ann@example.com"))
    for number in range(3):
        storage.todos.change("ann", str(number), lambda _, number=number: Todo(id="", title=f"t{number}"))
    return Todos(storage.todos, SIGNER, answers=answers)


def page_of(query: TodoQuery, limit: int = 50, position: str | None = None) -> TodoPage:
    return TodoPage(query, limit, position and SIGNER.sign("ann", query, Position(position)))


def test_each_page_and_each_contract_has_a_name_of_its_own(todos: Todos, answers: Recorder) -> None:
    pages = [page_of(query) for query in QUERIES]
    pages += [page_of(TodoQuery(), limit=51), page_of(TodoQuery(), position="p")]
    pages += [page_of(TodoQuery(), position="null")]

    for page in pages:
        todos.expect_page("ann", page, TITLES)
    todos.expect_page("ann", pages[0], TITLES._replace(contract="2"))

    assert len(set(answers.expected)) == len(pages) + 1


@pytest.mark.parametrize("query", QUERIES)
def test_what_is_expected_has_the_name_of_what_is_read(
    todos: Todos, answers: Recorder, query: TodoQuery
) -> None:
    todos.expect_page("ann", page_of(query), TITLES)
    todos.rendered("ann", page_of(replace(query)), 3, TITLES)

    assert answers.names == answers.expected
    assert answers.revisions == [3]


def test_the_cursor_of_a_kept_page_leads_to_the_next(todos: Todos) -> None:
    items, cursor = todos.rendered("ann", page_of(TodoQuery(), limit=2), 3, TITLES)
    rest, end = todos.rendered("ann", TodoPage(TodoQuery(), 2, cursor), 3, TITLES)

    assert (items, rest, end) == (b"t0,t1", b"t2", None)


def test_the_contract_of_kept_pages_is_raised_with_the_schema() -> None:
    """A release must not send pages that another has kept. Raise the number and note the new checksum together."""
    schema = json.dumps(TodoOut.model_json_schema(mode="serialization"), sort_keys=True)

    assert (app.routers.todos._RENDERING.contract, f"{crc32(schema.encode()):08x}") == ("1", "a0cedfc8")
