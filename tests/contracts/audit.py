"""The contract of the audit."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.errors import BadRequest
from app.models.audit import AuditEntry
from app.ports.audit import AuditRepository
from contracts.paging import everything


def entry(at: datetime, **fields: object) -> AuditEntry:
    known: dict = {
        "actor_id": "a1",
        "actor_email": "admin@example.com",
        "action": "user.disable",
        "target": "u1",
        "request_id": "r1",
    }
    return AuditEntry(id=str(uuid.uuid4()), at=at, **{**known, **fields})


class AuditContract:
    def test_returns_every_field_as_it_was_stored(self, audit: AuditRepository, today: datetime) -> None:
        stored = [
            entry(today, details={"queue": "email", "moved": 3}),
            entry(today - timedelta(hours=1), request_id=None),
        ]
        for each in stored:
            audit.append(each)

        assert everything(audit.list) == stored

    def test_settles_an_entry(self, audit: AuditRepository, today: datetime) -> None:
        started = entry(today)
        audit.append(started)
        settled = replace(started, outcome="failed", details={"moved": 7})

        audit.settle(settled)

        assert everything(audit.list) == [settled]

    @pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
    def test_pages_through_months_without_and_with_entries(
        self, audit: AuditRepository, today: datetime, limit: int
    ) -> None:
        newest_first = [entry(today - timedelta(days=days)) for days in (0, 0, 1, 40, 41, 100, 380)]
        for each in newest_first:
            audit.append(each)

        listed = everything(audit.list, limit=limit)
        assert sorted(map(repr, listed)) == sorted(map(repr, newest_first))
        assert [each.at for each in listed] == [each.at for each in newest_first]

    def test_keeps_milliseconds(self, audit: AuditRepository, today: datetime) -> None:
        audit.append(entry(today - timedelta(microseconds=1)))

        assert [each.at for each in everything(audit.list)] == [today - timedelta(milliseconds=1)]

    @pytest.mark.parametrize("position", ["nonsense", "", "[]", "7"])
    def test_refuses_a_position_that_is_none(self, audit: AuditRepository, position: str) -> None:
        with pytest.raises(BadRequest) as refused:
            audit.list(limit=1, position=position)

        assert refused.value.code == "invalid_cursor"
