"""How mutations of one to-do, made offline, become one change of what is stored meanwhile.

A mutation says by `if_version` which version its device had seen. It is merged with later changes by field: only a
field that others have changed since, to another value, is a conflict. The mutations of one request build on each
other, so what an earlier one has changed, then or in an attempt before, is no change by others.

Tags are added and removed one by one, and so never a conflict. Two such patches commute as long as a device adds only
tags that the version it has seen lacks, and removes only tags that it has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from app.errors import FieldError
from app.models.moments import now
from app.models.todos import Todo, TodoContent, Tombstone, Verdict
from app.services.history import (
    FIELDS,
    Remembered,
    State,
    hash_of_content,
    hash_of_id,
    history_of,
    next_history,
    next_version,
)
from app.services.todo_changes import edited, new_todo, recorded

MAX_TAGS = 20

Op = Literal["create", "patch", "delete", "restore"]
ACCEPTED = frozenset({"applied", "replayed", "merged"})


@dataclass(frozen=True, slots=True)
class Patch:
    """`fields` are those of `TodoContent` to set, but for the tags. A due date comes as both of its fields."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    add_tags: Sequence[str] = ()
    remove_tags: Sequence[str] = ()

    def on(self, todo: Todo) -> dict[str, Any]:
        """The changes of `todo`. Tags that stay keep their order."""
        removed = {*self.remove_tags}
        tags = (*(tag for tag in todo.tags if tag not in removed), *self.add_tags)
        return {**self.fields, "tags": tuple(dict.fromkeys(tags))}


