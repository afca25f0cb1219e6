"""The history that an item keeps for sync: the version in which each field last changed, and its last mutations.

Storage keeps it as a text. A text that is not one of these, or that was written for another version of the item (by a
migration, or by a release that knew no histories), says nothing of fields: all of them count as changed in the item's
version. What it says of mutations still holds.
"""

import base64
import binascii
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from app.models.todos import Todo, TodoContent, Tombstone, live

State = Todo | Tombstone | None

REMEMBERED = 32
"""Mutations. A repetition after so many others is a conflict, and never a second application."""

FIELDS: Mapping[str, Callable[[TodoContent], Any]] = {
    "title": lambda todo: todo.title,
    "notes": lambda todo: todo.notes,
    "completed": lambda todo: todo.completed,
    "due": lambda todo: (todo.due_on, todo.due_at),
    "priority": lambda todo: todo.priority,
    "tags": lambda todo: todo.tags,
    "list": lambda todo: todo.list,
}
"""What changes as one, and its value. Their order is stored: add at the end only."""

_NAMES = tuple(FIELDS)
_FORM = 1
_HEAD = struct.Struct(">BIIB")
"""The form, the item's version, the version in which fields changed that are not named, and how many are."""
_FIELD = struct.Struct(">BI")
_MUTATION = struct.Struct(">8s4sI")


class Remembered(NamedTuple):
    """A mutation that was applied, and the version that it made. Id and content are hashes of 8 and 4 bytes."""

    id: bytes
    content: bytes
    version: int


@dataclass(frozen=True)
class History:
    base: int
    changed: Mapping[str, int] = field(default_factory=dict)
    mutations: Sequence[Remembered] = ()

    def changed_in(self, name: str) -> int:
        """The version in which a field of `FIELDS` last changed."""
        return self.changed.get(name, self.base)

    def find(self, mutation_id: bytes) -> Remembered | None:
        return self._by_id.get(mutation_id)

    @cached_property
    def _by_id(self) -> dict[bytes, Remembered]:
        return {mutation.id: mutation for mutation in self.mutations}


def hash_of_id(mutation_id: UUID) -> bytes:
    return blake2b(mutation_id.bytes, digest_size=8).digest()


def hash_of_content(content: bytes) -> bytes:
    return blake2b(content, digest_size=4).digest()


def history_of(state: State) -> History:
    """What is known of an item's past. Of one that never was, everything: it has none."""
    if state is None:
        return History(base=0)
    version, history = _parsed(state.history)
    return history if version == state.version else History(state.version, mutations=history.mutations)


def next_history(before: State, after: TodoContent | None, mutations: Sequence[Remembered] = ()) -> str:
    """The text to store with the change of an item from `before` to `after` (`None`: it is deleted), which
    `mutations` made."""
    known, version = history_of(before), next_version(before)
    kept = [*known.mutations, *mutations][-REMEMBERED:]
    was = live(before)
    if was is None or after is None:
        return _text(version, History(base=version, mutations=kept))
    changed = {name: version for name, value in FIELDS.items() if value(was) != value(after)}
    return _text(version, History(known.base, {**known.changed, **changed}, kept))


def next_version(before: State) -> int:
    """The version that the next change makes, as storage counts it."""
    return 1 if before is None else before.version + 1


def _text(version: int, history: History) -> str:
    named = [name for name in _NAMES if history.changed_in(name) != history.base]
    raw = [_HEAD.pack(_FORM, version, history.base, len(named))]
    raw += [_FIELD.pack(_NAMES.index(name), history.changed[name]) for name in named]
    raw += [_MUTATION.pack(*mutation) for mutation in history.mutations]
    return base64.urlsafe_b64encode(b"".join(raw)).rstrip(b"=").decode()


def _parsed(text: str) -> tuple[int | None, History]:
    """The version for which a text was written, and what it says."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return _unpacked(raw)
    except (ValueError, binascii.Error, struct.error, IndexError):
        return None, History(base=0)


def _unpacked(raw: bytes) -> tuple[int, History]:
    """Raises:
    ValueError, struct.error, IndexError: this is no history.
    """
    form, version, base, count = _HEAD.unpack_from(raw)
    if form != _FORM:
        raise ValueError(form)
    fields_end = _HEAD.size + count * _FIELD.size
    changed = {_NAMES[index]: at for index, at in _FIELD.iter_unpack(raw[_HEAD.size : fields_end])}
    mutations = tuple(Remembered(*values) for values in _MUTATION.iter_unpack(raw[fields_end:]))
    return version, History(base, changed, mutations)
