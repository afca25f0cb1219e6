"""The contract of listing to-dos: filters, order and pages, compared with a plain Python model."""

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.errors import BadRequest
from app.models import Page, Todo, TodoQuery
from app.ports import TodoRepository
from app.text import fold
from contracts.changes import delete, edit, new_todo, store
from contracts.fixtures import new_user
from support.storage import Storage

Library = tuple[str, list[Todo]]

EPOCH = datetime(2026, 3, 1, tzinfo=UTC)
NOON = EPOCH + timedelta(hours=12)
MICROSECOND = timedelta(microseconds=1)
LISTS = ("inbox", "work", "Work")
TAGS = ("red", "blue", "STRASSE", "re")
DUE = [EPOCH + timedelta(hours=hours) for hours in range(0, 96, 12)]
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


def random_todo(rng: random.Random) -> Todo:
    """Few different values, so that every filter matches some, and instants coincide."""
    due = rng.choice(["on", "at", "never"])
    return new_todo(
        rng.choice(["Buy milk", "Call Ada", "Water the TULIPS", "Pay"]),
        id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        notes=rng.choice(["", "", "Milk, eggs", "Hauptstraße 1"]),
        completed=rng.random() < 0.4,
        due_on=rng.choice(DUE).date() if due == "on" else None,
        due_at=rng.choice(DUE) if due == "at" else None,
        priority=rng.choice(["none", "low", "medium", "high"]),
        tags=tuple(rng.sample(TAGS, rng.randrange(3))),
        list=rng.choice(LISTS),
        created_at=EPOCH + timedelta(milliseconds=rng.randrange(12)),
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


def walk(todos: TodoRepository, user_id: str, query: TodoQuery, limit: int) -> list[Todo]:
    """Every page after the other, as a client reads them."""
    found: list[Todo] = []
    position: str | None = None
    positions: set[str] = set()
    while True:
        page = todos.list(user_id, query, limit=limit, position=position)
        assert len(page.items) <= limit
        found += page.items
        if page.position is None:
            return found
        assert page.position not in positions
        positions.add(page.position)
        position = page.position


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

        found = todos.list(user_id, TodoQuery(sort=sort, **bounds), limit=10)

        assert [todo.title for todo in found.items] == expected
        assert found.position is None

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
    def test_searches_titles_notes_and_tags_whatever_the_case(
        self, todos: TodoRepository, user_id: str, q: str, expected: list[str]
    ) -> None:
        contents = [{"title": "Buy milk"}, {"title": "Go out", "notes": "Hauptstraße"}]
        for n, fields in enumerate([*contents, {"title": "Feed", "tags": ("x", "ŻÓŁW")}]):
            store(todos, user_id, new_todo(**fields, created_at=EPOCH + timedelta(minutes=n)))

        found = todos.list(user_id, TodoQuery(q=q), limit=10).items

        assert [todo.title for todo in found] == expected

    @pytest.mark.parametrize("sort", ["created", "due"])
    @pytest.mark.parametrize("limit", [8, 20, 40])
    def test_the_end_of_an_unfiltered_list_is_known(
        self, todos: TodoRepository, library: Library, sort: Any, limit: int
    ) -> None:
        user_id, stored = library
        query, position, pages = TodoQuery(sort=sort), None, 0

        while pages == 0 or position is not None:
            position = todos.list(user_id, query, limit=limit, position=position).position
            pages += 1

        assert pages == len(stored) / limit

    def test_an_empty_list_ends_at_once(self, todos: TodoRepository, user_id: str) -> None:
        for query in (TodoQuery(), TodoQuery(sort="due"), TodoQuery(q="x"), TodoQuery(tag="x")):
            page = todos.list(user_id, query, limit=10)
            assert (page.items, page.position) == ((), None)

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
            last = page.items[-1]
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

        found = todos.list(user_id, TodoQuery(sort="due"), limit=10).items
        assert [todo.title for todo in found] == ["b", "a"]
        edit(todos, user_id, second.id, due_on=None, due_at=EPOCH + timedelta(days=9))
        within = TodoQuery(due_before=EPOCH + timedelta(days=5))
        assert todos.list(user_id, within, limit=10).items == ()

    @pytest.mark.parametrize(
        ("sort", "position"),
        [
            ("created", ""),
            ("created", "nonsense"),
            ("created", "2026-03-01T00:00:00.000Z"),
            ("created", "2026-03-01T00:00:00.000Z#"),
            ("created", "2026-03-01T00:00:00Z#id"),
            ("created", "~#2026-03-01T00:00:00.000Z#id"),
            ("created", "2026-03-01T00:00:00.000Z#id\n"),
            ("created", "2026-03-01T00:00:00.000Z#i#d"),
            ("created", "٢026-03-01T00:00:00.000Z#id"),
            ("created", "2026-03-01T00:00:00.000Z#i d"),
            ("created", "2026-03-01T00:00:00.000Z#" + "x" * 129),
            ("due", "~#id"),
            ("due", "~~#2026-03-01T00:00:00.000Z#id"),
            ("due", "~#~#2026-03-01T00:00:00.000Z#id"),
        ],
    )
    def test_a_malformed_position_is_a_bad_request(
        self, todos: TodoRepository, user_id: str, sort: Any, position: str
    ) -> None:
        with pytest.raises(BadRequest) as refused:
            todos.list(user_id, TodoQuery(sort=sort), limit=10, position=position)

        assert refused.value.code == "invalid_cursor"

    @pytest.mark.parametrize("sort", ["created", "due"])
    def test_a_page_may_end_with_the_longest_of_ids(
        self, todos: TodoRepository, user_id: str, sort: Any
    ) -> None:
        stored = [store(todos, user_id, new_todo(id=letter * 128, created_at=EPOCH)) for letter in "abc"]

        assert walk(todos, user_id, TodoQuery(sort=sort), 1) == stored

    @pytest.mark.parametrize(
        ("bounds", "year"), [({"due_after": EPOCH}, 2025), ({"due_before": EPOCH}, 2027)]
    )
    def test_a_position_outside_the_bounds_is_a_bad_request(
        self, todos: TodoRepository, user_id: str, bounds: dict[str, datetime], year: int
    ) -> None:
        query = TodoQuery(sort="due", **bounds)

        with pytest.raises(BadRequest) as refused:
            todos.list(user_id, query, limit=10, position=f"{year}-01-01T00:00:00.000Z#id")

        assert refused.value.code == "invalid_cursor"


class LongListsContract:
    """Lists that take several queries: DynamoDB ends a page after 1 MB, or when it has examined `Limit` entries."""

    @pytest.fixture
    def short_queries(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Few round trips of few entries, so that 40 to-dos are a long list."""
        monkeypatch.setattr("app.repositories.dynamodb.todos._FILTERED_PAGE_SIZES", (4, 8))
        monkeypatch.setattr("app.repositories.dynamodb.todos._MAX_ROUND_TRIPS", 2)

    @pytest.mark.usefixtures("short_queries")
    @pytest.mark.parametrize("query", [TodoQuery(tag="absent"), TodoQuery(sort="due", q="absent")])
    def test_an_empty_page_is_not_the_end(
        self, todos: TodoRepository, library: Library, query: TodoQuery
    ) -> None:
        user_id, _ = library

        page = todos.list(user_id, query, limit=1)

        assert page.items == ()
        assert page.position is not None
        assert walk(todos, user_id, query, 1) == []

    @pytest.mark.usefixtures("short_queries")
    @settings(
        max_examples=20,
        deadline=None,
        database=None,
        suppress_health_check=[
            HealthCheck.differing_executors,
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
        ],
    )
    @given(query=queries, limit=st.sampled_from([1, 2, 3, 7, 40]))
    def test_sparse_pages_give_what_the_model_gives(
        self, todos: TodoRepository, library: Library, query: TodoQuery, limit: int
    ) -> None:
        user_id, stored = library

        assert walk(todos, user_id, query, limit) == model_list(stored, query)

    @pytest.fixture
    def limits(self, storage: Storage) -> Iterator[list[int]]:
        """How many entries each query may examine."""
        events, asked = storage.clients.dynamodb.meta.events, list[int]()
        event = "before-parameter-build.dynamodb.Query"

        def note(params: dict[str, Any], **_: Any) -> None:
            asked.append(params["Limit"])

        events.register_first(event, note)
        yield asked
        events.unregister(event, note)

    @pytest.mark.parametrize(("limit", "expected"), [(1, [4, 8, 10, 10]), (6, [7, 10, 10, 10])])
    def test_a_sparse_list_is_read_in_ever_larger_queries_up_to_a_limit(
        self,
        todos: TodoRepository,
        library: Library,
        limits: list[int],
        monkeypatch: pytest.MonkeyPatch,
        limit: int,
        expected: list[int],
    ) -> None:
        monkeypatch.setattr("app.repositories.dynamodb.todos._FILTERED_PAGE_SIZES", (4, 10))
        monkeypatch.setattr("app.repositories.dynamodb.todos._MAX_ROUND_TRIPS", 4)
        user_id, _ = library

        todos.list(user_id, TodoQuery(tag="absent"), limit=limit)

        assert limits == expected

    def test_a_list_of_some_dozens_is_filtered_by_one_query(
        self, todos: TodoRepository, library: Library, limits: list[int]
    ) -> None:
        user_id, _ = library

        assert todos.list(user_id, TodoQuery(tag="absent"), limit=1) == Page((), None)
        assert len(limits) == 1

    @pytest.mark.parametrize("sort", ["created", "due"])
    def test_bounds_that_no_due_date_lies_between_cost_no_query(
        self, todos: TodoRepository, user_id: str, limits: list[int], sort: Any
    ) -> None:
        """DynamoDB refuses them; the emulators do not."""
        query = TodoQuery(sort=sort, due_after=NOON, due_before=NOON)

        assert todos.list(user_id, query, limit=10) == Page((), None)
        assert limits == []

    @pytest.mark.usefixtures("short_queries")
    def test_a_full_page_asks_no_further(
        self, todos: TodoRepository, user_id: str, limits: list[int]
    ) -> None:
        for n in range(6):
            todo = new_todo("milk" if n < 2 else "tea", created_at=EPOCH + timedelta(minutes=n))
            store(todos, user_id, todo)

        page = todos.list(user_id, TodoQuery(q="milk"), limit=2)

        assert len(page.items) == 2
        assert page.position is not None
        assert limits == [4]

    def test_a_page_may_hold_more_than_one_query_answers(self, todos: TodoRepository, user_id: str) -> None:
        stored = [
            store(
                todos, user_id, new_todo(f"{n}", notes="🦣" * 10_000, created_at=EPOCH + timedelta(minutes=n))
            )
            for n in range(60)
        ]

        first = todos.list(user_id, TodoQuery(), limit=55)
        rest = todos.list(user_id, TodoQuery(), limit=55, position=first.position)

        assert (len(first.items), len(rest.items), rest.position) == (55, 5, None)
        assert [*first.items, *rest.items] == stored
