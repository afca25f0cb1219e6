"""The contract of writers and readers at the same time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import pytest

from app.errors import Contention
from app.limit_settings import Limit
from app.models.files import Quota
from app.models.imports import Import
from app.models.todos import Todo, TodoQuery, Tombstone, live
from app.models.user_data import EventOrder, UserData
from app.models.users import User
from app.ports.files import QuotaExceeded
from app.ports.idempotency import KeyClaim, OperationRecord
from app.ports.storage import Storage
from app.ports.todos import Decision, TodoQuotaExceeded
from contracts.changes import editing, new_id, new_todo
from contracts.files import new_file
from contracts.fixtures import WithQuota
from support.clock import Clock

WRITERS = 6
T = TypeVar("T")


def together(work: Callable[[int], T], count: int = WRITERS) -> list[T]:
    """Run `work(0)`, `work(1)`, ... at the same time."""
    barrier = threading.Barrier(count)

    def start(number: int) -> T:
        barrier.wait(30)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count)))


def change(storage: Storage, user_id: str, todo_id: str, decide: Decision) -> Todo | None:
    """A change by a client that tries again when too many others are at work."""
    while True:
        try:
            return storage.todos.change(user_id, todo_id, decide)
        except Contention:
            continue


def revision_of(storage: Storage, user_id: str) -> int:
    user = storage.users.get(user_id)
    assert user is not None
    return user.revision


def edit_live(current: Todo | Tombstone | None) -> Todo | Tombstone | None:
    return replace(current, title="edited") if isinstance(current, Todo) else current


def claim(storage: Storage, user_id: str, key: str, fingerprint: str, owner: str) -> object:
    return storage.operations.claim(user_id, key, fingerprint, owner=owner, resource_id=owner)


class RacesContract:
    def test_no_change_is_lost_and_no_revision_is_left_out(self, storage: Storage, user_id: str) -> None:
        todo = new_todo(notes="0")
        change(storage, user_id, todo.id, lambda _current: todo)

        def count(current: Todo | Tombstone | None) -> Todo:
            assert isinstance(current, Todo)
            return replace(current, notes=str(int(current.notes) + 1))

        def work(_number: int) -> list[Todo | None]:
            return [change(storage, user_id, todo.id, count) for _ in range(5)]

        changed = [todo for todos in together(work) for todo in todos if todo]

        changes = WRITERS * 5
        assert sorted(todo.revision for todo in changed) == list(range(2, changes + 2))
        assert all(todo.version == todo.revision == int(todo.notes) + 1 for todo in changed)
        stored = storage.todos.get(user_id, todo.id)
        assert isinstance(stored, Todo)
        assert (stored.notes, stored.version) == (str(changes), changes + 1)
        assert revision_of(storage, user_id) == changes + 1

    def test_no_change_is_lost_of_many_that_are_stored_together(self, storage: Storage, user_id: str) -> None:
        first = [new_todo(notes="0") for _ in range(3)]
        list(storage.todos.add(user_id, first))

        def count(current: Todo | Tombstone | None) -> Todo:
            assert isinstance(current, Todo)
            return replace(current, notes=str(int(current.notes) + 1))

        def work(number: int) -> list[int | None]:
            shared = [(todo.id, count) for todo in first]
            own = [(new_id(), lambda _: new_todo()) for _ in range(number)]
            return [outcome.revision for outcome in storage.todos.change_many(user_id, [*own, *shared])]

        revisions = [revision for made in together(work) for revision in made]

        total = 3 + WRITERS * 3 + sum(range(WRITERS))
        assert sorted(revision or 0 for revision in revisions) == list(range(4, total + 1))
        states = [storage.todos.get(user_id, todo.id) for todo in first]
        assert [(live(state) or todo).notes for state, todo in zip(states, first, strict=True)] == ["6"] * 3
        user = storage.users.get(user_id)
        assert user is not None
        assert (user.revision, user.todo_count) == (total, 3 + sum(range(WRITERS)))

    def test_one_of_many_creators_of_one_id_wins(self, storage: Storage, user_id: str) -> None:
        todo_id = new_id()

        def work(number: int) -> Todo | None:
            mine = new_todo(f"writer {number}", id=todo_id)
            return change(storage, user_id, todo_id, lambda current: live(current) or mine)

        seen = together(work)

        stored = storage.todos.get(user_id, todo_id)
        assert isinstance(stored, Todo)
        assert seen == [stored] * WRITERS
        assert (stored.version, revision_of(storage, user_id)) == (1, 1)

    def test_together_they_stay_within_the_quota(
        self, storage: Storage, todos_with_quota: WithQuota, user_id: str
    ) -> None:
        limited = todos_with_quota(3)

        def work(number: int) -> bool:
            todo = new_todo(f"writer {number}")
            while True:
                try:
                    return limited.change(user_id, todo.id, lambda _current: todo) is not None
                except TodoQuotaExceeded:
                    return False
                except Contention:
                    continue

        assert sorted(together(work)) == [False] * 3 + [True] * 3
        user = storage.users.get(user_id)
        assert user is not None
        assert user.todo_count == len(storage.todos.list(user_id, TodoQuery(), limit=100).items) == 3

    def test_deleting_and_editing_agree_on_an_order(self, storage: Storage, user_id: str) -> None:
        for _ in range(5):
            todo = new_todo()
            first = change(storage, user_id, todo.id, lambda _current, todo=todo: todo)
            assert first is not None

            def work(number: int, todo: Todo = todo) -> None:
                if number == 0:
                    change(storage, user_id, todo.id, lambda _current: None)
                else:
                    change(storage, user_id, todo.id, edit_live)

            together(work, count=2)

            assert isinstance(storage.todos.get(user_id, todo.id), Tombstone)
            assert revision_of(storage, user_id) - first.revision in (1, 2)

    def test_a_revision_that_can_be_read_is_complete(self, storage: Storage, user_id: str) -> None:
        """Delta sync rests on it: who has seen revision 6 must have been able to see 5."""
        writers = 4
        done = threading.Event()
        finished: list[int] = []

        def write(number: int) -> None:
            try:
                for _ in range(5):
                    todo = new_todo(f"writer {number}")
                    change(storage, user_id, todo.id, lambda _current, todo=todo: todo)
            finally:
                finished.append(number)
                if len(finished) == writers:
                    done.set()

        def read() -> None:
            while not done.is_set():
                revision = revision_of(storage, user_id)
                listed = storage.todos.list(user_id, TodoQuery(), limit=100).items
                assert set(range(1, revision + 1)) <= {todo.revision for todo in listed}

        together(lambda number: write(number) if number < writers else read(), count=writers + 1)

        listed = storage.todos.list(user_id, TodoQuery(), limit=100).items
        assert sorted(todo.revision for todo in listed) == list(range(1, writers * 5 + 1))

    def test_profile_updates_and_todo_changes_do_not_lose_each_other(
        self, storage: Storage, user_id: str
    ) -> None:
        todo = new_todo()
        change(storage, user_id, todo.id, lambda _current: todo)

        def work(number: int) -> None:
            for step in range(5):
                if number % 2:
                    storage.users.update_profile(user_id, {"name": f"{number}-{step}"})
                else:
                    change(storage, user_id, todo.id, editing(title=f"{number}-{step}"))

        together(work)

        user = storage.users.get(user_id)
        assert user is not None
        assert (user.revision, (user.name or "")[-2:]) == (WRITERS * 5 + 1, "-4")

    def test_one_of_many_claims_wins(self, storage: Storage, user_id: str) -> None:
        for key in map(str, range(10)):
            held = together(lambda number, key=key: claim(storage, user_id, key, f"{number}", f"{number}"))

            (winner,) = [number for number, record in enumerate(held) if isinstance(record, KeyClaim)]
            assert held[winner] == KeyClaim(f"{winner}")
            assert {r.fingerprint for r in held if isinstance(r, OperationRecord)} == {str(winner)}

    @pytest.mark.parametrize(("fingerprint", "resumed"), [("dead", True), ("new", False)])
    def test_one_of_many_takes_over_a_dead_claim(
        self, storage: Storage, clock: Clock, user_id: str, fingerprint: str, resumed: bool
    ) -> None:
        claim(storage, user_id, "key", "dead", "dead")
        clock.now += 61

        held = together(lambda number: claim(storage, user_id, "key", fingerprint, f"{number}"))

        (won,) = [record for record in held if isinstance(record, KeyClaim)]
        assert (won.resumed, won.resource_id == "dead") == (resumed, resumed)
        assert [r for r in held if r is not won] == [OperationRecord(fingerprint, None)] * (len(held) - 1)

    def test_one_of_many_creates_a_user(self, storage: Storage) -> None:
        user_id = new_id()

        created = together(
            lambda number: storage.users.create(User(id=user_id, email="a@example.com", name=f"{number}"))
        )

        stored = storage.users.get(user_id)
        assert stored is not None
        assert [number for number, won in enumerate(created) if won] == [int(stored.name or -1)]

    def test_one_of_many_sends_a_mail(self, storage: Storage, mail_id: str) -> None:
        claims = together(lambda number: storage.mail.claim(mail_id, owner=f"{number}"))

        assert sorted(claims) == ["first", *["held"] * (WRITERS - 1)]

    def test_one_of_many_begins_an_import(self, storage: Storage) -> None:
        record = Import(id=new_id(), name="people.csv")
        storage.imports.create(record)

        begun = together(lambda number: storage.imports.begin(record.id, f"{number}"))

        assert [one.event for one in begun if one] == [storage.imports.get(record.id).event]

    def test_of_many_rows_about_one_person_the_newest_stays(self, storage: Storage, email: str) -> None:
        def work(number: int) -> int:
            order = EventOrder(number, "m", f"{number}")
            return storage.user_data.upsert([(UserData(email=email, name=f"{number}"), order)])

        written = together(work)

        held = storage.user_data.get(email)
        assert held is not None
        assert (held.name, written[-1]) == (f"{WRITERS - 1}", 1)

    def test_together_files_stay_within_the_quota(self, storage: Storage, user_id: str) -> None:
        quota = Quota(size=30, files=100)

        def work(_number: int) -> bool:
            file = new_file(size=10)
            while True:
                try:
                    storage.files.reserve(user_id, file, quota)
                except QuotaExceeded:
                    return False
                except Contention:
                    continue
                return True

        assert sorted(together(work)) == [False] * 3 + [True] * 3
        assert storage.files.used(user_id) == Quota(size=30, files=3)

    def test_of_many_who_settle_a_file_one_does(self, storage: Storage, user_id: str) -> None:
        file = new_file(size=10)
        storage.files.reserve(user_id, file, Quota(size=100, files=100))
        settled = replace(file, status="available", size=7, reserved=7)

        assert sorted(together(lambda _: storage.files.settle(user_id, file, settled))) == [
            *[False] * (WRITERS - 1),
            True,
        ]
        assert storage.files.used(user_id) == Quota(size=7, files=1)

    def test_many_rows_about_many_people(self, storage: Storage, email: str) -> None:
        """An engine may store parts of them at the same time."""
        order = EventOrder(7, "m", "5")
        rows = [(UserData(email=f"{n}-{email}", name=f"{n}"), order) for n in range(250)]

        assert storage.user_data.upsert(rows) == 250
        assert storage.user_data.upsert(rows) == 0

        assert [storage.user_data.get(row.email) for row, _ in rows] == [row for row, _ in rows]

    def test_a_limit_is_not_passed_by_many_at_once(self, storage: Storage, key: str) -> None:
        limit = Limit(3, 900)

        waits = together(lambda _: storage.limits.take(key, limit), count=2 * WRITERS)

        assert waits.count(0) == 3

    def test_after_the_free_uses_one_of_many_at_once_is_counted(
        self, storage: Storage, clock: Clock, key: str
    ) -> None:
        limit = Limit(9, 900, free=2)
        for _ in range(2):
            storage.limits.take(key, limit)
        clock.now += 1

        waits = together(lambda _: storage.limits.take(key, limit))

        assert waits.count(0) == 1

    def test_a_window_that_is_over_begins_again_once(self, storage: Storage, clock: Clock, key: str) -> None:
        limit = Limit(2, 900)
        storage.limits.take(key, limit)
        clock.now += 900

        waits = together(lambda _: storage.limits.take(key, limit))

        assert waits.count(0) == 2
