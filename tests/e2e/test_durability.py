"""No acknowledged write is lost when the local stack stops, or is killed."""

import re
import signal
import time
from contextlib import suppress

import httpx
import pytest

from devstack.seed import DEMO
from support.durability import NOTHING_LOST, Todos, Workload, import_rows, import_status, sign_in, stop
from support.processes import wait_until

KEPT_AFTER_A_KILL = 2.0
"""Seconds after which also what is not an item of a table is kept."""

ROWS_OF_SECONDS = 20_000
"""An import of so many takes several seconds."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_acknowledged_writes_are_found_again(launch, number):
    first = launch().wait_ready()
    imported = import_rows(first.api, 3000, name="guest")
    assert wait_until(lambda: import_status(first.api, imported) == "completed")
    time.sleep(KEPT_AFTER_A_KILL)
    workload = Workload(first.api)
    assert wait_until(lambda: min(workload.acknowledged.values()) >= 4)

    stop(first, number)
    workload.end()

    second = launch().wait_ready()
    assert workload.lost(second.api) == NOTHING_LOST
    assert import_status(second.api, imported) == "completed"
    assert second.interrupt() == 0
    assert "The data are kept." in second.out


def test_a_disk_that_is_full_ends_the_stack_with_the_reason(launch):
    """As far as a process can tell: none of its files may grow beyond 3 MiB."""
    run = launch(limited_to_mib=3).wait_ready()
    writer = Todos(run.api)

    status = run.process.wait(120)
    writer.end()

    assert status == 1
    assert "cannot be saved" in run.err
    assert "The data are kept." not in run.out
    again = launch().wait_ready()
    assert writer.lost(again.api) == []


def test_an_upload_that_does_not_fit_on_the_disk_ends_the_stack_with_the_reason(launch):
    run = launch(limited_to_mib=3).wait_ready()

    with suppress(httpx.HTTPError):  # there is no answer
        import_rows(run.api, 120_000, name="too-large")

    assert run.process.wait(60) == 1
    assert "cannot be saved: File too large" in run.err


def test_an_import_goes_on_within_a_minute_of_the_next_start(launch):
    first = launch().wait_ready()
    imported = import_rows(first.api, ROWS_OF_SECONDS, name="long")
    assert wait_until(lambda: import_status(first.api, imported) == "running")
    time.sleep(KEPT_AFTER_A_KILL)
    assert import_status(first.api, imported) == "running"

    stop(first, signal.SIGKILL)

    second = launch().wait_ready()
    assert wait_until(lambda: import_status(second.api, imported) == "completed", 60)


def test_a_first_start_that_was_killed_can_be_repeated(launch, tmp_path):
    """The template had been stored, and nothing else."""
    stored = tmp_path / "state" / "ministack" / "s3" / "000000000000" / "templates" / "local"
    stored.parent.mkdir(parents=True)
    stored.write_text("{}")

    launch().wait_ready()


SAVED = {"sqs.json": "sqs", "dynamodb.json": "dynamodb", "items.sqlite": "items", "queued.sqlite": "messages"}


def test_damaged_state_ends_the_start_and_stays_as_it_is(launch):
    first = launch().wait_ready()
    assert first.interrupt() == 0
    folder = first.state / "ministack" / "state"

    for name, service in SAVED.items():
        whole = {path: path.read_bytes() for path in folder.glob(f"{name}*")}  # SQLite has several
        for path, content in whole.items():
            path.write_bytes(b"damaged" + content[: len(content) // 2])
        run = launch()
        assert run.process.wait(60) == 1
        assert re.fullmatch(
            rf"Error: MiniStack does not start: The saved .*{service}.* cannot be read: .*\n", run.err
        )
        for path, content in whole.items():
            path.write_bytes(content)

    again = launch().wait_ready()
    assert sign_in(again.api, DEMO)