@dataclass(frozen=True)
class Mutation:
    """`content` is what must not differ in a repetition. `data` belongs to create and restore, `patch` to patch."""

    id: UUID
    op: Op
    todo_id: str
    content: bytes = b""
    if_version: int | None = None
    data: TodoContent | None = None
    patch: Patch = field(default_factory=Patch)
    is_rewritten: bool = False
    """Whether its values are stored in other words than it was sent in: composed, trimmed, without repetitions."""

    @cached_property
    def hash(self) -> bytes:
        return hash_of_id(self.id)

    @cached_property
    def content_hash(self) -> bytes:
        return hash_of_content(self.content)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of a mutation. `version` is the one that it made before, of one that is replayed."""

    verdict: Verdict
    code: str | None = None
    version: int | None = None
    errors: tuple[FieldError, ...] = ()


APPLIED = Judgement("applied")
MERGED = Judgement("merged")
GONE = Judgement("gone", "todo_deleted")
NEVER_WAS = Judgement("gone", "not_found")
EXISTS = Judgement("conflict", "todo_exists")
CHANGED = Judgement("conflict", "changed")
RESTORED = Judgement("conflict", "restored")
REUSED = Judgement(
    "invalid",
    "mutation_id_reused",
    errors=(FieldError("/mutationId", "mutation_id_reused", "Another mutation has this id."),),
)
TOO_MANY_TAGS = Judgement(
    "invalid",
    "validation_failed",
    errors=(FieldError("/patch/tags/add", "too_many", f"A to-do has at most {MAX_TAGS} tags."),),
)


class Merge:
    """Applies mutations of one to-do to `before`, one after the other. `is_restored`: the data were restored since
    their device has seen them. Versions are counted again, so its `if_version` may be that of another change."""

    def __init__(self, before: State, *, is_restored: bool = False) -> None:
        self._before = before
        self._is_restored = is_restored
        self._history = history_of(before)
        self._now = before
        self._own: set[int] = set()
        """Versions that mutations of this request made in an attempt before."""
        self._settled: set[str] = set()
        """Fields that mutations of this request have set."""
        self._is_own = False
        """Whether a mutation of this request has created or restored it: there is no version to have seen."""
        self._accepted: dict[bytes, bytes] = {}
        self._is_changed = False

    @property
    def after(self) -> State:
        """What to store: `before` itself where nothing has changed. What was made and deleted leaves a tombstone,
        too: by it, a mutation is known that arrives once more, late."""
        if not self._is_changed:
            return self._before
        version = next_version(self._before)
        made = [Remembered(one, content, version) for one, content in self._accepted.items()]
        if isinstance(self._now, Todo):
            return recorded(self._before, self._now, made)
        history = next_history(self._before, None, made)
        return Tombstone(id="", version=version, deleted_at=now(), history=history)

    def apply(self, mutation: Mutation) -> Judgement:
        repeated = self._repeated(mutation)
        if repeated is not None:
            return repeated
        was = self._now
        judgement = self._judged(mutation)
        if judgement.verdict in ACCEPTED:
            self._accepted[mutation.hash] = mutation.content_hash
            self._is_changed |= self._now is not was
        return judgement

    def _repeated(self, mutation: Mutation) -> Judgement | None:
        if mutation.hash in self._accepted:
            return Judgement("replayed") if self._accepted[mutation.hash] == mutation.content_hash else REUSED
        known = self._history.find(mutation.hash)
        if known is None:
            return None
        if known.content != mutation.content_hash:
            return REUSED
        self._own.add(known.version)
        return Judgement("replayed", version=known.version)

    def _judged(self, mutation: Mutation) -> Judgement:
        match mutation.op:
            case "create":
                return self._created(mutation)
            case "restore":
                return self._restored(mutation)
            case "delete":
                return self._deleted(mutation)
        return self._patched(mutation)

    def _created(self, mutation: Mutation) -> Judgement:
        if isinstance(self._now, Todo):
            return EXISTS
        return GONE if self._now else self._made(mutation)

    def _restored(self, mutation: Mutation) -> Judgement:
        """What has no tombstone any more is created, unless a version of it is asked for."""
        if isinstance(self._now, Todo):
            return EXISTS
        wanted = mutation.if_version
        if self._now is None:
            return self._made(mutation) if wanted is None else NEVER_WAS
        is_own = self._now is not self._before
        if self._is_unknown(mutation) and not is_own:
            return RESTORED
        return self._made(mutation) if is_own or wanted in (None, self._now.version) else CHANGED

    def _made(self, mutation: Mutation) -> Judgement:
        assert mutation.data is not None  # noqa: S101 - tells mypy what these operations have
        self._now = new_todo(mutation.todo_id, mutation.data)
        self._is_own = True
        return APPLIED

    def _deleted(self, mutation: Mutation) -> Judgement:
        if not isinstance(self._now, Todo):
            return GONE if self._now else NEVER_WAS
        if self._is_unknown(mutation):
            return RESTORED
        if not self._has_seen_all(mutation):
            return CHANGED
        self._now = Tombstone(id=mutation.todo_id, version=next_version(self._before), deleted_at=now())
        return APPLIED

    def _patched(self, mutation: Mutation) -> Judgement:
        current = self._now
        if not isinstance(current, Todo):
            return GONE if current else NEVER_WAS
        if self._is_unknown(mutation):
            return RESTORED
        wanted = edited(current, mutation.patch.on(current))
        if len(wanted.tags) > max(MAX_TAGS, len(current.tags)):
            return TOO_MANY_TAGS
        touched = [name for name, value in FIELDS.items() if value(wanted) != value(current)]
        if self._is_ahead(mutation) or any(self._is_foreign(name, mutation) for name in touched):
            return CHANGED
        self._now = wanted
        self._settled.update(touched)
        return APPLIED if self._has_seen_all(mutation) else MERGED

    def _is_unknown(self, mutation: Mutation) -> bool:
        """Whether its version says nothing. 0 does: its device has seen no change but its own creation."""
        return self._is_restored and not self._is_own and bool(mutation.if_version)

    def _is_ahead(self, mutation: Mutation) -> bool:
        """Whether its device has seen what is not there: the data were restored."""
        return not self._is_own and (mutation.if_version or 0) > self._version

    def _is_foreign(self, name: str, mutation: Mutation) -> bool:
        """Whether others have changed a field since this mutation's device has seen it."""
        if self._is_own or name == "tags" or name in self._settled:
            return False
        changed = self._history.changed_in(name)
        return changed > (mutation.if_version or 0) and changed not in self._own

    def _has_seen_all(self, mutation: Mutation) -> bool:
        """Whether each version after that of the mutation's device was made by a mutation of this request."""
        if self._is_own:
            return True
        seen = mutation.if_version or 0
        unseen = range(seen + 1, self._version + 1)
        return seen <= self._version and all(version in self._own for version in unseen)

    @property
    def _version(self) -> int:
        return 0 if self._before is None else self._before.version
