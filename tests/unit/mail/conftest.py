"""The consumer over a repository in memory and a scripted SES."""

from types import SimpleNamespace

import pytest

from app.aws.dead_letters import SqsDeadLetterWriter
from app.aws.ses import SesDelivery
from app.config.email_consumer import EmailConsumerSettings
from app.services.mail.batch import MailBatch
from app.services.mail.mailer import Mailer
from app.services.mail.render import Renderer
from support.clients import ses_for
from support.clock import Clock
from support.environment import ENVIRONMENT
from support.mail import FakeDeadLetters, FakeSes
from support.memory import MemoryMail, MemoryStats

RENDERER = Renderer()


@pytest.fixture
def ses() -> FakeSes:
    return FakeSes()


@pytest.fixture
def dead() -> FakeDeadLetters:
    return FakeDeadLetters()


@pytest.fixture
def clients(ses, dead) -> SimpleNamespace:
    return SimpleNamespace(ses=ses, sqs=dead)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mails(clock) -> MemoryMail:
    return MemoryMail(clock=clock)


@pytest.fixture
def stats() -> MemoryStats:
    return MemoryStats()


@pytest.fixture
def delivery(clients) -> SesDelivery:
    return ses_for(clients, EmailConsumerSettings.from_env(ENVIRONMENT), patience=0)


@pytest.fixture
def mailer(mails, delivery) -> Mailer:
    return Mailer(mails, RENDERER, delivery)


@pytest.fixture
def batch(mailer, clients, stats) -> MailBatch:
    return MailBatch(mailer, SqsDeadLetterWriter(clients, "dlq"), stats)
