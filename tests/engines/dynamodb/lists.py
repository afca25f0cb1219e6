"""How DynamoDB reads lists of to-dos: in which queries, from which positions, and where a page ends."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import BadRequest
from app.models.pages import Page
from app.models.todos import TodoQuery
from app.ports.todos import TodoRepository
from app.repositories.dynamodb import todo_items
from app.repositories.dynamodb.storage import DynamoStorage
from contracts.changes import EPOCH, new_todo, store, walk
from contracts.fixtures import Library
from contracts.todo_lists import NOON, model_list, queries
from support.read_units import consistent_read_units, item_bytes


class TestPositions:
    """A position is the sort key of the last to-do of its page."""

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


class TestAttributes:
    @pytest.fixture
    def answered(self, storage: DynamoStorage) -> Iterator[list[set[str]]]:
        """The attributes of each entry that a query answered with."""
        events, names = storage.clients.dynamodb.meta.events, list[set[str]]()
        event = "after-call.dynamodb.Query"

        def note(parsed: dict[str, Any], **_: Any) -> None:
            names.extend(map(set, parsed["Items"]))

        events.register(event, note)
        yield names
        events.unregister(event, note)

    @pytest.mark.parametrize("query", [TodoQuery(), TodoQuery(sort="due"), TodoQuery(list="work", q="milk")])
    def test_a_list_leaves_out_keys_that_follow_from_the_rest(
        self, todos: TodoRepository, user_id: str, query: TodoQuery, answered: list[set[str]]
    ) -> None:
        every = new_todo(
            notes="Oats",
            completed=True,
            completed_at=EPOCH,
            due_on=EPOCH.date(),
            due_at=EPOCH,
            tags=("red",),
            list="work",
            history="h",
        )
        stored = store(todos, user_id, every)

        assert todos.list(user_id, query, limit=10).items == (stored,)
        assert answered == [set(todo_items.LISTED)]
        assert set(todo_items.live_item(user_id, stored)) - set(todo_items.LISTED) == {
            "userId",
            "createdKey",
            "dueKey",
        }


class TestLongLists:
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
    def limits(self, storage: DynamoStorage) -> Iterator[list[int]]:
        """How many entries each query may examine."""
        events, asked = storage.clients.dynamodb.meta.events, list[int]()
        event = "before-parameter-build.dynamodb.Query"

        def note(params: dict[str, Any], **_: Any) -> None:
            asked.append(params["Limit"])

        events.register_first(event, note)
        yield asked
        events.unregister(event, note)

    @pytest.fixture
    def examined(self, storage: DynamoStorage) -> Iterator[list[int]]:
        """How many entries each query did examine."""
        events, counts = storage.clients.dynamodb.meta.events, list[int]()
        event = "after-call.dynamodb.Query"

        def note(parsed: dict[str, Any], **_: Any) -> None:
            counts.append(parsed["ScannedCount"])

        events.register(event, note)
        yield counts
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
    def test_bounds_without_a_due_date_between_them_cost_no_query(
        self, todos: TodoRepository, user_id: str, limits: list[int], sort: Any
    ) -> None:
        """DynamoDB refuses them; the emulators do not."""
        query = TodoQuery(sort=sort, due_after=NOON, due_before=NOON)

        assert todos.list(user_id, query, limit=10) == Page((), None)
        assert limits == []

    @pytest.fixture
    def long_list(self, storage: DynamoStorage, user_id: str) -> tuple[str, int]:
        """Of a user with 1,000 to-dos, two due each day from `EPOCH` on; and the bytes of one."""
        item: dict[str, Any] = {}
        for start in range(0, 1000, 25):
            todos = [
                new_todo(title="t" * 200, created_at=EPOCH, due_at=EPOCH + timedelta(days=n // 2))
                for n in range(start, start + 25)
            ]
            requests = []
            for todo in todos:
                item = todo_items.live_item(user_id, replace(todo, version=1, revision=1))
                requests.append({"PutRequest": {"Item": item}})
            table = storage.tables["todos"]
            assert not storage.clients.dynamodb.batch_write_item(RequestItems={table: requests})[
                "UnprocessedItems"
            ]
        return user_id, item_bytes(item)

    @pytest.mark.parametrize(("sort", "expected"), [("due", [20]), ("created", [100, 200, 400, 300])])
    def test_a_due_bound_costs_what_it_returns_by_the_due_index(
        self,
        todos: TodoRepository,
        long_list: tuple[str, int],
        examined: list[int],
        sort: Any,
        expected: list[int],
    ) -> None:
        """By creation the whole list is read and filtered."""
        user_id, size = long_list
        query = TodoQuery(sort=sort, due_before=EPOCH + timedelta(days=10))

        page = todos.list(user_id, query, limit=50)

        assert (len(page.items), page.position) == (20, None)
        assert examined == expected
        units = sum(consistent_read_units(count * size) for count in examined)
        assert units == {"due": 3, "created": 140}[sort]

    @pytest.mark.parametrize("limit", [1, 6])
    def test_a_search_makes_models_only_of_what_it_answers(
        self,
        todos: TodoRepository,
        user_id: str,
        monkeypatch: pytest.MonkeyPatch,
        limit: int,
    ) -> None:
        for n in range(12):
            store(todos, user_id, new_todo("milk" if n % 4 == 0 else "tea", created_at=EPOCH))
        made, todo_from = list[str](), todo_items.todo_from
        monkeypatch.setattr(todo_items, "todo_from", lambda item: made.append("") or todo_from(item))

        found = todos.list(user_id, TodoQuery(q="MILK"), limit=limit)

        assert len(found.items) == len(made) == min(limit, 3)

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
