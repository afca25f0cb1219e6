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
from support.mail import FakeSes, body
from support.storage import Clock


@pytest.fixture
def clock():
    """In a far year: the emulator's reaper, which looks once a minute, takes what has expired by its own clock."""
    return Clock(datetime(2100, 1, 1, tzinfo=UTC).timestamp())


@pytest.fixture
def mails(stack, clock):
    return DynamoMail(stack.clients(), stack.settings.operations_table, clock)


@pytest.fixture
def mail_id():
    return f"welcome#{uuid.uuid4()}"


def test_a_mail_belongs_to_whoever_claims_it_first_until_it_is_settled(mails, mail_id):
    assert mails.claim(mail_id, owner="a") == "first"
    assert mails.claim(mail_id, owner="b") == "held"

    mails.settle_sent(mail_id, "ses-1")

    assert mails.claim(mail_id, owner="b") == "sent"


def test_a_claim_that_the_sdk_repeats_is_still_the_first(mails, mail_id):
    assert mails.claim(mail_id, owner="a") == "first"
    assert mails.claim(mail_id, owner="a") == "first"


def test_a_claim_that_has_sent_nothing_leaves_no_trace(mails, mail_id, clock):
    mails.claim(mail_id, owner="a")
    mails.settle_unsent(mail_id, owner="a")
    mails.settle_unsent(mail_id, owner="a")

    assert mails.claim(mail_id, owner="b") == "first"
    clock.now += LEASE_SECONDS
    assert mails.claim(mail_id, owner="c") == "again", "settled twice, it counts once"


def test_a_claim_outlasts_the_function_and_ends_before_the_message_comes_again():
    resources = template.load()["Resources"]
    function, queue = (resources[name]["Properties"] for name in ("EmailConsumerFunction", "EmailQueue"))

    assert function["Timeout"] < LEASE_SECONDS < queue["VisibilityTimeout"]


def test_a_claim_that_nobody_settles_is_free_again_and_remembered(mails, mail_id, clock):
    mails.claim(mail_id, owner="a")
    clock.now += LEASE_SECONDS - 1
    assert mails.claim(mail_id, owner="b") == "held"
    clock.now += 1

    assert mails.claim(mail_id, owner="b") == "again"
    mails.settle_unsent(mail_id, owner="a")
    assert mails.claim(mail_id, owner="c") == "held"
    mails.settle_unsent(mail_id, owner="b")
    assert mails.claim(mail_id, owner="c") == "again"


def test_a_claim_does_not_end_before_its_time_by_the_fraction_of_a_second(mails, mail_id, clock):
    """The table knows whole seconds only."""
    clock.now += 0.9
    mails.claim(mail_id, owner="a")
    clock.now += LEASE_SECONDS - 0.5

    assert mails.claim(mail_id, owner="b") == "held"


def test_a_mail_that_was_sent_stays_sent(mails, mail_id, clock):
    mails.claim(mail_id, owner="a")
    mails.settle_sent(mail_id, "ses-1")
    mails.settle_unsent(mail_id, owner="a")
    clock.now += 10 * LEASE_SECONDS

    assert mails.claim(mail_id, owner="b") == "sent"


def test_addresses_are_suppressed_in_any_spelling_and_for_a_reason(stack, mails):
    address, reason = f"{uuid.uuid4().hex}@example.com", uuid.uuid4().hex
    assert not mails.is_suppressed(address)

    mails.suppress(address, reason)

    assert mails.is_suppressed(address.upper())
    assert not mails.is_suppressed(f"not-{address}")
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
