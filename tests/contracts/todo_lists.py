"""The contract of listing to-dos: filters, order and pages, compared with a plain Python model."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.errors import BadRequest
from app.models.todos import Todo, TodoQuery
from app.ports.todos import TodoRepository
from app.text import fold
from contracts.changes import DUE, EPOCH, LISTS, TAGS, delete, edit, new_todo, store, walk
from contracts.fixtures import Library

NOON = EPOCH + timedelta(hours=12)
MICROSECOND = timedelta(microseconds=1)
SEARCHES = ("MILK", "straße", "e", "tulip", "absent")

bounds = st.sampled_from([None, *DUE]).flatmap(
    lambda due: (
        st.none() if due is None else st.sampled_from([due + timedelta(microseconds=n) for n in (-1, 0, 1)])
    )
)
queries = st.builds(
    TodoQuery,
    completed=st.sampled_from([None, None, True, False]),
    list=st.sampled_from([None, None, *LISTS, "absent"]),
    tag=st.sampled_from([None, None, *TAGS, "absent"]),
    priority=st.sampled_from([None, None, "none", "low", "medium", "high"]),
    due_before=bounds,
    due_after=bounds,
    q=st.sampled_from([None, None, *SEARCHES]),
    sort=st.sampled_from(["created", "due"]),
)


def due_instant(todo: Todo) -> datetime | None:
    if todo.due_on is not None:
        return datetime(todo.due_on.year, todo.due_on.month, todo.due_on.day, tzinfo=UTC)
    return todo.due_at


def matches(todo: Todo, query: TodoQuery) -> bool:
    due = due_instant(todo)
    texts = [fold(text) for text in (todo.title, todo.notes, *todo.tags)]
    return (
        query.completed in (None, todo.completed)
        and query.list in (None, todo.list)
        and query.priority in (None, todo.priority)
        and (query.tag is None or query.tag in todo.tags)
        and (query.due_before is None or (due is not None and due < query.due_before))
        and (query.due_after is None or (due is not None and due > query.due_after))
        and (query.q is None or any(fold(query.q) in text for text in texts))
    )


def order(todo: Todo, query: TodoQuery) -> tuple[Any, ...]:
    due = due_instant(todo)
    if query.sort == "created":
        return (todo.created_at, todo.id)
    if due is None:
        return (True, todo.created_at, todo.id)
    return (False, due, todo.id)


def model_list(library: list[Todo], query: TodoQuery) -> list[Todo]:
    return sorted((todo for todo in library if matches(todo, query)), key=lambda todo: order(todo, query))


class TodoListsContract:
    @settings(
        max_examples=60,
        deadline=None,
        database=None,
        suppress_health_check=[
            HealthCheck.differing_executors,
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
        ],
    )
    @given(query=queries, limit=st.sampled_from([1, 2, 7, 39, 40, 41, 100]))
    @example(query=TodoQuery(), limit=1)
    @example(query=TodoQuery(sort="due"), limit=1)
    @example(query=TodoQuery(sort="due", completed=True), limit=3)
    @example(query=TodoQuery(sort="due", due_after=DUE[2], due_before=DUE[2]), limit=5)
    @example(query=TodoQuery(sort="created", due_after=DUE[5], due_before=DUE[2]), limit=5)
    def test_pages_give_what_the_model_gives(
        self, todos: TodoRepository, library: Library, query: TodoQuery, limit: int
    ) -> None:
        user_id, stored = library

        found = walk(todos, user_id, query, limit)

        assert found == model_list(stored, query)

    @pytest.mark.parametrize("sort", ["created", "due"])
    @pytest.mark.parametrize(
        ("bounds", "expected"),
        [
            ({"due_after": NOON}, ["after"]),
            ({"due_after": NOON - MICROSECOND}, ["at", "after"]),
            ({"due_after": NOON + MICROSECOND}, ["after"]),
            ({"due_before": NOON}, ["midnight", "before"]),
            ({"due_before": NOON - MICROSECOND}, ["midnight", "before"]),
            ({"due_before": NOON + MICROSECOND}, ["midnight", "before", "at"]),
            ({"due_before": NOON + timedelta(milliseconds=1)}, ["midnight", "before", "at"]),
            ({"due_after": NOON - timedelta(hours=12), "due_before": NOON}, ["before"]),
            ({"due_after": NOON - MICROSECOND, "due_before": NOON + MICROSECOND}, ["at"]),
            ({"due_after": NOON, "due_before": NOON}, []),
            ({"due_after": datetime(2999, 1, 1, tzinfo=UTC)}, []),
            ({"due_after": datetime(1, 1, 1, tzinfo=UTC)}, ["midnight", "before", "at", "after"]),
        ],
    )
    def test_due_bounds_are_exclusive_and_leave_out_what_is_never_due(
        self, todos: TodoRepository, user_id: str, sort: Any, bounds: dict[str, datetime], expected: list[str]
    ) -> None:
        created = (EPOCH + timedelta(minutes=n) for n in range(5))
        store(todos, user_id, new_todo("never", created_at=next(created)))
        store(todos, user_id, new_todo("midnight", due_on=NOON.date(), created_at=next(created)))
        for title, offset in (("before", -1), ("at", 0), ("after", 1)):
            due_at = NOON + timedelta(milliseconds=offset)
            store(todos, user_id, new_todo(title, due_at=due_at, created_at=next(created)))

        found = walk(todos, user_id, TodoQuery(sort=sort, **bounds), 10)

        assert [todo.title for todo in found] == expected

    @pytest.mark.parametrize(
        ("q", "expected"),
        [
            ("MILK", ["Buy milk"]),
            ("y m", ["Buy milk"]),
            ("STRASSE", ["Go out"]),
            ("hauptstraße", ["Go out"]),
            ("żółw", ["Feed"]),
            ("Z\u0307O\u0301ŁW", ["Feed"]),
            ("M\u0130LK", ["Buy milk"]),
            ("ymilk", []),
            ("", ["Buy milk", "Go out", "Feed"]),
        ],
    )
    def test_searches_titles_notes_and_tags_in_any_case(
        self, todos: TodoRepository, user_id: str, q: str, expected: list[str]
    ) -> None:
        contents = [{"title": "Buy milk"}, {"title": "Go out", "notes": "Hauptstraße"}]
        for n, fields in enumerate([*contents, {"title": "Feed", "tags": ("x", "ŻÓŁW")}]):
            store(todos, user_id, new_todo(**fields, created_at=EPOCH + timedelta(minutes=n)))

        found = walk(todos, user_id, TodoQuery(q=q), 10)

        assert [todo.title for todo in found] == expected

    def test_an_empty_list_is_empty(self, todos: TodoRepository, user_id: str) -> None:
        for query in (TodoQuery(), TodoQuery(sort="due"), TodoQuery(q="x"), TodoQuery(tag="x")):
            assert walk(todos, user_id, query, 10) == []

    def test_changes_during_a_walk_neither_skip_nor_double_the_others(
        self, todos: TodoRepository, user_id: str
    ) -> None:
        untouched = [
            store(todos, user_id, new_todo(f"{n}", created_at=EPOCH + timedelta(minutes=n)))
            for n in range(0, 20, 2)
        ]
        found: list[Todo] = []
        position: str | None = None
        for n in range(1, 99, 2):
            page = todos.list(user_id, TodoQuery(), limit=3, position=position)
            found += page.items
            if (position := page.position) is None:
                break
            last = found[-1]
            delete(todos, user_id, last.id)  # the very to-do the position names
            store(todos, user_id, new_todo("new", created_at=last.created_at + timedelta(seconds=1)))
            store(todos, user_id, new_todo("earlier", created_at=EPOCH - timedelta(seconds=n)))

        assert position is None
        assert [todo for todo in found if todo in untouched] == untouched
        assert len(found) == len({todo.id for todo in found})

    def test_a_changed_due_date_moves_the_todo(self, todos: TodoRepository, user_id: str) -> None:
        first = store(todos, user_id, new_todo("a", due_at=EPOCH))
        second = store(todos, user_id, new_todo("b", due_on=date(2026, 3, 2)))

        edit(todos, user_id, first.id, due_at=None)

        found = walk(todos, user_id, TodoQuery(sort="due"), 10)
        assert [todo.title for todo in found] == ["b", "a"]
        edit(todos, user_id, second.id, due_on=None, due_at=EPOCH + timedelta(days=9))
        within = TodoQuery(due_before=EPOCH + timedelta(days=5))
        assert walk(todos, user_id, within, 10) == []

    @pytest.mark.parametrize("sort", ["created", "due"])
    @pytest.mark.parametrize("position", ["", "nonsense", "[]", "null", "-1", "7", "x" * 5000])
    def test_what_is_no_position_is_a_bad_request(
        self, todos: TodoRepository, user_id: str, sort: Any, position: str
    ) -> None:
        with pytest.raises(BadRequest) as refused:
            todos.list(user_id, TodoQuery(sort=sort), limit=10, position=position)

        assert refused.value.code == "invalid_cursor"

    @pytest.mark.parametrize("query", [TodoQuery(tag="absent"), TodoQuery(sort="due", q="absent")])
    def test_a_filter_that_nothing_passes_ends_after_finitely_many_pages(
        self, todos: TodoRepository, library: Library, query: TodoQuery
    ) -> None:
        user_id, _ = library

        assert walk(todos, user_id, query, 1) == []

    def test_long_notes_do_not_shorten_a_list(self, todos: TodoRepository, user_id: str) -> None:
        stored = [
            store(
                todos, user_id, new_todo(f"{n}", notes="🦣" * 10_000, created_at=EPOCH + timedelta(minutes=n))
            )
            for n in range(30)
        ]

        assert walk(todos, user_id, TodoQuery(), 28) == stored
