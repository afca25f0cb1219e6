"""Mutations of one to-do: what is applied, merged, replayed, or refused."""

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.todos import Todo, TodoContent, Tombstone, content_of, live
from app.services.history import FIELDS, State, next_version
from app.services.merge import Judgement, Merge, Mutation, Patch
from app.services.todo_changes import edited, new_todo, recorded

CONTENT = TodoContent(title="Buy milk", tags=("a", "b"))
_numbers = itertools.count(1)


def stored(state: State, before: State) -> State:
    """As storage does: it counts versions."""
    return state if state is None or state is before else replace(state, id="a", version=next_version(before))


def made(content: TodoContent = CONTENT) -> Todo:
    todo = live(stored(recorded(None, new_todo("a", content)), None))
    assert todo is not None
    return todo


def changed(todo: Todo, **changes: Any) -> Todo:
    after = live(stored(recorded(todo, edited(todo, changes)), todo))
    assert after is not None
    return after


def mutation(op: Any, **members: Any) -> Mutation:
    return Mutation(
        id=uuid.UUID(int=next(_numbers)),
        op=op,
        todo_id="a",
        content=repr((op, members.get("patch"))).encode(),
        **members,
    )


def patch(if_version: int, *, add: Sequence[str] = (), remove: Sequence[str] = (), **fields: Any) -> Mutation:
    return mutation("patch", if_version=if_version, patch=Patch(fields, add, remove))


def delete(if_version: int) -> Mutation:
    return mutation("delete", if_version=if_version)


def create(content: TodoContent = CONTENT) -> Mutation:
    return mutation("create", data=content)


def restore(if_version: int | None = None) -> Mutation:
    return mutation("restore", if_version=if_version, data=CONTENT)


def push(before: State, *mutations: Mutation) -> tuple[State, list[Judgement]]:
    merge = Merge(before)
    judgements = [merge.apply(one) for one in mutations]
    return stored(merge.after, before), judgements


def words(before: State, *mutations: Mutation) -> list[str]:
    return [judgement.verdict for judgement in push(before, *mutations)[1]]


def deleted(todo: Todo) -> Tombstone:
    state, _ = push(todo, delete(todo.version))
    assert isinstance(state, Tombstone)
    return state


STATES = {
    "never was": None,
    "live": changed(made(), title="x"),
    "deleted": deleted(made()),
}


@pytest.mark.parametrize(
    ("sent", "verdicts"),
    [
        (create(), {"never was": "applied", "live": "conflict", "deleted": "gone"}),
        (patch(2, notes="x"), {"never was": "gone", "live": "applied", "deleted": "gone"}),
        (patch(1, notes="x"), {"never was": "gone", "live": "merged", "deleted": "gone"}),
        (patch(1, title="y"), {"never was": "gone", "live": "conflict", "deleted": "gone"}),
        (patch(0, notes="x"), {"never was": "gone", "live": "conflict", "deleted": "gone"}),
        (patch(3, notes="x"), {"never was": "gone", "live": "conflict", "deleted": "gone"}),
        (patch(1, title="x"), {"never was": "gone", "live": "merged", "deleted": "gone"}),
        (delete(2), {"never was": "gone", "live": "applied", "deleted": "gone"}),
        (delete(1), {"never was": "gone", "live": "conflict", "deleted": "gone"}),
        (delete(3), {"never was": "gone", "live": "conflict", "deleted": "gone"}),
        (restore(), {"never was": "applied", "live": "conflict", "deleted": "applied"}),
        (restore(2), {"never was": "gone", "live": "conflict", "deleted": "applied"}),
        (restore(1), {"never was": "gone", "live": "conflict", "deleted": "conflict"}),
    ],
)
def test_each_operation_on_each_state(sent: Mutation, verdicts: dict[str, str]) -> None:
    for name, before in STATES.items():
        after, (judgement,) = push(before, sent)
        assert judgement.verdict == verdicts[name]
        if judgement.verdict not in ("applied", "merged"):
            assert after is before


@pytest.mark.parametrize("name", ["title", "notes", "completed", "due_on", "due_at", "priority", "list"])
def test_a_field_that_others_have_changed_is_a_conflict_and_no_other_is(name: str) -> None:
    values: dict[str, tuple[Any, Any]] = {
        "title": ("x", "y"),
        "notes": ("x", "y"),
        "completed": (True, False),
        "due_on": (date(2026, 12, 1), date(2026, 12, 2)),
        "due_at": (datetime(2026, 12, 1, tzinfo=UTC), None),
        "priority": ("low", "high"),
        "list": ("x", "y"),
    }
    theirs, ours = values[name]
    todo = changed(made(), **{name: theirs})

    assert words(todo, patch(1, **{name: ours})) == ["conflict"]
    assert words(todo, patch(1, **{name: theirs})) == ["merged"]
    for other in values.keys() - {name, "due_on", "due_at"}:
        assert words(todo, patch(1, **{other: values[other][0]})) == ["merged"]


def test_the_two_kinds_of_due_dates_are_a_conflict() -> None:
    todo = changed(made(), due_on=date(2026, 12, 1))

    assert words(todo, patch(1, due_on=None, due_at=datetime(2026, 12, 1, tzinfo=UTC))) == ["conflict"]


