"""The product over PostgreSQL: what `DATABASE=postgres make run` runs, and the same walk through the front door."""

import os
import signal

import psycopg
import pytest

from e2e.test_front_door import client, keep_todos
from support.durability import NOTHING_LOST, Workload, stop
from support.people import sign_up
from support.processes import wait_until

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
"""The settings by which an answer waits for the disk."""


def test_from_sign_up_to_cached_todos_and_back_after_a_restart(launch):
    first = launch(DATABASE="postgres").wait_ready()
    with client(first) as api:
        ada = sign_up(api, name="Ada")
        url, todo = keep_todos(ada)
    with psycopg.connect(first.env["DATABASE_URL"]) as connection:
        users = connection.execute(
            "SELECT email FROM users WHERE user_id = %(id)s", {"id": ada.id}
        ).fetchall()
        todos = connection.execute("SELECT title, completed FROM todos").fetchall()
        durable = [connection.execute(f"SHOW {name}".encode()).fetchone() for name in DURABLE]
    assert (users, todos) == ([(ada.email,)], [("Buy oat milk", True)])
    assert durable == [("on",)] * len(DURABLE)
    assert first.interrupt() == 0
    assert first.leftovers() == set()

    with client(launch(DATABASE="postgres").wait_ready()) as ada.api:
        assert ada.request("GET", "/v1/todos").json()["items"] == [todo]
        ada.sign_in()
        assert ada.request("DELETE", url).status_code == 204
        assert ada.request("GET", url).status_code == 410
        assert ada.leave().status_code == 204
        assert ada.request("GET", "/v1/users/me").status_code == 401


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_acknowledged_writes_are_found_again(launch, number):
    first = launch(DATABASE="postgres").wait_ready()
    workload = Workload(first.api)
    assert wait_until(lambda: min(workload.acknowledged.values()) >= 4)

    stop(first, number)
    workload.end()

    assert workload.lost(launch(DATABASE="postgres").wait_ready().api) == NOTHING_LOST


def test_a_database_that_ends_ends_the_stack_with_the_reason(launch):
    run = launch(DATABASE="postgres").wait_ready()
    pid = (run.state / "postgres" / "postmaster.pid").read_text().split()[0]

    os.kill(int(pid), signal.SIGINT)

    assert run.process.wait(60) == 1
    assert "PostgreSQL has stopped" in run.err


def test_another_engine_is_refused_by_name(launch):
    run = launch(DATABASE="oracle")

    assert run.process.wait(60) == 1
    assert "DATABASE must be dynamodb or postgres" in run.err
