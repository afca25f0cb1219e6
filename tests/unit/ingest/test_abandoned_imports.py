"""A running import that shows no sign of life."""

from datetime import UTC, datetime, timedelta

import pytest

from app.models.imports import IMPORT_LEASE, Import, ImportProgress
from support import template

CREATED = datetime(2026, 11, 29, tzinfo=UTC)


def running(**more: object) -> Import:
    progress = ImportProgress(offset=9, line=3, rows=2, accepted=2)
    return Import(id="i", name="a.csv", status="running", created_at=CREATED, progress=progress, **more)


@pytest.mark.parametrize(
    "lease", [None, CREATED + timedelta(days=1)], ids=["of an earlier version", "leased"]
)
def test_it_has_failed_when_its_lease_is_over_with_the_rows_stored_so_far(lease):
    record = running(lease_until=lease)
    until = lease or CREATED + IMPORT_LEASE

    assert record.as_of(until - timedelta(seconds=1)) is record
    abandoned = record.as_of(until)
    assert (abandoned.status, abandoned.reason, abandoned.finished_at) == ("failed", "abandoned", until)
    assert abandoned.progress == record.progress


@pytest.mark.parametrize("status", ["pending", "completed", "failed"])
def test_an_import_that_does_not_run_is_as_it_is(status):
    record = Import(id="i", name="a.csv", status=status, created_at=CREATED)

    assert record.as_of(CREATED + timedelta(days=80)) is record


def test_the_lease_is_longer_than_all_deliveries_of_a_message():
    queue = template.load()["Resources"]["IngestQueue"]["Properties"]
    deliveries = queue["RedrivePolicy"]["maxReceiveCount"] * timedelta(seconds=queue["VisibilityTimeout"])

    assert deliveries < IMPORT_LEASE


def test_a_run_that_does_not_begin_has_failed_when_its_lease_is_over():
    run = Import(id="run", name="a.csv", lease_until=CREATED + IMPORT_LEASE)

    assert run.as_of(CREATED) is run
    abandoned = run.as_of(CREATED + IMPORT_LEASE)
    assert (abandoned.status, abandoned.reason) == ("failed", "abandoned")
