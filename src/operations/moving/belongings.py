"""All that moves of one user, in terms of neither engine."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, TypeVar

from app.models.files import File, Quota
from app.models.todos import Todo, Tombstone
from app.models.users import User
from app.ports.feed import FeedEntry

T = TypeVar("T")

TOMBSTONES_KEPT = timedelta(days=90)


class Numbered(NamedTuple):
    """A to-do or a tombstone, and the user's revision when it last changed."""

    revision: int
    state: Todo | Tombstone


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """`used` is what the files take of the user's quota. To-dos, files and pointers are in the order of their ids."""

    user: User
    used: Quota
    todos: tuple[Numbered, ...]
    files: tuple[File, ...]
    pointers: tuple[FeedEntry, ...]
    """To the profile and to files. Those to deleted ones are kept for 90 days from the move."""

    def without_expired(self, moment: datetime) -> "Belongings":
        """Each engine deletes old tombstones in its own time."""
        kept = (one for one in self.todos if not _is_expired(one.state, moment))
        return replace(self, todos=tuple(kept))

    @property
    def checksum(self) -> int:
        """256 bits over every field."""
        text = json.dumps(asdict(self), default=_canonical, sort_keys=True)
        return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


@dataclass(frozen=True, slots=True)
class Change:
    """What makes the wanted belongings of those that are there. `owner` is `None` where the user goes."""

    user_id: str
    owner: tuple[User, Quota] | None
    todos: list[Numbered]
    files: list[File]
    pointers: list[FeedEntry]
    gone_todos: list[str]
    gone_files: list[str]
    gone_pointers: list[FeedEntry]


def change_to(wanted: Belongings | None, there: Belongings | None) -> Change:
    """Of one user; at least one of them is given."""
    given = wanted or there
    assert given is not None
    todos, old_todos = _by_id(wanted, there, lambda one: {it.state.id: it for it in one.todos})
    files, old_files = _by_id(wanted, there, lambda one: {it.id: it for it in one.files})
    pointers, old_pointers = _by_id(wanted, there, lambda one: {it.id: it for it in one.pointers})
    return Change(
        given.user.id,
        (wanted.user, wanted.used) if wanted else None,
        [it for id_, it in todos.items() if old_todos.get(id_) != it],
        [it for id_, it in files.items() if old_files.get(id_) != it],
        [it for id_, it in pointers.items() if old_pointers.get(id_) != it],
        sorted(old_todos.keys() - todos.keys()),
        sorted(old_files.keys() - files.keys()),
        [it for id_, it in old_pointers.items() if id_ not in pointers],
    )


def _by_id(
    wanted: Belongings | None, there: Belongings | None, ids: Callable[[Belongings], dict[str, T]]
) -> tuple[dict[str, T], dict[str, T]]:
    return (ids(wanted) if wanted else {}), (ids(there) if there else {})


def _is_expired(state: Todo | Tombstone, moment: datetime) -> bool:
    if isinstance(state, Todo):
        return False
    return state.deleted_at is None or state.deleted_at < moment - TOMBSTONES_KEPT


def _canonical(value: object) -> str:
    return str(value.timestamp()) if isinstance(value, datetime) else str(value)


class Engine(Protocol):
    """One engine of a stage. Writes here check no revision: nothing else may change the data meanwhile.

    Every method may raise:
        app.errors.AppError: it does not answer.
    """

    def user_ids(self) -> Iterator[str]:
        """Of all users, in any order."""
        ...

    def read(self, user_id: str) -> Belongings | None:
        """`None`: there is no such user."""
        ...

    def apply(self, change: Change) -> None:
        """In several calls: the user comes first and goes last, so that an interruption at any call leaves nothing
        that is not found by its user. Safe to repeat.

        Raises:
            app.errors.Unprocessable: this engine cannot hold it.
        """
        ...
