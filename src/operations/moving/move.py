"""Copy what one engine holds to the other, until a whole comparison of both finds no difference."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice

from app.errors import AppError
from app.models.moments import now
from app.models.todos import Tombstone
from operations.moving.belongings import Belongings, Engine, change_to
from project.errors import StackError

Found = Belongings | None
_PASSES = 5
"""The last of them must find nothing to do: nothing may change meanwhile."""
_THREADS = 8
_BLOCK = 1000


@dataclass
class Totals:
    """Sums over the users of one engine, in whatever order they are added."""

    users: int = 0
    todos: int = 0
    tombstones: int = 0
    files: int = 0
    file_bytes: int = 0
    revisions: int = 0
    checksum: int = 0

    def add(self, belongings: Found) -> None:
        if belongings is None:
            return
        tombstones = sum(isinstance(one.state, Tombstone) for one in belongings.todos)
        self.users += 1
        self.todos += len(belongings.todos) - tombstones
        self.tombstones += tombstones
        self.files += belongings.used.files
        self.file_bytes += belongings.used.size
        self.revisions += belongings.user.revision
        self.checksum = (self.checksum + belongings.checksum) % 2**256

    def __str__(self) -> str:
        counts = f"{self.users} users, {self.todos} to-dos, {self.tombstones} tombstones, {self.files} files"
        sums = f"{self.file_bytes} bytes of files, revisions {self.revisions}"
        return f"{counts}, {sums}, checksum {self.checksum:064x}"


@dataclass(frozen=True, slots=True)
class Pass:
    """What one comparison of both engines has found, and `changed` in the target: 0 when they were equal."""

    source: Totals
    target: Totals
    changed: int


def move(source: Engine, target: Engine, *, say: Callable[[str], None]) -> Totals:
    """Make `target` hold what `source` holds; what both hold then. Safe to repeat, and to interrupt.

    Raises:
        StackError: an engine failed, cannot hold what the other does, or changes are still being made.
    """
    for number in range(1, _PASSES + 1):
        try:
            done = run_pass(source, target)
        except AppError as error:
            raise StackError(f"{error.detail} Run it again to go on.") from error
        say(f"pass {number}: {done.source.users} users compared, {done.changed} changed")
        if done.changed == 0:
            if done.source != done.target:
                raise StackError(f"the sums differ: {done.source} is not {done.target}")
            return done.source
    raise StackError(f"after {_PASSES} passes there are still changes: is the stage closed?")


def clear(engine: Engine, number: int) -> None:
    """Delete all that it holds, if it holds `number` users. Safe to interrupt, and to repeat with what is left.

    Raises:
        StackError: it holds another number of them, or failed.
    """
    try:
        found = list(engine.user_ids())
        if len(found) != number:
            raise StackError(f"it holds {len(found)} users, not {number}: nothing is deleted")
        with ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(partial(_delete, engine), found))
    except AppError as error:
        raise StackError(f"{error.detail} Run it again to go on.") from error


def _delete(engine: Engine, user_id: str) -> None:
    if (there := engine.read(user_id)) is not None:
        engine.apply(change_to(None, there))


def run_pass(source: Engine, target: Engine) -> Pass:
    """Compare each user, and copy or delete those who differ."""
    moment, sums, changed = now(), (Totals(), Totals()), 0
    compare = partial(_copy, source, target, moment)
    with ThreadPoolExecutor(_THREADS) as threads:
        for block in _blocks(_everyone(source, target)):
            for both in threads.map(compare, block):
                changed += both[0] != both[1]
                for total, found in zip(sums, both, strict=True):
                    total.add(found)
    return Pass(*sums, changed)


def _copy(source: Engine, target: Engine, moment: datetime, user_id: str) -> tuple[Found, Found]:
    """What both hold of one user, before the copy that makes them equal."""
    try:
        wanted, there = source.read(user_id), target.read(user_id)
        wanted, there = (found and found.without_expired(moment) for found in (wanted, there))
        if wanted != there:
            target.apply(change_to(wanted, there))
    except AppError as error:
        raise StackError(f"{user_id}: {error.detail} Run it again to go on.") from error
    return wanted, there


def _everyone(source: Engine, target: Engine) -> Iterator[str]:
    """The users of both, each once."""
    seen = set[str]()
    for user_id in source.user_ids():
        seen.add(user_id)
        yield user_id
    yield from (user_id for user_id in target.user_ids() if user_id not in seen)


def _blocks(ids: Iterator[str]) -> Iterator[list[str]]:
    while block := list(islice(ids, _BLOCK)):
        yield block