def test_without_a_history_the_todo_conflicts_as_a_whole() -> None:
    todo = replace(changed(made(), title="x"), history="")

    assert words(todo, patch(1, notes="x")) == ["conflict"]
    assert words(todo, patch(2, notes="x")) == ["applied"]
    assert words(todo, patch(1, title="x")) == ["merged"]
    assert words(todo, patch(1, add=["c"])) == ["merged"]


def test_completion_keeps_its_time() -> None:
    todo = changed(made(), completed=True)

    after, _ = push(todo, patch(2, completed=True, notes="x"))

    assert isinstance(after, Todo)
    assert after.completed_at == todo.completed_at


def test_what_is_there_already_spends_no_version_and_is_answered_the_same_again() -> None:
    todo, sent = made(), patch(1, title="Buy milk", add=["a"], remove=["c"])

    for _ in range(2):
        after, judgements = push(todo, sent)
        assert (after, judgements) == (todo, [Judgement("applied")])
        assert after is todo


def test_tags_of_two_devices_are_merged() -> None:
    base = made()
    todo = live(push(base, patch(1, add=["c"], remove=["a"]))[0])

    after, judgements = push(todo, patch(1, add=["c", "d"], remove=["b"]))

    assert isinstance(after, Todo)
    assert after.tags == ("c", "d")
    assert judgements[0].verdict == "merged"


def test_more_than_twenty_tags_are_invalid() -> None:
    todo = changed(made(), tags=tuple(f"{n}" for n in range(15)))

    after, (judgement,) = push(todo, patch(1, add=[f"new {n}" for n in range(6)]))

    assert (judgement.verdict, judgement.errors[0].pointer) == ("invalid", "/patch/tags/add")
    assert after is todo
    assert words(todo, patch(1, add=[f"new {n}" for n in range(6)], remove=["0"])) == ["merged"]


def test_edits_of_one_request_build_on_each_other() -> None:
    todo = made()

    after, judgements = push(todo, *(patch(1, title=title) for title in ("B", "Bu", "Buy")), delete(1))

    assert [judgement.verdict for judgement in judgements] == ["applied"] * 4
    assert isinstance(after, Tombstone)
    assert after.version == 2


def test_edits_follow_a_creation_whose_version_is_not_known() -> None:
    sent = [create(), patch(0, title="x"), patch(0, title="y", add=["c"])]

    after, judgements = push(None, *sent)

    assert [judgement.verdict for judgement in judgements] == ["applied"] * 3
    assert isinstance(after, Todo)
    assert (after.title, after.version) == ("y", 1)


def test_a_conflict_stops_no_later_mutation() -> None:
    todo = changed(made(), title="theirs")

    after, judgements = push(todo, patch(1, title="ours"), patch(1, notes="ours"), patch(2, title="ours"))

    assert [judgement.verdict for judgement in judgements] == ["conflict", "merged", "applied"]
    assert isinstance(after, Todo)
    assert (after.title, after.notes, after.version) == ("ours", "ours", 3)


def test_after_a_lost_answer_later_edits_build_on_those_that_are_replayed() -> None:
    first = patch(1, title="B")
    todo, _ = push(made(), first)

    after, judgements = push(todo, first, patch(1, title="Bu"), delete(1))

    assert [judgement.verdict for judgement in judgements] == ["replayed", "applied", "applied"]
    assert isinstance(after, Tombstone)


def test_a_replayed_edit_does_not_cover_what_others_did_before_or_after() -> None:
    first = patch(1, title="B")
    before, _ = push(changed(made(), notes="theirs"), first)
    after = changed(live(push(made(), first)[0]) or made(), title="theirs")

    assert words(before, first, patch(1, notes="ours"), delete(1)) == ["replayed", "conflict", "conflict"]
    assert words(after, first, patch(1, title="Bu"), delete(1)) == ["replayed", "conflict", "conflict"]


def test_a_lost_creation_and_what_follows() -> None:
    first = create()
    todo, _ = push(None, first)

    assert words(todo, first, patch(0, title="x"), delete(0)) == ["replayed", "applied", "applied"]


def test_a_deletion_is_taken_back_in_the_same_request() -> None:
    todo = made()

    after, judgements = push(todo, delete(1), restore(), patch(1, title="x"))

    assert [judgement.verdict for judgement in judgements] == ["applied"] * 3
    assert isinstance(after, Todo)
    assert (after.title, after.version) == ("x", 2)


def test_what_is_made_and_deleted_in_one_request_is_remembered() -> None:
    for before in (None, STATES["deleted"]):
        sent = [restore(), delete(0)]
        after, judgements = push(before, *sent)
        assert [judgement.verdict for judgement in judgements] == ["applied"] * 2
        assert isinstance(after, Tombstone)
        assert after.version == next_version(before)
        assert words(after, *sent) == ["replayed"] * 2


