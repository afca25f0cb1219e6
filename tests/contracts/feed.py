"""The contract of a user's feed: each change is in it once, in the order of revisions."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.models.files import File, Quota
from app.models.todos import Todo
from app.ports.feed import FeedEntry, FeedPage, FeedRepository
from app.ports.files import FileRepository
from app.ports.storage import Storage
from app.ports.todos import TodoRepository
from app.ports.users import UserRepository
from contracts.changes import add, delete, edit, new_id, new_todo, old_todo, store
from contracts.files import new_file, reserved
from contracts.fixtures import new_user

Key = tuple[str, str]


def every(feed: FeedRepository, user_id: str, *, since: int = -1, limit: int = 100) -> list[FeedEntry]:
    """What the feed holds after `since`, page by page, up to the revision at its beginning."""
    until = feed.revision(user_id)
    assert until is not None
    found: list[FeedEntry] = []
    while True:
        page = feed.after(user_id, since, until=until, limit=limit)
        assert len(page.entries) <= limit
        found += page.entries
        if page.is_last:
            return found
        since = page.entries[-1].revision


def changes(feed: FeedRepository, user_id: str, since: int) -> list[tuple[str, str, int, int, bool]]:
    return [
        (entry.type, entry.id, entry.version, entry.revision, entry.is_deleted)
        for entry in every(feed, user_id, since=since)
    ]


class FeedContract:
    def test_a_new_user_has_a_profile(self, feed: FeedRepository, user_id: str) -> None:
        assert changes(feed, user_id, -1) == [("profile", user_id, 1, 0, False)]
        assert changes(feed, user_id, 0) == []

    def test_there_is_no_feed_without_a_user(self, feed: FeedRepository) -> None:
        assert feed.revision(new_id()) is None

    def test_a_todo_comes_whole_at_its_last_change(
        self, feed: FeedRepository, todos: TodoRepository, user_id: str
    ) -> None:
        first, second = store(todos, user_id, new_todo("first")), store(todos, user_id, new_todo("second"))
        changed = edit(todos, user_id, first.id, title="changed")

        found = every(feed, user_id, since=0)

        assert [entry.todo for entry in found] == [second, changed]
        assert [(entry.type, entry.version, entry.revision) for entry in found] == [
            ("todo", 1, 2),
            ("todo", 2, 3),
        ]

    def test_a_deletion_comes_without_content(
        self, feed: FeedRepository, todos: TodoRepository, user_id: str
    ) -> None:
        todo = store(todos, user_id, new_todo())
        delete(todos, user_id, todo.id)

        (entry,) = every(feed, user_id, since=0)

        assert entry == FeedEntry(type="todo", id=todo.id, version=2, revision=2, is_deleted=True)

    def test_a_todo_that_comes_back_is_one_again(
        self, feed: FeedRepository, todos: TodoRepository, user_id: str
    ) -> None:
        todo = store(todos, user_id, new_todo())
        delete(todos, user_id, todo.id)
        again = store(todos, user_id, todo)

        (entry,) = every(feed, user_id, since=0)

        assert (entry.todo, entry.version, entry.is_deleted) == (again, 3, False)

    def test_imported_todos_come_one_by_one(
        self, feed: FeedRepository, todos: TodoRepository, user_id: str
    ) -> None:
        added = [old_todo() for _ in range(60)]
        add(todos, user_id, added)

        found = every(feed, user_id, since=0, limit=7)

        assert [entry.revision for entry in found] == list(range(1, 61))
        assert [entry.id for entry in found] == [todo.id for todo in added]

    def test_each_change_of_the_profile_comes_once(
        self, feed: FeedRepository, users: UserRepository, user_id: str
    ) -> None:
        user = users.get(user_id)
        assert user is not None
        for revision, change in enumerate(
            (
                lambda: users.update_profile(user_id, {"name": "Ada"}),
                lambda: users.fill_profile(user_id, {"name": "Other", "locale": "en"}),
                lambda: users.change_email(user_id, f"new-{user.email}", was=user.email),
                lambda: users.set_status(user_id, "disabled"),
            ),
            1,
        ):
            change()
            expected = ("profile", user_id, revision + 1, revision, False)
            assert changes(feed, user_id, revision - 1) == [expected]

    def test_what_changes_nothing_of_the_profile_does_not_come(
        self, feed: FeedRepository, users: UserRepository, user_id: str
    ) -> None:
        users.update_profile(user_id, {"name": "Ada"})

        users.update_profile(user_id, {})
        users.fill_profile(user_id, {"name": "Other"})
        users.change_email(user_id, "new@example.com", was="other@example.com")
        users.revoke_tokens(user_id, 100)

        assert feed.revision(user_id) == 1
        assert changes(feed, user_id, 1) == []

    def test_each_change_of_a_file_comes_once(
        self, feed: FeedRepository, files: FileRepository, user_id: str
    ) -> None:
        file = reserved(files, user_id)
        assert changes(feed, user_id, 0) == [("file", file.id, 1, 1, False)]
        settled = replace(file, status="available", size=7, reserved=7)

        files.settle(user_id, file, settled)
        assert changes(feed, user_id, 1) == [("file", file.id, 2, 2, False)]
        files.remove(user_id, settled)
        assert changes(feed, user_id, 2) == [("file", file.id, 3, 3, True)]

    def test_what_changes_no_file_does_not_come(
        self, feed: FeedRepository, files: FileRepository, user_id: str
    ) -> None:
        file = reserved(files, user_id)
        settled = replace(file, status="available", size=7, reserved=7)
        files.settle(user_id, file, settled)

        files.reserve(user_id, file, Quota(size=100, files=10))
        files.settle(user_id, file, settled)
        files.remove(user_id, file)
        files.remove(user_id, new_file())

        assert feed.revision(user_id) == 2
        assert changes(feed, user_id, 2) == []

    def test_entries_behind_the_bound_wait(
        self, feed: FeedRepository, todos: TodoRepository, user_id: str
    ) -> None:
        for n in range(4):
            store(todos, user_id, new_todo(str(n)))

        page = feed.after(user_id, 1, until=3, limit=10)

        assert [entry.revision for entry in page.entries] == [2, 3]
        assert page.is_last
        assert feed.after(user_id, 4, until=4, limit=10) == FeedPage([], is_last=True)

    @pytest.mark.parametrize(("limit", "is_last"), [(2, False), (3, True), (4, True)])
    def test_the_last_page_says_so(
        self, feed: FeedRepository, todos: TodoRepository, user_id: str, limit: int, is_last: bool
    ) -> None:
        for n in range(3):
            store(todos, user_id, new_todo(str(n)))

        assert feed.after(user_id, 0, until=3, limit=limit).is_last is is_last

    def test_users_do_not_meet(
        self, feed: FeedRepository, todos: TodoRepository, user_id: str, other_user_id: str
    ) -> None:
        store(todos, user_id, new_todo())

        assert changes(feed, other_user_id, 0) == []

    def test_an_erased_user_leaves_nothing_in_it(
        self, feed: FeedRepository, todos: TodoRepository, files: FileRepository, user_id: str
    ) -> None:
        store(todos, user_id, new_todo())
        file = reserved(files, user_id)

        assert sum(todos.erase(user_id)) == 1

        assert every(feed, user_id) == []
        assert files.get(user_id, file.id) == file


class Device:
    """Follows a feed in pages, and keeps what it has learned."""

    def __init__(self, feed: FeedRepository, user_id: str) -> None:
        self.feed = feed
        self.user_id = user_id
        self.revision = -1
        self.seen: list[int] = []
        self.todos: dict[str, Todo] = {}
        self.others: dict[Key, int] = {}

    def pull(self, limit: int) -> bool:
        """Read a page; return whether more follow."""
        until = self.feed.revision(self.user_id)
        assert until is not None
        page = self.feed.after(self.user_id, self.revision, until=until, limit=limit)
        for entry in page.entries:
            self.seen.append(entry.revision)
            self._keep(entry)
        self.revision = until if page.is_last else page.entries[-1].revision
        return not page.is_last

    def _keep(self, entry: FeedEntry) -> None:
        if entry.is_deleted:
            self.todos.pop(entry.id, None)
            self.others.pop((entry.type, entry.id), None)
        elif entry.todo is not None:
            self.todos[entry.id] = entry.todo
        else:
            self.others[entry.type, entry.id] = entry.version


class Writer:
    """Changes of one user, chosen by number."""

    def __init__(self, storage: Storage, user_id: str) -> None:
        self.storage = storage
        self.user_id = user_id
        self.ids = [new_id() for _ in range(6)]
        self.files: list[File] = []

    def act(self, choice: int) -> None:
        todo_id = self.ids[choice % len(self.ids)]
        kind = choice // len(self.ids) % 5
        if kind == 0:
            self.storage.todos.change(self.user_id, todo_id, lambda _: None)
        elif kind == 1:
            self.storage.users.update_profile(self.user_id, {"name": str(choice)})
        elif kind == 2:
            self._change_files()
        else:
            self.storage.todos.change(self.user_id, todo_id, lambda _: Todo(id=todo_id, title=str(choice)))

    def _change_files(self) -> None:
        if self.files:
            self.storage.files.remove(self.user_id, self.files.pop())
        else:
            self.files.append(reserved(self.storage.files, self.user_id))


def stored(storage: Storage, writer: Writer) -> dict[str, Todo]:
    states = {todo_id: storage.todos.get(writer.user_id, todo_id) for todo_id in writer.ids}
    return {todo_id: state for todo_id, state in states.items() if isinstance(state, Todo)}


def agree(storage: Storage, writer: Writer, device: Device) -> None:
    while device.pull(100):
        pass
    assert device.seen == sorted(set(device.seen)), "a change came twice, or out of order"
    assert device.todos == stored(storage, writer)
    files = {("file", file.id) for file in storage.files.every(writer.user_id)}
    assert device.others.keys() == files | {("profile", writer.user_id)}


class FeedOrderContract:
    def test_no_order_of_changes_and_pages_misses_or_repeats_one(self, storage: Storage) -> None:
        steps = st.lists(
            st.one_of(
                st.integers(min_value=0, max_value=29),
                st.tuples(st.integers(0, 1), st.integers(min_value=1, max_value=4)),
            ),
            max_size=25,
        )

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        @given(steps)
        def check(steps: list[int | tuple[int, int]]) -> None:
            user_id = new_user(storage.users)
            writer = Writer(storage, user_id)
            devices = [Device(storage.feed, user_id) for _ in range(2)]
            for step in steps:
                if isinstance(step, int):
                    writer.act(step)
                else:
                    devices[step[0]].pull(step[1])
            for device in devices:
                agree(storage, writer, device)

        check()
