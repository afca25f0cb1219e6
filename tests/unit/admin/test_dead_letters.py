"""The rules of dead letters, over queues in memory and a clock that only sleeping moves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.errors import Conflict, NotFound, Unavailable
from app.models.moments import now
from app.models.users import User
from app.ports.queues import DeadLetter, QueueName
from app.services.admin.audit import Audit
from app.services.admin.dead_letters import AdminDeadLetters
from app.services.cursors import CursorSigner
from support.memory import MemoryAudit, MemoryDeadLetters

ADMIN = User(id="a1", email="admin@example.com")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def letter(letter_id: str, queue: QueueName = "email", sent_at: datetime = LONG_AGO) -> DeadLetter:
    return DeadLetter(
        id=letter_id,
        queue=queue,
        payload="{}",
        reason=None,
        attempts=5,
        sent_at=sent_at,
        arrived_at=sent_at,
        handle=letter_id,
        attributes={},
    )


@pytest.fixture
def queue() -> MemoryDeadLetters:
    return MemoryDeadLetters()


@pytest.fixture
def ingest() -> MemoryDeadLetters:
    return MemoryDeadLetters("ingest")


@pytest.fixture
def entries() -> MemoryAudit:
    return MemoryAudit()


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def letters(
    queue: MemoryDeadLetters, ingest: MemoryDeadLetters, entries: MemoryAudit, slept: list[float]
) -> AdminDeadLetters:
    queues = (queue, ingest)
    audit = Audit(entries, CursorSigner(lambda: b"key"))
    return AdminDeadLetters(queues, audit, clock=lambda: sum(slept), sleep=slept.append)  # type: ignore[arg-type]


def test_lists_the_oldest_first_up_to_the_limit(letters: AdminDeadLetters, queue: MemoryDeadLetters) -> None:
    queue.put(*(letter(str(n), sent_at=LONG_AGO - timedelta(days=n)) for n in range(3)))

    assert [each.id for each in letters.list(None, limit=10).items] == ["2", "1", "0"]
    assert len(letters.list("email", limit=2).items) == 2
    assert letters.list(None, limit=1).counts == {"email": 3, "ingest": 0}
    assert letters.list("ingest", limit=1).counts == {"ingest": 0}


def test_the_limit_is_that_of_all_queues(
    letters: AdminDeadLetters, queue: MemoryDeadLetters, ingest: MemoryDeadLetters
) -> None:
    queue.put(letter("a"), letter("c", sent_at=now()))
    ingest.put(letter("b", "ingest"))

    assert [each.id for each in letters.list(None, limit=2).items] == ["a", "b"]


def test_looks_no_further_than_it_must(
    letters: AdminDeadLetters, queue: MemoryDeadLetters, ingest: MemoryDeadLetters
) -> None:
    queue.put(letter("a"), letter("b"), letter("c"))
    received, receive = [], queue.receive
    queue.receive = lambda: received.append(receive()) or received[-1]  # type: ignore[method-assign]

    letters.list(None, limit=2)

    assert [[each.id for each in batch] for batch in received] == [["a", "b"]]
    assert ingest.looks == []


def test_what_is_discarded_is_not_sent_and_is_on_record_as_such(
    letters: AdminDeadLetters, queue: MemoryDeadLetters, entries: MemoryAudit
) -> None:
    queue.put(replace(letter("x"), reason="é" * 300), letter("other"))

    letters.discard(ADMIN, "x", None)

    assert (queue.sent, list(queue.letters)) == ([], ["other"])
    assert (entries.only.action, entries.only.outcome, entries.only.target) == (
        "dead_letter.discard",
        "succeeded",
        "x",
    )
    assert entries.only.details == {"queue": "email", "sentAt": LONG_AGO.isoformat(), "reason": "é" * 200}


def test_all_queues_are_redriven_within_one_time(
    letters: AdminDeadLetters, queue: MemoryDeadLetters, ingest: MemoryDeadLetters, slept: list[float]
) -> None:
    queue.put(letter("x"))
    queue.on_send = lambda _sent: slept.append(5)

    letters.redrive_all(ADMIN, None)

    assert (queue.looks, ingest.looks) == ([18], [13])


@pytest.mark.parametrize("act", ["redrive", "discard"])
def test_a_letter_that_is_nowhere_is_not_found(
    letters: AdminDeadLetters, queue: MemoryDeadLetters, entries: MemoryAudit, slept: list[float], act: str
) -> None:
    queue.put(letter("other"))

    with pytest.raises(NotFound):
        getattr(letters, act)(ADMIN, "x", None)

    assert slept == []
    assert (entries.only.outcome, entries.only.target) == ("failed", "x")
    assert list(queue.letters) == ["other"]


def test_waits_for_a_letter_that_another_looks_at(
    letters: AdminDeadLetters, queue: MemoryDeadLetters
) -> None:
    queue.elsewhere["x"] = letter("x")

    def put_back(_seconds: float) -> None:
        queue.put(queue.elsewhere.pop("x"))

    letters._sleep = put_back  # the other administrator
    letters.redrive(ADMIN, "x", None)

    assert ([each.id for each in queue.sent], queue.letters) == (["x"], {})


def test_says_so_when_another_keeps_it(
    letters: AdminDeadLetters, queue: MemoryDeadLetters, slept: list[float]
) -> None:
    queue.elsewhere["x"] = letter("x")

    with pytest.raises(Conflict) as refused:
        letters.discard(ADMIN, "x", None)

    assert refused.value.code == "dead_letters_in_use"
    assert 3 < sum(slept) < 4


def test_a_letter_that_dies_again_at_once_does_not_go_round(
    letters: AdminDeadLetters, queue: MemoryDeadLetters, entries: MemoryAudit
) -> None:
    queue.put(*(letter(str(number)) for number in range(5)))

    def die_again(sent: DeadLetter) -> None:
        assert len(queue.sent) <= 5, "it goes round"
        again = replace(letter(f"{sent.id}-again"), arrived_at=now() + timedelta(seconds=1))
        queue.put(again)

    queue.on_send = die_again

    redriven = letters.redrive_all(ADMIN, None)

    assert (redriven.moved, redriven.remaining) == (5, 5)
    assert [each.id for each in queue.sent] == ["0", "1", "2", "3", "4"]
    assert (entries.only.target, entries.only.details) == ("email,ingest", {"moved": 5})


def test_what_was_redriven_before_an_outage_is_on_record(
    letters: AdminDeadLetters, queue: MemoryDeadLetters, entries: MemoryAudit
) -> None:
    queue.put(*(letter(str(number)) for number in range(5)))

    def refuse_the_third(_sent: DeadLetter) -> None:
        if len(queue.sent) == 3:
            raise Unavailable

    queue.on_send = refuse_the_third
    with pytest.raises(Unavailable):
        letters.redrive_all(ADMIN, "email")

    assert (entries.only.outcome, entries.only.details) == ("failed", {"moved": 2})
    assert list(queue.letters) == ["2", "3", "4"]