def test_each_mutation_is_remembered_also_by_the_tombstone_and_after_it() -> None:
    sent = [create(), patch(0, title="x")]
    todo, _ = push(None, *sent)
    gone, _ = push(todo, last := delete(1))
    back, _ = push(gone, restored := restore())

    assert words(todo, *sent) == ["replayed"] * 2
    assert words(gone, *sent, last) == ["replayed"] * 3
    assert words(back, *sent, last, restored) == ["replayed"] * 4
    assert [judgement.version for judgement in push(back, *sent, last, restored)[1]] == [1, 1, 2, 3]


def test_a_repetition_beyond_the_last_thirty_two_is_a_conflict() -> None:
    state: State = made()
    first = patch(1, title="first")
    for number, sent in enumerate([first, *(patch(n, title=f"{n}") for n in range(2, 34))], 1):
        state, judgements = push(state, sent)
        assert judgements[0].verdict == "applied", number

    assert words(state, first) == ["conflict"]


def test_an_edit_there_and_back_is_remembered() -> None:
    todo = made()
    sent = [patch(1, title="x"), patch(1, title="Buy milk")]
    after, _ = push(todo, *sent)

    assert isinstance(after, Todo)
    assert after.version == 2
    assert words(after, *sent) == ["replayed"] * 2


def test_an_id_used_again_is_invalid() -> None:
    first = patch(1, title="x")
    todo, _ = push(made(), first)
    other = replace(first, content=b"another")

    assert words(todo, other) == ["invalid"]
    assert words(made(), first, other) == ["applied", "invalid"]


def test_a_raised_version_is_the_same_mutation() -> None:
    first = patch(1, title="x")
    todo, _ = push(made(), first)

    assert words(todo, replace(first, if_version=2)) == ["replayed"]


_TAGS = ("a", "b", "c", "d", "e")
_PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Buy milk", "x", "y"]),
        "notes": st.sampled_from(["", "x", "y"]),
        "completed": st.booleans(),
        "priority": st.sampled_from(["none", "low"]),
        "list": st.sampled_from(["inbox", "home"]),
        "due": st.sampled_from(
            [(None, None), (date(2026, 12, 1), None), (None, datetime(2026, 12, 1, tzinfo=UTC))]
        ),
        "add": st.sets(st.sampled_from(_TAGS[2:])),
        "remove": st.sets(st.sampled_from(_TAGS[:2])),
    },
)


def from_one_base(fields: dict[str, Any]) -> Mutation:
    """Of a device that has seen version 1: it adds tags that are not there, and removes those that are."""
    rest = dict(fields)
    due = rest.pop("due", None)
    dates = {} if due is None else {"due_on": due[0], "due_at": due[1]}
    add, remove = sorted(rest.pop("add", ())), sorted(rest.pop("remove", ()))
    return patch(1, add=add, remove=remove, **rest, **dates)


def content(state: State) -> dict[str, Any]:
    assert isinstance(state, Todo)
    return {**content_of(state), "tags": {*state.tags}}


@given(_PATCHES, _PATCHES)
def test_accepted_merges_commute(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = from_one_base(one), from_one_base(other)
    results = []
    for order in ((first, second), (second, first)):
        state: State = made()
        verdicts = []
        for sent in order:
            state, judgements = push(state, sent)
            verdicts.append(judgements[0].verdict)
        results.append((verdicts, content(state)))

    if all(verdict in ("applied", "merged") for verdicts, _ in results for verdict in verdicts):
        assert results[0][1] == results[1][1]


@given(st.lists(st.tuples(_PATCHES, st.integers(0, 6)), max_size=6), st.lists(_PATCHES, max_size=4))
def test_no_accepted_patch_undoes_what_its_device_has_not_seen(
    history: list[tuple[dict[str, Any], int]], sent: list[dict[str, Any]]
) -> None:
    """A field that others changed after version 1 has their last value, however often this device writes."""
    base = made()
    state: Todo = base
    for fields, _ in history:
        after, _judgements = push(state, replace(from_one_base(fields), if_version=state.version))
        state = live(after) or state
    changed_by_others = {
        name for name, value in FIELDS.items() if name != "tags" and value(state) != value(base)
    }

    after, _ = push(state, *map(from_one_base, sent))

    assert isinstance(after, Todo)
    for name in changed_by_others:
        assert FIELDS[name](after) == FIELDS[name](state)


@given(_PATCHES, st.lists(_PATCHES, max_size=5))
def test_a_repetition_changes_nothing(first: dict[str, Any], others: list[dict[str, Any]]) -> None:
    sent = from_one_base(first)
    state, _ = push(made(), sent)
    for fields in others:
        assert state is not None
        state, _ = push(state, replace(from_one_base(fields), if_version=state.version))

    after, _ = push(state, sent)

    assert after is state


@given(st.lists(_PATCHES, min_size=1, max_size=8))
def test_together_or_one_by_one_the_same_is_stored(sent: list[dict[str, Any]]) -> None:
    """A device that sends all at once ends where one ends that sends one at a time and learns each version."""
    together, _ = push(made(), *map(from_one_base, sent))
    state: State = made()
    for fields in sent:
        assert state is not None
        state, _ = push(state, replace(from_one_base(fields), if_version=state.version))

    assert content(together) == content(state)
