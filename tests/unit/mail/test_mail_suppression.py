"""SES's events as it publishes them, and what they lead to.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html
"""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.mail.suppression import Suppression
from support.memory import MemoryMail

MAIL = {
    "timestamp": "2017-08-05T00:40:02.012Z",
    "source": "Sender Name <sender@example.com>",
    "sendingAccountId": "123456789012",
    "messageId": "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
    "destination": ["recipient@example.com"],
}
BOUNCE = {
    "eventType": "Bounce",
    "bounce": {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [
            {
                "emailAddress": "recipient@example.com",
                "action": "failed",
                "status": "5.1.1",
                "diagnosticCode": "smtp; 550 5.1.1 user unknown",
            }
        ],
        "timestamp": "2017-08-05T00:41:02.669Z",
        "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
        "reportingMTA": "dsn; mta.example.com",
    },
    "mail": MAIL,
}
COMPLAINT = {
    "eventType": "Complaint",
    "complaint": {
        "complainedRecipients": [{"emailAddress": "recipient@example.com"}],
        "timestamp": "2017-08-05T00:41:02.669Z",
        "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
        "arrivalDate": "2017-08-05T00:41:02.669Z",
    },
    "mail": MAIL,
}


@pytest.fixture
def suppression(mails):
    return Suppression(mails)


@pytest.mark.parametrize("name", ["eventType", "notificationType"])
@pytest.mark.parametrize(("event", "reason"), [(BOUNCE, "bounce"), (COMPLAINT, "complaint")])
def test_who_bounces_for_good_or_complains_gets_no_more_mail(suppression, mails, event, reason, name):
    published = {name: event["eventType"], **{key: event[key] for key in event if key != "eventType"}}

    assert suppression.note(json.dumps(published)) == 1

    assert mails.suppressed == {"recipient@example.com": reason}


def test_all_recipients_count_with_their_plain_addresses(suppression, mails):
    event = copy.deepcopy(BOUNCE)
    event["bounce"]["bouncedRecipients"] = [
        {"emailAddress": "Ada Lovelace <Ada@Example.com>"},
        {"emailAddress": "bob@example.com"},
        {"emailAddress": "bob@example.com"},
    ]

    assert suppression.note(json.dumps(event)) == 2

    assert set(mails.suppressed) == {"ada@example.com", "bob@example.com"}


def test_one_address_written_in_two_ways_is_one(suppression):
    event = copy.deepcopy(BOUNCE)
    event["bounce"]["bouncedRecipients"] = [
        {"emailAddress": given} for given in ("ada@example.com", "ADA@Example.com")
    ]

    assert suppression.note(json.dumps(event)) == 1


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("bounce", "bounceType", "Transient"),
        ("bounce", "bounceType", "Undetermined"),
        ("complaint", "complaintFeedbackType", "not-spam"),
    ],
)
def test_a_full_mailbox_and_a_false_complaint_suppress_no_address(suppression, mails, part, name, value):
    event = copy.deepcopy(BOUNCE if part == "bounce" else COMPLAINT)
    event[part][name] = value

    assert suppression.note(json.dumps(event)) == 0
    assert mails.suppressed == {}


@pytest.mark.parametrize(
    "event",
    [
        {"eventType": "Delivery", "delivery": {"recipients": ["recipient@example.com"]}},
        "Successfully validated SNS topic for Amazon SES event publishing.",
        {"eventType": "Bounce"},
        {
            "eventType": "Bounce",
            "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{}, 7, {"emailAddress": 7}]},
        },
        {"eventType": ["Bounce"]},
        [],
        "[" * 100_000,
    ],
)
def test_other_events_pass(suppression, mails, event):
    assert suppression.note(event if isinstance(event, str) else json.dumps(event)) == 0
    assert mails.suppressed == {}


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_event_raises(value):
    mails = MemoryMail()
    for event in (
        value,
        {**BOUNCE, "bounce": value},
        {**BOUNCE, "bounce": {"bounceType": "Permanent", "bouncedRecipients": value}},
        {**BOUNCE, "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": value}]}},
        {**COMPLAINT, "eventType": value},
    ):
        Suppression(mails).note(json.dumps(event))

    assert all("@" in address for address in mails.suppressed)
