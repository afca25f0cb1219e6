"""Export: what is held on a person, in parts that fit into an answer.

Lambda answers with 6 MB at most, and waits until an answer is whole. So an export comes in parts, each bounded in
size, read page by page, and good to be imported as it is. Most accounts need one part.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from app.errors import Conflict, NotFound
from app.models import File, Todo, TodoQuery, User, UserData
from app.ports import UserDataRepository
from app.services.cursors import Cursor
from app.services.files.service import Download, Files
from app.services.todos import Todos

MAX_TODOS = 5000
"""In one part: what one import takes in good time."""
MAX_BYTES = 4 * 1024 * 1024
"""Of one part, counted with every escape that may be added on its way."""

_TODO_PAGE = 500
_SMALL_PAGE = 25
"""The largest to-dos there can be, so many of them, still fit into one part."""
_FILE_PAGE = 100


@dataclass(frozen=True, slots=True)
class ExportedFile:
    file: File
    download: Download | None
    """`None`: there is nothing to download."""


Weigh = Callable[[Todo | ExportedFile], int]
"""How many bytes a thing takes in the answer."""


@dataclass(frozen=True, slots=True)
class ExportPart:
    """`user_data` and `files` are in the first part; `cursor` leads to the next one."""

    user_data: UserData | None
    files: tuple[ExportedFile, ...]
    todos: tuple[Todo, ...]
    cursor: Cursor | None


class Export:
    def __init__(self, todos: Todos, files: Files, user_data: UserDataRepository) -> None:
        self._todos = todos
        self._files = files
        self._user_data = user_data

    def part(
        self,
        user: User,
        cursor: Cursor | None,
        *,
        weigh: Weigh,
    ) -> ExportPart:
        """The part that begins at `cursor`.

        Raises:
            BadRequest: the cursor is not one of this user's export.
        """
        if cursor is not None:
            return ExportPart(None, (), *self._todos_from(user.id, cursor, MAX_BYTES, weigh))
        files = tuple(self._all_files(user.id))
        left = MAX_BYTES - sum(map(weigh, files))
        return ExportPart(self._held(user), files, *self._todos_from(user.id, None, left, weigh))

    def _held(self, user: User) -> UserData | None:
        """The raw data about the address, unless they are linked to another account."""
        held = self._user_data.get(user.email)
        return held if held and held.user_id in (None, user.id) else None

    def _todos_from(
        self, user_id: str, cursor: Cursor | None, left: int, weigh: Weigh
    ) -> tuple[tuple[Todo, ...], Cursor | None]:
        """The to-dos after `cursor` that fit, whole pages of them, and the cursor after these."""
        found: list[Todo] = []
        size = _TODO_PAGE
        while len(found) + size <= MAX_TODOS:
            page = self._todos.list(user_id, TodoQuery(), limit=size, cursor=cursor)
            weight = sum(map(weigh, page.items))
            if weight > left and found:
                return tuple(found), cursor
            if weight > left and size > _SMALL_PAGE:
                size = _SMALL_PAGE
                continue
            left -= weight
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        return tuple(found), cursor

    def _all_files(self, user_id: str) -> Iterator[ExportedFile]:
        cursor: Cursor | None = None
        while True:
            page = self._files.list(user_id, limit=_FILE_PAGE, cursor=cursor)
            for file in page.items:
                yield ExportedFile(file, self._download(user_id, file))
            if (cursor := page.next_cursor) is None:
                return

    def _download(self, user_id: str, file: File) -> Download | None:
        if file.status != "available":
            return None
        with suppress(NotFound, Conflict):  # deleted meanwhile
            return self._files.download(user_id, file.id)
        return None
