"""The contract of changing to-dos: round trips, versions and revisions, tombstones, isolation."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import Contention
from app.models.moments import now
from app.models.todos import Todo, TodoQuery, Tombstone, live
from app.ports.todos import TodoRepository
from app.ports.users import UserRecordMissing, UserRepository
from contracts.changes import delete, edit, new_id, new_todo, revision_of, store, walk

MOMENT = datetime(2026, 2, 28, 23, 59, 59, 123_000, UTC)

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"))
"""The API takes neither surrogates nor NUL."""
moments = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))
contents = st.fixed_dictionaries(
    {
        "title": texts,
        "notes": texts,
        "completed": st.booleans(),
        "completed_at": st.none() | moments,
        "due_on": st.none() | st.dates(),
        "due_at": st.none() | moments,
        "priority": st.sampled_from(["none", "low", "medium", "high"]),
        "tags": st.lists(texts, max_size=20).map(tuple),
        "list": texts,
        "history": texts,
        "created_at": moments,
        "updated_at": moments,
    }
)


def to_milliseconds(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class TodoChangesContract:
    def test_returns_every_field_as_it_was_stored(self, todos: TodoRepository, user_id: str) -> None:
        todo = new_todo(
            "Łódź 🏴\u200d☠️ \u202e",
            notes="n" * 9_990 + "\n\t\"'\\{}🧵",
            completed=True,
            completed_at=MOMENT,
            due_at=MOMENT + timedelta(days=1),
            priority="high",
            tags=("home", "Überweisung", "🛒"),
            list="Groceries",
            created_at=MOMENT - timedelta(days=1),
            updated_at=MOMENT,
        )

        stored = store(todos, user_id, todo)

        assert stored == replace(todo, version=1, revision=1)
        assert todos.get(user_id, todo.id) == stored
        assert walk(todos, user_id, TodoQuery(), 10) == [stored]

    def test_keeps_absent_and_empty_fields_absent_and_empty(
        self, todos: TodoRepository, user_id: str
    ) -> None:
        todo = store(todos, user_id, new_todo(notes="", tags=(), due_on=None, due_at=None, completed_at=None))

        assert todos.get(user_id, todo.id) == todo
        assert (todo.notes, todo.tags, todo.due_on, todo.due_at, todo.completed_at) == (
            "",
            (),
            None,
            None,
            None,
        )

    def test_clears_what_was_set(self, todos: TodoRepository, user_id: str) -> None:
        todo = store(todos, user_id, new_todo(notes="x", tags=("a",), due_on=date(2026, 1, 1)))

        edit(todos, user_id, todo.id, notes="", tags=(), due_on=None)

        assert todos.get(user_id, todo.id) == replace(
            todo, notes="", tags=(), due_on=None, version=2, revision=2
        )

    def test_keeps_milliseconds_and_says_so(self, todos: TodoRepository, user_id: str) -> None:
        due_at = datetime(2026, 1, 1, 1, 0, 0, 999_999, timezone(timedelta(hours=1)))

        stored = store(todos, user_id, new_todo(due_at=due_at))

        assert stored.due_at == datetime(2026, 1, 1, 0, 0, 0, 999_000, UTC)
        assert todos.get(user_id, stored.id) == stored

    @settings(
        max_examples=30,
        deadline=None,
        database=None,
        suppress_health_check=[
            HealthCheck.differing_executors,
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
        ],
    )
    @given(fields=contents)
    def test_any_content_survives(self, todos: TodoRepository, user_id: str, fields: dict) -> None:
        todo = new_todo(**fields)

        stored = store(todos, user_id, todo)

        for name in ("completed_at", "due_at", "created_at", "updated_at"):
            fields[name] = to_milliseconds(fields[name])
        assert stored == replace(todo, **fields, version=stored.version, revision=stored.revision)
        assert todos.get(user_id, todo.id) == stored
        delete(todos, user_id, todo.id)

    def test_has_none_that_was_never_stored(self, todos: TodoRepository, user_id: str) -> None:
        assert todos.get(user_id, new_todo().id) is None

    def test_counts_versions_for_a_todo_and_revisions_for_its_user(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        first, second = new_todo(), new_todo()

        seen = [
            store(todos, user_id, first),
            store(todos, user_id, second),
            edit(todos, user_id, first.id, title="Buy oat milk"),
        ]

        assert [(todo.version, todo.revision) for todo in seen if todo] == [(1, 1), (1, 2), (2, 3)]
        assert revision_of(users, user_id) == 3

    def test_decides_the_counters_and_the_id_itself(self, todos: TodoRepository, user_id: str) -> None:
        todo, other_id = new_todo(), new_id()

        stored = todos.change(
            user_id, todo.id, lambda _current: replace(todo, id=other_id, version=70, revision=80)
        )

        assert stored == replace(todo, version=1, revision=1)
        assert todos.get(user_id, other_id) is None

    def test_shows_the_stored_todo_to_the_decision(self, todos: TodoRepository, user_id: str) -> None:
        stored = store(todos, user_id, new_todo())
        seen: list[Todo | Tombstone | None] = []

        todos.change(user_id, stored.id, lambda current: seen.append(current) or current)

        assert seen == [stored]

    def test_stores_nothing_when_nothing_changes(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        stored = store(todos, user_id, new_todo())

        kept = todos.change(user_id, stored.id, lambda current: current)
        none = todos.change(user_id, new_id(), lambda current: current)

        assert (kept, none) == (stored, None)
        assert todos.get(user_id, stored.id) == stored
        assert revision_of(users, user_id) == 1

    def test_an_equal_todo_is_a_change(self, todos: TodoRepository, user_id: str) -> None:
        """Only the very object that the decision was given means that there is none."""
        stored = store(todos, user_id, new_todo())

        assert edit(todos, user_id, stored.id) == replace(stored, version=2, revision=2)

    def test_stores_nothing_when_the_decision_raises(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        stored = store(todos, user_id, new_todo())

        def refuse(_current: Todo | Tombstone | None) -> Todo:
            raise LookupError("no")

        with pytest.raises(LookupError, match="no"):
            todos.change(user_id, stored.id, refuse)

        assert todos.get(user_id, stored.id) == stored
        assert revision_of(users, user_id) == 1

    def test_decides_again_on_what_others_stored_meanwhile(self, todos: TodoRepository, user_id: str) -> None:
        todo = store(todos, user_id, new_todo())
        seen: list[tuple[type, int]] = []

        def decide(current: Todo | Tombstone | None) -> Todo:
            assert current is not None
            seen.append((type(current), current.version))
            if len(seen) == 1:
                edit(todos, user_id, todo.id, notes="theirs")
            elif len(seen) == 2:
                store(todos, user_id, new_todo("another"))  # only the revision is in the way
            elif len(seen) == 3:
                delete(todos, user_id, todo.id)
            return replace(live(current) or todo, title="mine")

        changed = todos.change(user_id, todo.id, decide)

        assert seen == [(Todo, 1), (Todo, 2), (Todo, 2), (Tombstone, 3)]
        assert changed == replace(todo, title="mine", version=4, revision=5)
        assert todos.get(user_id, todo.id) == changed

    def test_gives_up_when_others_never_stop(self, todos: TodoRepository, user_id: str) -> None:
        mine, theirs = (store(todos, user_id, new_todo(title)) for title in ("mine", "theirs"))

        def decide(_current: Todo | Tombstone | None) -> Todo:
            edit(todos, user_id, theirs.id)
            return replace(mine, title="changed")

        with pytest.raises(Contention):
            todos.change(user_id, mine.id, decide)

        assert todos.get(user_id, mine.id) == mine

    def test_creates_nothing_over_what_others_created_meanwhile(
        self, todos: TodoRepository, user_id: str
    ) -> None:
        mine = new_todo("mine")
        theirs = replace(mine, title="theirs")

        def decide(current: Todo | Tombstone | None) -> Todo:
            if current is None:
                store(todos, user_id, theirs)
            return live(current) or mine

        assert todos.change(user_id, mine.id, decide) == replace(theirs, version=1, revision=1)

    def test_a_deleted_todo_is_gone_and_counted(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        stored, before = store(todos, user_id, new_todo(due_on=date(2026, 1, 1))), now()

        delete(todos, user_id, stored.id)

        tombstone = todos.get(user_id, stored.id)
        assert isinstance(tombstone, Tombstone)
        assert (tombstone.id, tombstone.version) == (stored.id, 2)
        assert tombstone.deleted_at is not None
        assert before <= tombstone.deleted_at <= now()
        assert walk(todos, user_id, TodoQuery(), 10) == []
        assert walk(todos, user_id, TodoQuery(sort="due"), 10) == []
        assert revision_of(users, user_id) == 2

    def test_deleting_what_is_gone_changes_nothing(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        stored = store(todos, user_id, new_todo())
        delete(todos, user_id, stored.id)
        tombstone = todos.get(user_id, stored.id)

        delete(todos, user_id, stored.id)
        kept = todos.change(user_id, stored.id, lambda current: current)

        assert kept is None
        assert todos.get(user_id, stored.id) == tombstone
        assert revision_of(users, user_id) == 2

    def test_a_recreated_todo_continues_its_versions(self, todos: TodoRepository, user_id: str) -> None:
        todo = new_todo()
        store(todos, user_id, todo)
        delete(todos, user_id, todo.id)
        tombstone = todos.get(user_id, todo.id)
        seen: list[Todo | Tombstone | None] = []

        again = todos.change(user_id, todo.id, lambda current: seen.append(current) or todo)

        assert seen == [tombstone]
        assert todos.get(user_id, todo.id) == again
        assert again == replace(todo, version=3, revision=3)
        assert walk(todos, user_id, TodoQuery(), 10) == [again]

    def test_users_do_not_meet(
        self, todos: TodoRepository, users: UserRepository, user_id: str, other_user_id: str
    ) -> None:
        mine = store(todos, user_id, new_todo("mine"))

        gone = store(todos, user_id, new_todo())
        delete(todos, user_id, gone.id)

        assert todos.get(other_user_id, mine.id) is None
        assert todos.get(other_user_id, gone.id) is None
        assert walk(todos, other_user_id, TodoQuery(), 10) == []
        theirs = store(todos, other_user_id, new_todo("theirs", id=mine.id))
        delete(todos, other_user_id, mine.id)

        assert (theirs.version, theirs.revision) == (1, 1)
        assert todos.get(user_id, mine.id) == mine
        assert revision_of(users, user_id) == 3

    def test_needs_a_user_record(self, todos: TodoRepository) -> None:
        todo, unknown = new_todo(), new_id()

        with pytest.raises(UserRecordMissing):
            store(todos, unknown, todo)

        assert todos.get(unknown, todo.id) is None
