"""Hundreds of messages through a queue that delivers at least once, while everything fails at each step.

The model: each mail is sent or among the dead letters, none twice but where an attempt ended without telling,
and each of those is counted.
"""

import random
from collections import Counter, deque
from types import SimpleNamespace

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from app.aws.dead_letters import SqsDeadLetterWriter
from app.config.email_consumer import EmailConsumerSettings
from app.errors import Unavailable
from app.ports.queues import MAX_RECEIVES
from app.services.mail.batch import MailBatch, Message
from app.services.mail.mailer import Mailer
from app.services.mail.render import Renderer
from support.clients import ses_for
from support.clock import Clock
from support.environment import ENVIRONMENT
from support.mail import FakeDeadLetters, FakeSes, body, ses_error
from support.memory import MemoryMail, MemoryStats

MAILS = 300
VISIBILITY = 180
URL = {"endpoint_url": "https://email.example.com"}


class Killed(BaseException):
    """The process ends here."""


class UnreliableSes(FakeSes):
    """Refuses, throttles, is unreachable, takes a mail without answering, or sees its caller killed."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.untold = 0

    def send_email(self, **request):
        draw = self.chance.random()
        if draw < 0.1:
            raise ses_error("TooManyRequestsException", 429)
        if draw < 0.15:
            raise EndpointConnectionError(**URL)
        if draw < 0.18:
            raise ses_error("MessageRejected")
        if draw < 0.21:
            raise ReadTimeoutError(**URL)  # it has not even arrived
        answer = super().send_email(**request)
        if draw < 0.25:
            self.untold += 1
            raise ReadTimeoutError(**URL)
        if draw < 0.27:
            self.untold += 1
            raise Killed
        return answer


class UnreliableMail(MemoryMail):
    """Does not answer, before or after it has done what was asked."""

    def __init__(self, chance: random.Random, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.chance = chance
        self.unrecorded = 0

    def _fails(self) -> bool:
        return self.chance.random() < 0.03

    def claim(self, mail_id, *, owner):
        if self._fails():
            raise Unavailable
        claim = super().claim(mail_id, owner=owner)
        if self._fails():
            raise Unavailable
        return claim

    def settle_sent(self, mail_id, message_id):
        if self._fails():
            self.unrecorded += 1
            raise Unavailable
        super().settle_sent(mail_id, message_id)

    def settle_unsent(self, mail_id, *, owner):
        if self._fails():
            raise Unavailable
        super().settle_unsent(mail_id, owner=owner)


class Queue:
    """SQS: what is not deleted comes back, and now and then so does what is."""

    def __init__(self, chance: random.Random, bodies: list[str]) -> None:
        self.chance = chance
        self.waiting = deque(Message(f"m{number}", text, 0) for number, text in enumerate(bodies))
        self.redriven: list[Message] = []

    def receive(self) -> list[Message]:
        taken = [self.waiting.popleft() for _ in range(min(10, len(self.waiting)))]
        return [Message(message.id, message.body, message.receives + 1) for message in taken]

    def settle(self, batch: list[Message], failed: list[str]) -> None:
        for message in batch:
            if message.id not in failed and self.chance.random() > 0.05:
                continue
            back = self.redriven if message.receives >= MAX_RECEIVES else self.waiting
            back.append(message)


@pytest.mark.parametrize("seed", range(10))
def test_no_mail_is_lost_and_each_second_one_is_accounted_for(seed):
    chance, clock = random.Random(seed), Clock()
    ses, mails, dead, stats = (
        UnreliableSes(chance),
        UnreliableMail(chance, clock),
        FakeDeadLetters(),
        MemoryStats(),
    )
    clients = SimpleNamespace(ses=ses, sqs=dead)
    settings = EmailConsumerSettings.from_env(ENVIRONMENT)
    mailer = Mailer(mails, Renderer(), ses_for(clients, settings, patience=0))
    batch = MailBatch(mailer, SqsDeadLetterWriter(clients, "dlq"), stats)
    bodies = [body(id=f"welcome#{n}", to=f"u{n}@example.com", userId=f"user-{n}") for n in range(MAILS)]
    queue = Queue(chance, bodies)

    while queue.waiting:
        received = queue.receive()
        queue.settle(received, run(batch, received))
        clock.now += VISIBILITY

    sent = Counter(ses.recipients)
    dead_letters = {text for text, _, _ in dead.buried} | {message.body for message in queue.redriven}
    for number, text in enumerate(bodies):
        assert sent[f"u{number}@example.com"] or text in dead_letters, f"{number} is lost"
    twice = [number for number in range(MAILS) if sent[f"u{number}@example.com"] > 1]
    assert twice
    assert sum(sent.values()) - len(sent) <= ses.untold + mails.unrecorded
    assert all(mails.records[f"welcome#{number}"].unsettled > 1 for number in twice), "statistics not updated"
    assert 0 < stats.counts["mailResent"] <= sum(record.unsettled > 1 for record in mails.records.values())


def run(batch: MailBatch, messages: list[Message]) -> list[str]:
    """As Lambda does: a function that is killed has finished nothing."""
    try:
        return batch.process(messages, lambda: 900.0)
    except Killed:
        return [message.id for message in messages]
