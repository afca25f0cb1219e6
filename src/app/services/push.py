"""Storing what devices have changed offline: mutations of one to-do become one decision, and each gets a result."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.errors import AppError, Conflict, FieldError
from app.models.todos import Todo, Tombstone, Verdict, live
from app.ports.todos import Outcome, TodoRepository
from app.services.history import State
from app.services.merge import ACCEPTED, REUSED, Judgement, Merge, Mutation
from app.services.sync import MAX_BYTES, Known

_MAX_RESULT_BYTES = MAX_BYTES // 2
"""Of all results with the to-dos that they show: what does not fit comes with the changes."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A mutation that cannot be read. Its ids are there as far as they can be."""

    id: UUID | None
    todo_id: str | None
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one mutation. `version` and `revision` are those of its to-do, or tombstone, as it is stored."""

    mutation_id: UUID | None
    todo_id: str | None
    verdict: Verdict
    version: int | None = None
    revision: int | None = None
    current: Todo | None = None
    code: str | None = None
    errors: tuple[FieldError, ...] = ()
    is_known: bool = False
    """Whether its device knows the to-do of this revision by this result, and those before."""

    @property
    def is_accepted(self) -> bool:
        return self.verdict in ACCEPTED


Render = Callable[[Result], bytes]
"""Makes a JSON object."""


class _Refused(Conflict):
    """One mutation of a decision that is to be applied whole cannot be."""


class _Group:
    """The mutations of one to-do, by their places among all."""

    def __init__(self, *, whole: bool, is_restored: bool) -> None:
        self.mutations: dict[int, Mutation] = {}
        self.judgements: Sequence[Judgement] = ()
        self._whole = whole
        self._is_restored = is_restored

    def decide(self, current: State) -> State:
        merge = Merge(current, is_restored=self._is_restored)
        self.judgements = [merge.apply(mutation) for mutation in self.mutations.values()]
        if self._whole and any(judgement.verdict not in ACCEPTED for judgement in self.judgements):
            raise _Refused
        return merge.after

    def results(self, outcome: Outcome) -> dict[int, Result]:
        """The last one tells whether a device knows the to-do by them."""
        places = zip(self.mutations.items(), self.judgements, strict=True)
        made = {place: _result(mutation, judged, outcome) for (place, mutation), judged in places}
        last = max(made)
        made[last] = replace(made[last], is_known=_are_known([*made.values()]))
        return made


def _are_known(results: Sequence[Result]) -> bool:
    """Whether a device that takes these in turn has the to-do as it is: as the last shows it, or as the device has
    made it. What was replayed it may have in other words than those that are stored."""
    if results[-1].current is not None:
        return True
    are_as_sent = all(one.current is None and one.verdict != "replayed" for one in results)
    return are_as_sent and any(one.verdict == "applied" for one in results)


class Push:
    """`expect_write` says that a change of this user follows in the same request."""

    def __init__(
        self, todos: TodoRepository, *, expect_write: Callable[[str], None] = lambda _user_id: None
    ) -> None:
        self._todos = todos
        self.expect_write = expect_write

    def push(
        self,
        user_id: str,
        mutations: Sequence[Mutation | Malformed],
        *,
        atomic: bool,
        is_restored: bool = False,
    ) -> tuple[Sequence[Result], int]:
        """A result for each mutation, in their order, and the last revision that they made, or -1.

        With `atomic`, nothing is stored unless each mutation is accepted. `is_restored`: as `Merge` has it.

        Raises:
            app.errors.Unavailable, app.errors.Contention: some may be stored. Sent again, those are replayed.
        """
        results, groups = _grouped(mutations, lambda: _Group(whole=atomic, is_restored=is_restored))
        if atomic and results:
            return list(results.values()), -1
        reached = -1
        decisions = [(todo_id, group.decide) for todo_id, group in groups.items()]
        outcomes = self._todos.change_many(user_id, decisions, atomic=atomic)
        for group, outcome in zip(groups.values(), outcomes, strict=True):
            results |= group.results(outcome)
            if outcome.is_changed and outcome.revision is not None:
                reached = max(reached, outcome.revision)
        return [results[place] for place in range(len(mutations))], reached


def rendered(results: Sequence[Result], reached: int, render: Render) -> tuple[Sequence[bytes], Known]:
    """The results as they are sent, and what a device knows by them. A to-do that does not fit is left out."""
    sent: list[bytes] = []
    known: set[tuple[str, int]] = set()
    size = 0
    for result in results:
        made, is_known = render(result), result.is_known
        if result.current and size + _size(made) > _MAX_RESULT_BYTES:
            made, is_known = render(replace(result, current=None)), False
        sent.append(made)
        size += _size(made)
        if is_known and result.todo_id is not None and result.revision is not None:
            known.add((result.todo_id, result.revision))
    return sent, Known(reached, frozenset(known), size)


def _size(made: bytes) -> int:
    return len(json.dumps(made.decode()))


def _grouped(
    mutations: Sequence[Mutation | Malformed], new_group: Callable[[], _Group]
) -> tuple[dict[int, Result], dict[str, _Group]]:
    """The results of what cannot be applied at all, by their places, and the rest by to-dos."""
    results: dict[int, Result] = {}
    groups: dict[str, _Group] = {}
    first: dict[UUID, str] = {}
    for place, mutation in enumerate(mutations):
        if isinstance(mutation, Malformed):
            results[place] = _malformed(mutation)
        elif first.setdefault(mutation.id, mutation.todo_id) != mutation.todo_id:
            results[place] = _result(mutation, REUSED, Outcome())
        else:
            group = groups.setdefault(mutation.todo_id, new_group())
            group.mutations[place] = mutation
    return results, groups


def _malformed(mutation: Malformed) -> Result:
    return Result(
        mutation_id=mutation.id,
        todo_id=mutation.todo_id,
        verdict="invalid",
        code="validation_failed",
        errors=mutation.errors,
    )


def _result(mutation: Mutation, judged: Judgement, outcome: Outcome) -> Result:
    if judged.verdict in ACCEPTED and outcome.error and not isinstance(outcome.error, _Refused):
        judged = _refused(outcome.error)
    state, shown = outcome.state, _shown(mutation, judged, outcome)
    has_version = judged.verdict in ACCEPTED or isinstance(state, Tombstone)
    return Result(
        mutation_id=mutation.id,
        todo_id=mutation.todo_id,
        verdict=judged.verdict,
        version=judged.version or (state.version if state and has_version else None),
        revision=outcome.revision if has_version or shown else None,
        current=shown,
        code=judged.code,
        errors=judged.errors,
    )


def _refused(error: AppError) -> Judgement:
    return Judgement("invalid", error.code, errors=error.errors)


def _shown(mutation: Mutation, judged: Judgement, outcome: Outcome) -> Todo | None:
    is_news = judged.verdict in ("merged", "conflict") or (
        judged.verdict == "applied" and mutation.is_rewritten
    )
    return live(outcome.state) if is_news else None
