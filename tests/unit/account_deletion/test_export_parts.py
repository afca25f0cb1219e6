"""The parts of an export: their content and where each ends, over pages in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from app.errors import Conflict, NotFound
from app.models.files import File
from app.models.moments import now
from app.models.todos import Todo
from app.models.user_data import UserData
from app.models.users import User
from app.ports.todos import Added
from app.routers.portability import MAX_IMPORT
from app.services import export as exporting
from app.services.cursors import CursorPage, CursorSigner
from app.services.export import (
    Export,
    ExportedFile,
    ExportPart,
    InFirstPart,
    InPages,
    NotRead,
    files_of,
    raw_data_of,
)
from app.services.files.service import Download
from app.services.todos import Todos
from support.memory import MemoryTodos, MemoryUsers

USER = User(id="ada", email="ada@example.com")


@dataclass
class Folder:
    """A folder that lists two files a page, for any limit."""

    files: list[File] = field(default_factory=list)
    gone: dict[str, Exception] = field(default_factory=dict)
    counted: "list[list[str]]" = field(default_factory=list)

    def list(self, user_id: str, *, limit: int, cursor: str | None) -> CursorPage[File]:
        begin = 0 if cursor is None else int(cursor)
        following = str(begin + 2) if begin + 2 < len(self.files) else None
        return CursorPage(tuple(self.files[begin : begin + 2]), following)

    def count_downloads(self, user_id: str, files: Sequence[File]) -> None:
        self.counted.append([file.id for file in files])

    def download(self, user_id: str, file_id: str, *, counted: bool) -> Download:
        assert counted
        assert any(file_id in page for page in self.counted)
        if file_id in self.gone:
            raise self.gone[file_id]
        return Download(f"https://data.example.com/{file_id}", now())


@dataclass
class Held:
    data: UserData | None = None

    def get(self, email: str) -> UserData | None:
        return self.data


class TodoPages:
    """Pages of as many to-dos as are asked for; the cursor is where the next one begins."""

    def __init__(self, count: int) -> None:
        self.todos = tuple(Todo(id=str(n), title="t") for n in range(count))

    def list(self, user_id: str, query: Any, *, limit: int, cursor: str | None) -> CursorPage[Todo]:
        begin = 0 if cursor is None else int(cursor)
        end = begin + limit
        return CursorPage(self.todos[begin:end], str(end) if end < len(self.todos) else None)


def of(owner: str | None) -> UserData:
    return UserData(email=USER.email, user_id=owner)


def file(file_id: str, status: str = "available") -> File:
    new = File(id=file_id, name="a", content_type="text/plain", size=1, reserved=1, expires_at=now())
    return replace(new, status=status)


def part(
    *, todos: int = 0, folder: Folder | None = None, held: Held | None = None, cursor: str | None = None
) -> ExportPart:
    """Everything weighs one byte."""
    pages, folder, held = TodoPages(todos), folder or Folder(), held or Held()
    export = Export(
        {
            "todos": InPages(
                lambda user_id, limit, cursor: pages.list(user_id, None, limit=limit, cursor=cursor)
            ),
            "files": InFirstPart(lambda user: files_of(folder, user)),
            "requests": NotRead("None of them last."),
            "user_data": InFirstPart(lambda user: raw_data_of(held, user)),
        }
    )
    return export.part(USER, cursor, weigh=lambda _thing: 1)


def test_every_page_of_files_is_in_the_first_part():
    found = part(folder=Folder([file(str(n)) for n in range(5)])).of(ExportedFile)

    assert [each.file.id for each in found] == ["0", "1", "2", "3", "4"]
    assert {each.download.url for each in found} == {f"https://data.example.com/{n}" for n in range(5)}


@pytest.mark.parametrize("error", [NotFound(), Conflict("Gone.", code="file_not_available")])
def test_a_file_that_is_deleted_meanwhile_has_no_download(error):
    (found,) = part(folder=Folder([file("a")], {"a": error})).of(ExportedFile)

    assert found == ExportedFile(found.file, None)


@pytest.mark.parametrize("status", ["pending", "rejected"])
def test_what_is_not_there_has_no_download(status):
    assert [each.download for each in part(folder=Folder([file("a", status)])).of(ExportedFile)] == [None]


@pytest.mark.parametrize(("owner", "is_included"), [(None, True), ("ada", True), ("eve", False)])
def test_raw_user_data_is_included_unless_another_account_owns_it(owner, is_included):
    held = Held(of(owner))

    assert part(held=held).of(UserData) == ([held.data] if is_included else [])


def test_only_the_first_part_tells_of_the_address_and_the_files():
    later = part(todos=600, folder=Folder([file("a")]), held=Held(of("ada")), cursor="500")

    assert {type(thing) for thing in later.things} == {Todo}
    assert (len(later.things), later.cursor) == (100, None)


def test_a_part_ends_at_five_thousand_and_the_next_begins_there():
    first = part(todos=5001)
    second = part(todos=5001, cursor=first.cursor)

    assert [len(first.things), first.cursor] == [5000, "5000"]
    assert [todo.id for todo in second.of(Todo)] == ["5000"]
    assert second.cursor is None


def test_a_part_may_be_just_as_large_as_it_may_be(monkeypatch):
    monkeypatch.setattr(exporting, "MAX_BYTES", 1000)

    assert len(part(todos=1500).things) == 1000


def test_files_count_against_the_first_part(monkeypatch):
    monkeypatch.setattr(exporting, "MAX_BYTES", 1000)

    assert len(part(todos=1500, folder=Folder([file("a")])).of(Todo)) == 500


class Notes:
    """A second store in pages, whose things are to-dos for want of others."""

    def __init__(self, count: int) -> None:
        self.pages = TodoPages(count)
        self.asked: list[str | None] = []

    def read(self, user_id: str, *, limit: int, cursor: str | None) -> CursorPage[Todo]:
        self.asked.append(cursor)
        return self.pages.list(user_id, None, limit=limit, cursor=cursor)


def export_of(*counts: int) -> tuple[Export, list[Notes]]:
    stores = [Notes(count) for count in counts]
    return Export({f"store-{number}": InPages(store.read) for number, store in enumerate(stores)}), stores


def parts_of(export: Export) -> list[ExportPart]:
    parts = [export.part(USER, None, weigh=lambda _thing: 1)]
    while (cursor := parts[-1].cursor) is not None:
        parts.append(export.part(USER, cursor, weigh=lambda _thing: 1))
    return parts


@pytest.mark.parametrize(
    ("counts", "sizes"),
    [
        ((3, 4), [7]),
        ((0, 0, 2), [2]),
        ((5000, 1), [5000, 1]),
        ((4999, 600), [4999, 600]),
        ((10, 10_000, 10), [4510, 5000, 510]),
    ],
    ids=str,
)
def test_what_comes_in_pages_follows_store_by_store(counts, sizes):
    assert [len(part.things) for part in parts_of(export_of(*counts)[0])] == sizes


def test_each_store_gets_its_own_cursors_back():
    export, (first, second) = export_of(5001, 5001)

    cursors = [part.cursor for part in parts_of(export)]

    assert cursors == ["5000", "store-1~4500", None]
    assert set(second.asked) <= {None, *map(str, range(0, 5001, 500))}
    assert first.asked[-1] == "5000"


@pytest.mark.parametrize("cursor", ["", "store-0~500", "store-9~500", "~"])
def test_a_cursor_of_no_other_store_is_for_the_first_to_judge(cursor):
    export, (first, second) = export_of(1, 1)

    with pytest.raises(ValueError, match="invalid literal"):
        export.part(USER, cursor, weigh=lambda _thing: 1)

    assert first.asked == [cursor]
    assert second.asked == []


def test_todos_are_restored_in_one_call_each_once_and_counted():
    """One call of the repository is one fence of its cache, however many there are."""
    users = MemoryUsers()
    users.create(USER)
    todos = MemoryTodos(users)
    calls = []
    add = todos.add

    def add_and_note(user_id: str, added: Sequence[Todo]) -> Added:
        calls.append(len(added))
        return add(user_id, added)

    todos.add = add_and_note  # type: ignore[method-assign]
    many = [Todo(id=str(n), title="t") for n in range(60)]

    imported = Todos(todos, CursorSigner(lambda: b"key")).restore("ada", [*many, *many[:3]])

    assert imported == Added(stored=len(many))
    assert len(todos.rows) == len(many)
    assert calls == [60]


def test_an_import_takes_any_part_of_an_export():
    assert exporting.MAX_BYTES < MAX_IMPORT
