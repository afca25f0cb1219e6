"""Claims over a real DynamoDB API, where several want the same mail at the same time."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from app.ports.delivery import MailDelayed
from app.repositories.dynamodb.mail import LEASE_SECONDS, DynamoMail
from app.services.mail.mailer import Mailer
from app.services.mail.render import Renderer
from support import template
from support.clients import ses_for
from support.clock import Clock
from support.mail import FakeSes, body


@pytest.fixture
def clock():
    """In a far year: the emulator's reaper, which looks once a minute, takes what has expired by its own clock."""
    return Clock(datetime(2100, 1, 1, tzinfo=UTC).timestamp())


@pytest.fixture
def mails(stack, clock):
    return DynamoMail(stack.clients(), stack.settings.tables["operations"], clock)


@pytest.fixture
def mail_id():
    return f"welcome#{uuid.uuid4()}"


def test_a_claim_outlasts_the_function_and_ends_before_the_message_comes_again():
    resources = template.load()["Resources"]
    function, queue = (resources[name]["Properties"] for name in ("EmailConsumerFunction", "EmailQueue"))

    assert function["Timeout"] < LEASE_SECONDS < queue["VisibilityTimeout"]


def test_the_reason_of_a_suppression_is_kept(stack, mails):
    address, reason = f"{uuid.uuid4().hex}@example.com", uuid.uuid4().hex

    mails.suppress(address, reason)

    scan = stack.clients().dynamodb.get_paginator("scan").paginate(TableName=stack.env["OPERATIONS_TABLE"])
    kept = [item.get("reason", {}).get("S") for page in scan for item in page["Items"]]
    assert reason in kept


def test_nothing_that_is_kept_tells_about_a_person(stack, mails, mail_id):
    address = f"{uuid.uuid4().hex}@example.com"
    mails.claim(mail_id, owner="a")
    mails.settle_sent(mail_id, "ses-1")
    mails.suppress(address, "bounce")

    items = stack.clients().dynamodb.scan(TableName=stack.env["OPERATIONS_TABLE"])["Items"]

    assert address not in str(items)
    assert mail_id.partition("#")[2] not in str(items)


def test_many_at_once_send_one_mail(stack, mails, mail_id):
    ses = FakeSes()
    settings = SimpleNamespace(mail_from="no-reply@example.com", mail_configuration_set=None)
    mailer = Mailer(mails, Renderer(), ses_for(SimpleNamespace(ses=ses), settings))
    message = body(id=mail_id, userId=None)

    def process(_):
        try:
            return mailer.process(message)
        except MailDelayed as delayed:
            return delayed.reason

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(process, range(32)))

    assert ses.recipients == ["ada@example.com"]
    assert outcomes.count("sent") == 1
    assert set(outcomes) <= {"sent", "being_sent", "sent_before"}
