"""Writers of one user in one process go one after another, and writers of others do not wait for them."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from app import deadline
from app.aws.turns import Turns
from app.errors import Contention
from app.models.users import User
from app.ports.todos import Seen
from app.repositories.dynamodb.storage import DynamoStorage
from contracts.changes import new_todo, store

WRITERS = 8


def test_one_writer_of_a_user_at_a_time() -> None:
    turns = Turns[int]()
    at_work: list[int] = []
    met: list[int] = []

    def work(_number: int) -> None:
        with turns.of("user-a") as turn:
            at_work.append(1)
            met.append(len(at_work))
            turn.left = (turn.left or 0) + 1
            at_work.pop()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(work, range(100)))

    assert met == [1] * 100


def test_what_is_left_is_for_a_writer_who_waits_already() -> None:
    turns = Turns[str]()
    found: list[str | None] = []

    def work() -> None:
        with turns.of("user-a") as turn:
            found.append(turn.left)

    with turns.of("user-a") as turn:
        waiting = threading.Thread(target=work)
        waiting.start()
        while turn.writers < 2:
            time.sleep(0.001)
        turn.left = "revision 7"
    waiting.join()
    work()

    assert found == ["revision 7", None]


def test_writers_of_others_do_not_wait() -> None:
    turns = Turns[int]()

    def work() -> int:
        with turns.of("user-b") as turn:
            return turn.writers

    with turns.of("user-a"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(work).result(timeout=60) == 1


def test_a_turn_that_does_not_come_within_the_deadline() -> None:
    turns = Turns[int]()

    def work() -> None:
        with deadline.within(0.01), turns.of("user-a"):
            pass

    with turns.of("user-a"), ThreadPoolExecutor(1) as pool, pytest.raises(Contention):
        pool.submit(work).result(timeout=60)
    work()


def test_a_turn_ends_with_an_error() -> None:
    turns = Turns[int]()

    with pytest.raises(ZeroDivisionError), turns.of("user-a"):
        raise ZeroDivisionError

    def work() -> int:
        with turns.of("user-a") as turn:
            return turn.writers

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(work).result(timeout=60) == 1


def test_creations_at_the_same_time_in_one_process_take_one_write_each(
    storage: DynamoStorage, user_id: str
) -> None:
    """All begin with the same account, outdated for all but the first: each goes on from what the one before left."""
    store(storage.todos, user_id, new_todo())
    account = storage.users.get(user_id)
    assert account is not None
    events, calls = storage.clients.dynamodb.meta.events, list[str]()
    all_wait = threading.Barrier(WRITERS)

    def note(model: Any, **_: Any) -> None:
        calls.append(model.name)

    def create(known: User) -> None:
        all_wait.wait(timeout=60)
        todo = new_todo()
        storage.todos.change(known.id, todo.id, lambda _: todo, seen=Seen(known, todo=None))

    events.register("before-call.dynamodb", note)
    try:
        with ThreadPoolExecutor(WRITERS) as pool, storage.todos._turns.of(user_id):
            done = [pool.submit(create, replace(account)) for _ in range(WRITERS)]
            while storage.todos._turns._turns[user_id].writers <= WRITERS:
                time.sleep(0.001)
    finally:
        events.unregister("before-call.dynamodb", note)

    assert [one.result() for one in done] == [None] * WRITERS
    assert calls == ["TransactWriteItems"] * WRITERS


def test_what_a_failed_condition_returned_is_tried_at_once(
    storage: DynamoStorage, user_id: str, waited: Callable[[], float]
) -> None:
    account = storage.users.get(user_id)
    assert account is not None
    store(storage.todos, user_id, new_todo())

    created = storage.todos.change(user_id, "new", lambda _: new_todo(), seen=Seen(account, todo=None))

    assert created is not None
    assert (created.revision, waited()) == (2, 0)
