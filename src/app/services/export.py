"""Export: what is held on a person, in parts that fit into an answer.

Lambda answers with 6 MB at most, and waits until an answer is whole. So an export comes in parts, each bounded in
size, read page by page, and good to be imported as it is. Most accounts need one part.

What is read is registered with each store of user data: see `app.container.personal_data`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from app.errors import Conflict, NotFound
from app.models.files import File
from app.models.user_data import UserData
from app.models.users import User
from app.ports.user_data import UserDataRepository
from app.services.cursors import Cursor, CursorPage
from app.services.files.service import Download, Files

MAX_THINGS = 5000
"""In the pages of one part: what one import takes in good time."""
MAX_BYTES = 4 * 1024 * 1024
"""Of one part, counted with every escape that may be added on its way."""

_PAGE = 500
_SMALL_PAGE = 25
"""The largest to-dos there can be, so many of them, still fit into one part."""
_FILE_PAGE = 100
_IN = "~"
"""Before it stands the store that a cursor leads into. The first store's cursors have none."""


@dataclass(frozen=True, slots=True)
class ExportedFile:
    file: File
    download: Download | None
    """`None`: there is nothing to download."""


Exported = object
"""Of any kind that `app.schemas.export` can show."""
Kind = TypeVar("Kind")
Weigh = Callable[[Exported], int]
"""How many bytes a thing takes in the answer."""


class ReadPage(Protocol):
    def __call__(self, user_id: str, *, limit: int, cursor: Cursor | None) -> CursorPage[Exported]:
        """At most `limit` things after `cursor`.

        Raises:
            app.errors.BadRequest: the cursor is not one of this user's.
        """
        ...


@dataclass(frozen=True, slots=True)
class InFirstPart:
    """Data that is small enough to be in the first part as a whole."""

    read: Callable[[User], Iterable[Exported]]


@dataclass(frozen=True, slots=True)
class InPages:
    read: ReadPage


@dataclass(frozen=True, slots=True)
class NotRead:
    """An export reads nothing here."""

    reason: str


HowExported = InFirstPart | InPages | NotRead


@dataclass(frozen=True, slots=True)
class ExportPart:
    """`cursor` leads to the next one."""

    things: tuple[Exported, ...]
    cursor: Cursor | None

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [thing for thing in self.things if isinstance(thing, kind)]


class Export:
    """`stores` says by the name of each store how it is exported."""

    def __init__(self, stores: Mapping[str, HowExported]) -> None:
        self._whole = [how.read for how in stores.values() if isinstance(how, InFirstPart)]
        self._paged = {name: how.read for name, how in stores.items() if isinstance(how, InPages)}
        self._names = list(self._paged)

    def part(self, user: User, cursor: Cursor | None, *, weigh: Weigh) -> ExportPart:
        """The part that begins at `cursor`.

        Raises:
            app.errors.BadRequest: the cursor is not one of this user's export.
        """
        if cursor is not None:
            return ExportPart(*self._pages_from(user.id, cursor, MAX_BYTES, weigh))
        whole = tuple(thing for read in self._whole for thing in read(user))
        things, following = self._pages_from(user.id, None, MAX_BYTES - sum(map(weigh, whole)), weigh)
        return ExportPart(whole + things, following)

    def _pages_from(
        self, user_id: str, cursor: Cursor | None, left: int, weigh: Weigh
    ) -> tuple[tuple[Exported, ...], Cursor | None]:
        """The things after `cursor` that fit, whole pages of them, and the cursor after these."""
        found: list[Exported] = []
        size = _PAGE
        name, position = self._place(cursor)
        while len(found) + size <= MAX_THINGS:
            page = self._paged[name](user_id, limit=size, cursor=position)
            weight = sum(map(weigh, page.items))
            if weight > left and found:
                break
            if weight > left and size > _SMALL_PAGE:
                size = _SMALL_PAGE
                continue
            left -= weight
            found += page.items
            position = page.next_cursor
            if position is None:
                if name == self._names[-1]:
                    return tuple(found), None
                name = self._names[self._names.index(name) + 1]
        return tuple(found), self._cursor(name, position)

    def _place(self, cursor: Cursor | None) -> tuple[str, Cursor | None]:
        """The store that a cursor leads into, and the store's own cursor."""
        name, _, position = (cursor or "").rpartition(_IN)
        if name in self._names[1:]:
            return name, Cursor(position) if position else None
        return self._names[0], cursor

    def _cursor(self, name: str, position: Cursor | None) -> Cursor | None:
        return position if name == self._names[0] else Cursor(f"{name}{_IN}{position or ''}")


def files_of(files: Files, user: User) -> Iterator[ExportedFile]:
    cursor = None
    while True:
        page = files.list(user.id, limit=_FILE_PAGE, cursor=cursor)
        files.count_downloads(user.id, page.items)
        for file in page.items:
            yield ExportedFile(file, _download(files, user.id, file))
        if (cursor := page.next_cursor) is None:
            return


def _download(files: Files, user_id: str, file: File) -> Download | None:
    if file.status != "available":
        return None
    with suppress(NotFound, Conflict):  # deleted meanwhile
        return files.download(user_id, file.id, counted=True)
    return None


def raw_data_of(user_data: UserDataRepository, user: User) -> Iterator[UserData]:
    """The raw data about the address, unless they are linked to another account."""
    held = user_data.get(user.email)
    if held and held.user_id in (None, user.id):
        yield held
