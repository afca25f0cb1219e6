"""What decisions make of a user's to-dos, the same for every engine: versions, revisions, tombstones, the quota."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import NamedTuple, Protocol

from app.errors import AppError
from app.models.moments import as_kept, now
from app.models.todos import Todo, Tombstone, live
from app.ports.todos import MAX_TOGETHER, Added, Decision, Outcome, TodoQuotaExceeded

State = Todo | Tombstone | None


class Plan:
    """What one transaction is to store, decided on what was read: the user's `revision`, and how many live to-dos
    there are, which `count` gives if it is needed."""

    def __init__(self, revision: int, count: Callable[[], int], quota: int | None) -> None:
        self.changes: dict[int, Todo | Tombstone] = {}
        """The next states of to-dos, by their revisions and in their order."""
        self.revision = revision
        """The user's, as it was read."""
        self._count = count
        self._quota = quota
        self._growth = 0

    @property
    def _latest(self) -> int:
        return self.revision + len(self.changes)

    @cached_property
    def _count_before(self) -> int:
        return self._count()

    @property
    def todo_count(self) -> int:
        """Live to-dos of the user once the changes are stored."""
        return self._count_before + self._growth

    def decide(self, todo_id: str, current: State, decide: Decision) -> State:
        """The next state of a to-do: `current` itself where nothing changes.

        Raises:
            TodoQuotaExceeded: it would be one live to-do too many.
        """
        return self._follow(todo_id, current, decide(current))

    def decide_each(
        self, decisions: Sequence[tuple[str, Decision]], found: Mapping[str, Outcome], *, atomic: bool
    ) -> list[Outcome]:
        """What becomes of each once the changes are stored. `found` is what there is of their to-dos."""
        before = [found.get(todo_id, Outcome()) for todo_id, _ in decisions]
        outcomes = [self._try(*decision, was) for decision, was in zip(decisions, before, strict=True)]
        if not atomic or all(outcome.error is None for outcome in outcomes):
            return outcomes
        self.changes.clear()
        return [replace(was, error=one.error) for was, one in zip(before, outcomes, strict=True)]

    def _try(self, todo_id: str, decide: Decision, was: Outcome) -> Outcome:
        try:
            wanted = decide(was.state)
        except AppError as error:
            return replace(was, error=error)
        try:
            after = self._follow(todo_id, was.state, wanted)
        except TodoQuotaExceeded as error:
            return replace(was, error=error)
        return was if after is was.state else Outcome(after, self._latest, is_changed=True)

    def _follow(self, todo_id: str, current: State, wanted: State) -> State:
        before, after = live(current), live(wanted)
        if wanted is current or (wanted is None and before is None):
            return current
        growth = (after is not None) - (before is not None)
        if growth > 0 and self._quota is not None and self.todo_count >= self._quota:
            raise TodoQuotaExceeded(count=self.todo_count, quota=self._quota)
        self._growth += growth
        version = 1 if current is None else current.version + 1
        revision = self._latest + 1
        self.changes[revision] = (
            _tombstone(todo_id, version, wanted or before)
            if after is None
            else _as_kept(replace(after, id=todo_id, version=version, revision=revision))
        )
        return self.changes[revision]


class Decided(NamedTuple):
    """One decision, and the live to-do that there is once its plan is stored."""

    plan: Plan
    todo: Todo | None


def on_guess(decide: Callable[[], Decided]) -> Decided | None:
    """`None` where a guess leads to no write: only a write proves it, so neither an error nor "no change" is an
    answer."""
    try:
        decided = decide()
    except AppError:
        return None
    return decided if decided.plan.changes else None


def _tombstone(todo_id: str, version: int, source: State) -> Tombstone:
    history = "" if source is None else source.history
    return Tombstone(id=todo_id, version=version, deleted_at=now(), history=history)


def _as_kept(todo: Todo) -> Todo:
    return replace(
        todo,
        completed_at=todo.completed_at and as_kept(todo.completed_at),
        due_at=todo.due_at and as_kept(todo.due_at),
        created_at=as_kept(todo.created_at),
        updated_at=as_kept(todo.updated_at),
    )


class ChangeTogether(Protocol):
    """Apply at most `MAX_TOGETHER` decisions in one transaction: `TodoRepository.change_many` has the rest."""

    def __call__(
        self, user_id: str, decisions: Sequence[tuple[str, Decision]], *, atomic: bool
    ) -> Sequence[Outcome]: ...


def change_many(
    change: ChangeTogether, user_id: str, decisions: Sequence[tuple[str, Decision]], *, atomic: bool
) -> Iterator[Outcome]:
    for begin in range(0, len(decisions), MAX_TOGETHER):
        yield from change(user_id, decisions[begin : begin + MAX_TOGETHER], atomic=atomic)


def add(change: ChangeTogether, user_id: str, todos: Sequence[Todo]) -> Iterator[Added]:
    """`TodoRepository.add`. Once the quota is used up, what follows is looked at, and not stored."""
    refused: AppError | None = None

    def create(todo: Todo, current: State) -> State:
        if current is None and refused is not None:
            raise refused
        return todo if current is None else current

    for begin in range(0, len(todos), MAX_TOGETHER):
        part = [(todo.id, partial(create, todo)) for todo in todos[begin : begin + MAX_TOGETHER]]
        outcomes = change(user_id, part, atomic=False)
        refused = refused or next((outcome.error for outcome in outcomes if outcome.error), None)
        yield Added(
            stored=sum(outcome.is_changed for outcome in outcomes),
            deleted=sum(isinstance(outcome.state, Tombstone) for outcome in outcomes),
            over_quota=sum(outcome.error is not None for outcome in outcomes),
        )
