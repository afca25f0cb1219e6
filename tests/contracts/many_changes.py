"""The contract of changing many to-dos together: each decision stands by itself, or all of them or none."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.errors import AppError, Conflict, Contention, Gone
from app.models.todos import Todo, TodoQuery, Tombstone, live
from app.ports.feed import FeedRepository
from app.ports.todos import MAX_TOGETHER, Decision, Outcome, TodoQuotaExceeded, TodoRepository
from app.ports.users import UserRecordMissing, UserRepository
from contracts.changes import (
    count_of,
    delete,
    edit,
    editing,
    new_id,
    new_todo,
    revision_of,
    store,
    titles,
    walk,
)
from contracts.feed import every
from contracts.fixtures import WithQuota

Decisions = Sequence[tuple[str, Decision]]


def change(
    todos: TodoRepository, user_id: str, decisions: Decisions, *, atomic: bool = False
) -> list[Outcome]:
    return list(todos.change_many(user_id, decisions, atomic=atomic))


def creating(todo: Todo) -> tuple[str, Decision]:
    return todo.id, lambda current: live(current) or todo


def removing(todo: Todo, history: str | None = None) -> tuple[str, Decision]:
    if history is None:
        return todo.id, lambda _: None
    return todo.id, lambda _: Tombstone(id="any", version=70, deleted_at=None, history=history)


def keeping(todo: Todo) -> tuple[str, Decision]:
    return todo.id, lambda current: current


def raising(todo: Todo, error: Exception) -> tuple[str, Decision]:
    def decide(_: Todo | Tombstone | None) -> Todo:
        raise error

    return todo.id, decide


class ManyChangesContract:
    def test_each_change_has_a_revision_in_the_order_given(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        edited, kept, gone = (store(todos, user_id, new_todo(title)) for title in ("edit", "keep", "delete"))
        back, created = store(todos, user_id, new_todo("back")), new_todo("new")
        delete(todos, user_id, back.id)

        outcomes = change(
            todos,
            user_id,
            [
                creating(created),
                (edited.id, editing(title="edited")),
                keeping(kept),
                removing(gone),
                creating(back),
                keeping(new_todo()),
            ],
        )

        tombstone = todos.get(user_id, gone.id)
        assert isinstance(tombstone, Tombstone)
        assert outcomes == [
            Outcome(replace(created, version=1, revision=6), 6, is_changed=True),
            Outcome(replace(edited, title="edited", version=2, revision=7), 7, is_changed=True),
            Outcome(kept, 2),
            Outcome(tombstone, 8, is_changed=True),
            Outcome(replace(back, version=3, revision=9), 9, is_changed=True),
            Outcome(),
        ]
        assert (tombstone.version, revision_of(users, user_id), count_of(users, user_id)) == (2, 9, 4)
        for todo, outcome in zip((created, edited, kept, gone, back), outcomes, strict=False):
            assert todos.get(user_id, todo.id) == outcome.state

    def test_what_was_deleted_before_keeps_its_revision(self, todos: TodoRepository, user_id: str) -> None:
        gone = store(todos, user_id, new_todo())
        delete(todos, user_id, gone.id)

        (outcome,) = change(todos, user_id, [removing(gone)])

        assert outcome == Outcome(todos.get(user_id, gone.id), 2)

    def test_what_changes_nothing_takes_no_revision(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        there = [store(todos, user_id, new_todo()) for _ in range(3)]

        outcomes = change(todos, user_id, [keeping(todo) for todo in there])

        assert outcomes == [Outcome(todo, todo.revision) for todo in there]
        assert revision_of(users, user_id) == 3
        assert change(todos, user_id, []) == []

    @pytest.mark.parametrize("error", [Gone(), Conflict("no"), TodoQuotaExceeded(count=1, quota=1)])
    def test_a_decision_that_raises_leaves_out_only_itself(
        self, todos: TodoRepository, users: UserRepository, user_id: str, error: AppError
    ) -> None:
        there, first, last, never = store(todos, user_id, new_todo()), new_todo(), new_todo(), new_todo()

        outcomes = change(
            todos,
            user_id,
            [creating(first), raising(there, error), raising(never, error), creating(last)],
        )

        assert [outcome.revision for outcome in outcomes] == [2, 1, None, 3]
        assert [outcome.is_changed for outcome in outcomes] == [True, False, False, True]
        assert outcomes[1:3] == [Outcome(there, 1, error=error), Outcome(error=error)]
        assert todos.get(user_id, there.id) == there
        assert (revision_of(users, user_id), count_of(users, user_id)) == (3, 3)

    def test_a_mistake_of_a_decision_stores_nothing_of_those_with_it(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        with pytest.raises(LookupError, match="mistake"):
            change(todos, user_id, [creating(new_todo()), raising(new_todo(), LookupError("mistake"))])

        assert revision_of(users, user_id) == 0

    def test_the_quota_is_counted_in_the_order_given(
        self, todos_with_quota: WithQuota, users: UserRepository, user_id: str
    ) -> None:
        limited = todos_with_quota(3)
        there = [store(limited, user_id, new_todo()) for _ in range(3)]
        new = [new_todo(str(n)) for n in range(3)]

        outcomes = change(
            limited,
            user_id,
            [
                creating(new[0]),
                removing(there[0]),
                creating(new[1]),
                creating(new[2]),
                (there[1].id, editing(title="x")),
            ],
        )

        assert [outcome.is_changed for outcome in outcomes] == [False, True, True, False, True]
        for refused in (outcomes[0].error, outcomes[3].error):
            assert isinstance(refused, TodoQuotaExceeded)
            assert refused.members == {"usage": {"todos": 3, "maxTodos": 3}}
        assert (revision_of(users, user_id), count_of(users, user_id)) == (6, 3)
        assert len(titles(limited, user_id)) == 3

    def test_atomic_decisions_are_stored_together(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        there = store(todos, user_id, new_todo())
        new = [new_todo() for _ in range(MAX_TOGETHER - 1)]

        outcomes = change(todos, user_id, [removing(there), *map(creating, new)], atomic=True)

        assert [outcome.revision for outcome in outcomes] == list(range(2, MAX_TOGETHER + 2))
        assert all(outcome.is_changed for outcome in outcomes)
        assert count_of(users, user_id) == MAX_TOGETHER - 1

    def test_one_error_among_atomic_decisions_stores_none(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        there, gone, other = (store(todos, user_id, new_todo()) for _ in range(3))
        delete(todos, user_id, gone.id)
        before, error = users.get(user_id), Gone()

        outcomes = change(
            todos,
            user_id,
            [removing(there), raising(gone, error), creating(new_todo()), (other.id, editing(title="x"))],
            atomic=True,
        )

        tombstone = todos.get(user_id, gone.id)
        assert outcomes == [
            Outcome(there, 1),
            Outcome(tombstone, 4, error=error),
            Outcome(),
            Outcome(other, 3),
        ]
        assert users.get(user_id) == before
        assert [todos.get(user_id, todo.id) for todo in (there, gone, other)] == [there, tombstone, other]

    def test_the_quota_refuses_atomic_decisions_together(
        self, todos_with_quota: WithQuota, users: UserRepository, user_id: str
    ) -> None:
        limited = todos_with_quota(2)
        there = store(limited, user_id, new_todo())

        outcomes = change(
            limited,
            user_id,
            [(there.id, editing(title="x")), creating(new_todo()), creating(new_todo())],
            atomic=True,
        )

        assert [type(outcome.error) for outcome in outcomes] == [type(None), type(None), TodoQuotaExceeded]
        assert [outcome.state for outcome in outcomes] == [there, None, None]
        assert (revision_of(users, user_id), count_of(users, user_id)) == (1, 1)

    def test_any_number_is_stored_step_by_step(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        new = [new_todo(str(n)) for n in range(60)]

        outcomes = todos.change_many(user_id, list(map(creating, new)))

        assert revision_of(users, user_id) == 0
        assert next(iter(outcomes)) == Outcome(replace(new[0], version=1, revision=1), 1, is_changed=True)
        assert revision_of(users, user_id) == MAX_TOGETHER
        assert [outcome.revision for outcome in outcomes] == list(range(2, 61))
        assert len(titles(todos, user_id)) == 60

    def test_what_was_stored_before_a_failure_has_been_reported(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        theirs, new = store(todos, user_id, new_todo("theirs")), [new_todo(str(n)) for n in range(60)]

        def never_ending(_: Todo | Tombstone | None) -> Todo:
            edit(todos, user_id, theirs.id)
            return new[30]

        decisions = [*map(creating, new[:30]), (new[30].id, never_ending), *map(creating, new[31:])]
        reported: list[Outcome] = []

        with pytest.raises(Contention):
            reported.extend(todos.change_many(user_id, decisions))

        assert [outcome.state for outcome in reported] == [todos.get(user_id, todo.id) for todo in new[:25]]
        assert [todos.get(user_id, todo.id) for todo in new[25:]] == [None] * 35

    def test_all_is_decided_again_on_what_others_stored_meanwhile(
        self, todos: TodoRepository, user_id: str
    ) -> None:
        """The one to-do has no version any more that the other device knew: its decision now raises."""
        first, second = (store(todos, user_id, new_todo(title)) for title in ("first", "second"))
        seen: list[tuple[str, int]] = []

        def decide_first(current: Todo | Tombstone | None) -> Todo:
            assert isinstance(current, Todo)
            seen.append((current.notes, current.version))
            return replace(current, title="mine")

        def decide_second(current: Todo | Tombstone | None) -> Todo:
            assert isinstance(current, Todo)
            if current.version > 1:
                raise Conflict("changed meanwhile")
            edit(todos, user_id, first.id, notes="theirs")
            edit(todos, user_id, second.id, notes="theirs")
            return replace(current, title="mine")

        outcomes = change(todos, user_id, [(first.id, decide_first), (second.id, decide_second)])

        assert seen == [("", 1), ("theirs", 2)]
        assert [outcome.is_changed for outcome in outcomes] == [True, False]
        assert outcomes[0].state == replace(first, title="mine", notes="theirs", version=3, revision=5)
        assert outcomes[1].state == replace(second, notes="theirs", version=2, revision=4)
        assert isinstance(outcomes[1].error, Conflict)

    def test_a_creation_meets_one_that_others_were_faster_with(
        self, todos: TodoRepository, users: UserRepository, user_id: str
    ) -> None:
        mine, another = new_todo("mine"), new_todo("another")
        theirs = replace(mine, title="theirs")

        def decide(current: Todo | Tombstone | None) -> Todo:
            if current is None:
                store(todos, user_id, theirs)
            return live(current) or mine

        outcomes = change(todos, user_id, [creating(another), (mine.id, decide)])

        assert [outcome.revision for outcome in outcomes] == [2, 1]
        assert outcomes[1].state == replace(theirs, version=1, revision=1)
        assert (revision_of(users, user_id), count_of(users, user_id)) == (2, 2)

    @pytest.mark.parametrize("atomic", [False, True])
    def test_takes_the_largest_there_can_be(self, todos: TodoRepository, user_id: str, atomic: bool) -> None:
        """Together they are more than one answer of the RDS Data API may hold."""
        content = {"notes": "🦊" * 10_000, "tags": tuple(f"{n:02}" + "🦊" * 48 for n in range(20))}
        new = [new_todo("🦊" * 500, **content, history='"' * 1000) for _ in range(MAX_TOGETHER)]
        change(todos, user_id, list(map(creating, new)), atomic=atomic)

        outcomes = change(todos, user_id, [(todo.id, editing(title="x")) for todo in new], atomic=atomic)

        assert [outcome.revision for outcome in outcomes] == list(range(26, 51))
        last = replace(new[-1], title="x", version=2, revision=50)
        assert outcomes[-1].state == last
        assert todos.get(user_id, last.id) == last

    def test_needs_a_user_record(self, todos: TodoRepository, users: UserRepository, user_id: str) -> None:
        todo, unknown = new_todo(), new_id()
        users.close(user_id)

        for missing in (unknown, user_id):
            with pytest.raises(UserRecordMissing):
                change(todos, missing, [creating(todo)])
            assert todos.get(missing, todo.id) is None

    def test_users_do_not_meet(
        self, todos: TodoRepository, users: UserRepository, user_id: str, other_user_id: str
    ) -> None:
        mine, kept = store(todos, user_id, new_todo("mine")), new_todo("kept")

        created = change(todos, other_user_id, [creating(replace(mine, title="theirs")), creating(kept)])
        removed = change(todos, other_user_id, [removing(mine), keeping(kept)])

        assert [outcome.revision for outcome in (*created, *removed)] == [1, 2, 3, 2]
        assert todos.get(user_id, mine.id) == mine
        assert revision_of(users, user_id) == 1

    def test_the_feed_has_the_changes_in_their_order(
        self, todos: TodoRepository, feed: FeedRepository, user_id: str
    ) -> None:
        there, gone = store(todos, user_id, new_todo()), store(todos, user_id, new_todo())
        new = [new_todo(str(n)) for n in range(40)]

        outcomes = change(
            todos, user_id, [*map(creating, new), removing(gone), (there.id, editing(title="x"))]
        )

        entries = every(feed, user_id, since=2)
        assert [entry.revision for entry in entries] == [outcome.revision for outcome in outcomes]
        assert [entry.todo for entry in entries] == [live(outcome.state) for outcome in outcomes]
        assert [entry.id for entry in entries if entry.is_deleted] == [gone.id]


class HistoryContract:
    """What the rules of sync know of a to-do's changes is kept with it, and with its tombstone."""

    def test_a_change_stores_what_the_decision_gives(
        self, todos: TodoRepository, feed: FeedRepository, user_id: str
    ) -> None:
        stored = store(todos, user_id, new_todo(history="one"))

        edited = edit(todos, user_id, stored.id, title="x", history="two")
        kept = edit(todos, user_id, stored.id, title="y")

        assert edited is not None
        assert (stored.history, edited.history) == ("one", "two")
        assert todos.get(user_id, stored.id) == kept == replace(edited, title="y", version=3, revision=3)
        assert (
            walk(todos, user_id, TodoQuery(sort="due"), 10) == walk(todos, user_id, TodoQuery(), 10) == [kept]
        )
        assert [entry.todo for entry in every(feed, user_id, since=0)] == [kept]

    def test_those_added_have_theirs(self, todos: TodoRepository, user_id: str) -> None:
        added = [new_todo(history=f"{n} \n\"'\\🦊") for n in range(30)]

        assert sum(step.stored for step in todos.add(user_id, added)) == 30

        assert [_history(todos, user_id, todo.id) for todo in added] == [todo.history for todo in added]

    def test_a_tombstone_has_that_of_the_todo(self, todos: TodoRepository, user_id: str) -> None:
        alone, together = (store(todos, user_id, new_todo(history=text)) for text in ("alone", "together"))

        delete(todos, user_id, alone.id)
        change(todos, user_id, [removing(together)])

        assert [_history(todos, user_id, todo.id) for todo in (alone, together)] == ["alone", "together"]

    def test_a_tombstone_has_that_which_the_decision_gives(self, todos: TodoRepository, user_id: str) -> None:
        alone, together = (store(todos, user_id, new_todo(history="before")) for _ in range(2))

        assert todos.change(user_id, *removing(alone, "alone")) is None
        (outcome,) = change(todos, user_id, [removing(together, "together")])

        for todo, history in ((alone, "alone"), (together, "together")):
            tombstone = todos.get(user_id, todo.id)
            assert isinstance(tombstone, Tombstone)
            assert (tombstone.id, tombstone.version, tombstone.history) == (todo.id, 2, history)
            assert tombstone.deleted_at is not None
        assert outcome.state == todos.get(user_id, together.id)

    def test_a_tombstone_is_stored_where_no_todo_is(
        self, todos: TodoRepository, users: UserRepository, feed: FeedRepository, user_id: str
    ) -> None:
        gone, never_was = store(todos, user_id, new_todo()), new_todo()
        delete(todos, user_id, gone.id)

        outcomes = change(todos, user_id, [removing(gone, "again"), removing(never_was, "first")])

        found = [todos.get(user_id, todo.id) for todo in (gone, never_was)]
        assert outcomes == [Outcome(found[0], 3, is_changed=True), Outcome(found[1], 4, is_changed=True)]
        assert [(one.version, one.history) for one in found if isinstance(one, Tombstone)] == [
            (3, "again"),
            (1, "first"),
        ]
        assert (revision_of(users, user_id), count_of(users, user_id)) == (4, 0)
        assert [entry.id for entry in every(feed, user_id) if entry.is_deleted] == [gone.id, never_was.id]

    def test_a_todo_that_comes_back_has_what_the_decision_gives(
        self, todos: TodoRepository, user_id: str
    ) -> None:
        todo = store(todos, user_id, new_todo(history="before"))
        delete(todos, user_id, todo.id)

        def decide(current: Todo | Tombstone | None) -> Todo:
            assert isinstance(current, Tombstone)
            return replace(todo, history=current.history + ", restored")

        (outcome,) = change(todos, user_id, [(todo.id, decide)])

        assert outcome.state == replace(todo, version=3, revision=3, history="before, restored")
        assert todos.get(user_id, todo.id) == outcome.state


def _history(todos: TodoRepository, user_id: str, todo_id: str) -> str:
    state = todos.get(user_id, todo_id)
    assert state is not None
    return state.history
