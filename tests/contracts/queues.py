"""The contracts of queues and of dead letters."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from app.models.moments import now
from app.ports.queues import DeadLetter, DeadLetterQueue, DeadLetterWriter, Queue

Waiting = Callable[[], list[str]]
"""The bodies of the messages that wait in a queue, however they are sorted. They may be taken away."""

LONG_AGO = datetime(2026, 1, 1, 0, 0, 0, 7000, UTC)
SECONDS = 60.0


def everything(queue: DeadLetterQueue) -> list[DeadLetter]:
    with queue.browse(seconds=SECONDS) as session:
        return list(session)


def bodies(queue: DeadLetterQueue) -> list[str]:
    return sorted(letter.payload for letter in everything(queue))


class QueueContract:
    """`queue`, and `waiting` in it."""

    def test_a_message_waits_as_it_was_sent(self, queue: Queue, waiting: Waiting) -> None:
        sent = ['{"title": "Żółć 🦊"}', "<xml>&amp;</xml>", "x" * 200_000]

        for body in sent:
            queue.send(body)

        assert sorted(waiting()) == sorted(sent)


class DeadLettersContract:
    """`dead_letters`, the `dead_letter_writer` to it, and what is `waiting` in its source."""

    def test_a_letter_says_why_and_since_when(
        self, dead_letters: DeadLetterQueue, dead_letter_writer: DeadLetterWriter
    ) -> None:
        before = now() - timedelta(seconds=1)
        sent_at = round(LONG_AGO.timestamp() * 1000)
        dead_letter_writer.dead_letter("{}", reason="malformed", attempts=3, sent_at=sent_at)

        (letter,) = everything(dead_letters)

        assert (letter.queue, letter.payload) == (dead_letters.name, "{}")
        assert (letter.reason, letter.attempts) == ("malformed", 3)
        assert letter.sent_at == LONG_AGO
        assert before <= letter.arrived_at <= now() + timedelta(seconds=1)

    def test_it_was_sent_when_it_arrived_where_that_is_not_said(
        self, dead_letters: DeadLetterQueue, dead_letter_writer: DeadLetterWriter
    ) -> None:
        dead_letter_writer.dead_letter("{}", reason="malformed", attempts=1)

        (letter,) = everything(dead_letters)

        assert letter.sent_at == letter.arrived_at

    def test_browsing_takes_nothing_away(
        self, dead_letters: DeadLetterQueue, dead_letter_writer: DeadLetterWriter
    ) -> None:
        sent = sorted(str(number) for number in range(25))
        for body in sent:
            dead_letter_writer.dead_letter(body, reason="malformed", attempts=1)

        assert [bodies(dead_letters) for _ in range(2)] == [sent, sent]
        assert (dead_letters.count(), dead_letters.in_flight()) == (25, 0)

    def test_what_is_browsed_is_hidden_from_others(
        self, dead_letters: DeadLetterQueue, dead_letter_writer: DeadLetterWriter
    ) -> None:
        dead_letter_writer.dead_letter("mine", reason="malformed", attempts=1)

        with dead_letters.browse(seconds=SECONDS) as session:
            assert [letter.payload for letter in session] == ["mine"]
            seen_by_others = everything(dead_letters)
            counts = (dead_letters.count(), dead_letters.in_flight())

        assert (seen_by_others, counts) == ([], (1, 1))
        assert bodies(dead_letters) == ["mine"]

    def test_what_is_removed_is_gone(
        self, dead_letters: DeadLetterQueue, dead_letter_writer: DeadLetterWriter, waiting: Waiting
    ) -> None:
        for body in ("gone", "kept"):
            dead_letter_writer.dead_letter(body, reason="malformed", attempts=1)

        with dead_letters.browse(seconds=SECONDS) as session:
            for letter in session:
                if letter.payload == "gone":
                    session.remove(letter)

        assert bodies(dead_letters) == ["kept"]
        assert waiting() == []

    def test_what_is_redriven_waits_in_its_queue_again(
        self, dead_letters: DeadLetterQueue, dead_letter_writer: DeadLetterWriter, waiting: Waiting
    ) -> None:
        for body in ("again", "kept"):
            dead_letter_writer.dead_letter(body, reason="malformed", attempts=1)

        with dead_letters.browse(seconds=SECONDS) as session:
            for letter in session:
                if letter.payload == "again":
                    session.redrive(letter)

        assert bodies(dead_letters) == ["kept"]
        assert waiting() == ["again"]

    def test_no_time_is_no_letter(
        self, dead_letters: DeadLetterQueue, dead_letter_writer: DeadLetterWriter
    ) -> None:
        dead_letter_writer.dead_letter("{}", reason="malformed", attempts=1)

        with dead_letters.browse(seconds=0) as session:
            assert list(session) == []
