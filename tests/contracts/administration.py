"""The contracts of what administrators read: counters, audit, costs."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.errors import BadRequest, Unavailable
from app.models import AuditEntry, TodoQuery
from app.repositories.counted import CountedTodos, CountedUsers
from app.repositories.dynamodb.audit import DynamoAudit
from app.repositories.dynamodb.costs import DynamoCosts
from app.repositories.dynamodb.stats import DynamoStats
from contracts.changes import add, editing, new_todo, store
from contracts.fixtures import new_user
from contracts.users import new_record
from support.storage import Clock, Storage

_NEXT_YEAR = iter(range(2100, 9000, 3))
"""The audit is one for all: each test has years of its own."""


@pytest.fixture
def stats(storage: Storage) -> DynamoStats:
    return DynamoStats(storage.clients, storage.settings.operations_table)


@pytest.fixture
def today() -> datetime:
    return datetime(next(_NEXT_YEAR), 3, 15, 12, tzinfo=UTC)


@pytest.fixture
def audit(storage: Storage, today: datetime) -> DynamoAudit:
    return DynamoAudit(storage.clients, storage.settings.operations_table, Clock(today.timestamp()))


def entry(at: datetime, **fields: object) -> AuditEntry:
    known: dict = {
        "actor_id": "a1",
        "actor_email": "admin@example.com",
        "action": "user.disable",
        "target": "u1",
        "request_id": "r1",
    }
    return AuditEntry(id=str(uuid.uuid4()), at=at, **{**known, **fields})


def change(before: dict, after: dict) -> dict[str, int]:
    """What was counted meanwhile."""
    names = before.keys() | after.keys()
    deltas = {name: after.get(name, 0) - before.get(name, 0) for name in names}
    return {name: delta for name, delta in deltas.items() if delta}


class StatsContract:
    def test_adds_up(self, stats: DynamoStats) -> None:
        before = dict(stats.read())

        stats.add(mailSent=2, files=1, bytes=10)
        stats.add(files=-1, bytes=-4, todos=0)
        stats.add()

        assert change(before, dict(stats.read())) == {"mailSent": 2, "bytes": 6}

    def test_counts_users_once(self, stats: DynamoStats, storage: Storage) -> None:
        users = CountedUsers(storage.users, stats)
        before, user = dict(stats.read()), new_record()

        users.create(user)
        users.create(user)
        users.create(new_record())
        users.delete(user.id)
        users.delete(user.id)

        assert change(before, dict(stats.read())) == {"users": 1}

    def test_counts_todos_that_come_and_go(self, stats: DynamoStats, storage: Storage) -> None:
        todos = CountedTodos(storage.todos, stats)
        user_id, before = new_user(storage.users), dict(stats.read())

        kept, gone = store(todos, user_id, new_todo()), store(todos, user_id, new_todo())
        todos.change(user_id, kept.id, editing(title="Changed"))
        todos.change(user_id, kept.id, lambda todo: todo)
        todos.change(user_id, gone.id, lambda _: None)
        store(todos, user_id, gone)
        todos.change(user_id, gone.id, lambda _: None)
        todos.change(user_id, gone.id, lambda _: None)
        add(todos, user_id, [gone, kept])
        todos.change(user_id, str(uuid.uuid4()), lambda _: None)

        assert change(before, dict(stats.read())) == {"todos": 1}

    def test_counts_what_an_import_stored_before_it_failed(
        self, stats: DynamoStats, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        todos = CountedTodos(storage.todos, stats)
        user_id, before = new_user(storage.users), dict(stats.read())
        batches = iter([None, Unavailable()])
        try_add = storage.todos._try_add

        def fail_the_second(*arguments: Any, **options: Any) -> Any:
            if error := next(batches):
                raise error
            return try_add(*arguments, **options)

        monkeypatch.setattr(storage.todos, "_try_add", fail_the_second)
        with pytest.raises(Unavailable):
            add(todos, user_id, [new_todo() for _ in range(60)])

        stored = len(storage.todos.list(user_id, TodoQuery(), limit=100).items)
        assert 0 < stored < 60
        assert change(before, dict(stats.read())) == {"todos": stored}


class AuditContract:
    def test_returns_every_field_as_it_was_stored(self, audit: DynamoAudit, today: datetime) -> None:
        stored = [
            entry(today, details={"queue": "email", "moved": 3}),
            entry(today - timedelta(hours=1), request_id=None),
        ]
        for each in stored:
            audit.append(each)

        assert list(audit.list(limit=10).items) == stored

    def test_settles_an_entry(self, audit: DynamoAudit, today: datetime) -> None:
        started = entry(today)
        audit.append(started)
        settled = replace(started, outcome="failed", details={"moved": 7})

        audit.settle(settled)

        assert audit.list(limit=1).items == (settled,)

    @pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
    def test_pages_through_months_without_and_with_entries(
        self, audit: DynamoAudit, today: datetime, limit: int
    ) -> None:
        newest_first = [entry(today - timedelta(days=days)) for days in (0, 0, 1, 40, 41, 100, 380)]
        for each in newest_first:
            audit.append(each)

        pages = list(_pages(audit, limit))

        listed = [each for page in pages for each in page]
        assert sorted(map(repr, listed)) == sorted(map(repr, newest_first))
        assert [each.at for each in listed] == [each.at for each in newest_first]
        assert all(len(page) == limit for page in pages[:-1])

    def test_refuses_a_position_that_is_none(self, audit: DynamoAudit) -> None:
        with pytest.raises(BadRequest):
            audit.list(limit=1, position="nonsense")


def _pages(audit: DynamoAudit, limit: int) -> Iterator[tuple[AuditEntry, ...]]:
    position = None
    while True:
        page = audit.list(limit=limit, position=position)
        yield page.items
        if (position := page.position) is None:
            return


class CostsContract:
    def test_one_may_ask_at_a_time_and_the_report_stays(self, storage: Storage) -> None:
        costs = DynamoCosts(storage.clients, storage.settings.operations_table)

        assert costs.claim(now=100, until=200)
        assert not costs.claim(now=199, until=300)
        assert costs.read() is None
        assert costs.claim(now=200, until=300)
        costs.keep("report", until=1000)
        assert not costs.claim(now=999, until=2000)
        assert costs.claim(now=1000, until=2000)
        assert costs.read() == "report"
