"""Imports that read as abandoned: one whose message only waited goes on and ends."""

from datetime import datetime, timedelta

import pytest

from app.models.imports import Import, ImportProgress
from app.models.moments import now
from app.repositories.dynamodb.imports import DynamoImports


@pytest.fixture
def hours_later(monkeypatch):
    """Move the clock of the repository, and tell the time."""

    def move(hours: float) -> datetime:
        moment = now() + timedelta(hours=hours)
        monkeypatch.setattr("app.repositories.dynamodb.imports.now", lambda: moment)
        return moment

    return move


@pytest.fixture
def imports(storage) -> DynamoImports:
    return DynamoImports(storage.clients, storage.tables["operations"])


def test_one_whose_message_had_only_waited_runs_again_and_completes(imports, hours_later):
    imports.create(Import(id="waited", name="a.csv", status="running", event="waited"))
    imports.advance("waited", ImportProgress(offset=9, line=3, rows=2, accepted=2, checked=True))
    late = hours_later(4)
    assert imports.get("waited").as_of(late).reason == "abandoned"

    imports.advance("waited", ImportProgress(offset=20, line=5, rows=4, accepted=3, checked=True))
    going_on = imports.get("waited").as_of(late)
    imports.finish("waited", "completed")
    done = imports.get("waited").as_of(hours_later(30))

    assert (going_on.status, going_on.reason, going_on.finished_at) == ("running", None, None)
    assert (done.status, done.reason, done.finished_at) == ("completed", None, late)
    assert (done.progress.rows, done.progress.accepted) == (4, 3)


def test_one_whose_message_is_a_dead_letter_stays_abandoned_with_what_it_had_stored(imports, hours_later):
    imports.create(Import(id="dead", name="a.csv", status="running", event="dead"))
    imports.advance("dead", ImportProgress(offset=9, line=3, rows=2, accepted=2, checked=True))

    seen = [imports.get("dead").as_of(hours_later(hours)) for hours in (2, 4, 100)]

    assert [one.status for one in seen] == ["running", "failed", "failed"]
    assert seen[1] == seen[2]
    assert (seen[1].reason, seen[1].progress.accepted) == ("abandoned", 2)


def test_one_that_was_given_up_says_why_also_after_its_lease(imports, hours_later):
    imports.create(Import(id="given-up", name="a.csv", status="running", event="given-up"))
    imports.finish("given-up", "failed", reason="unavailable")

    assert imports.get("given-up").as_of(hours_later(4)).reason == "unavailable"
