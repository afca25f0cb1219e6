"""Mails that the consumer must not send, through the emulator's own triggers."""

import json
import time
import uuid

import pytest

from app.repositories.dynamodb.mail import DynamoMail
from support.mail import body
from support.processes import wait_until


@pytest.fixture
def mail(address):
    """A message to the address, with what is unlike a usual one."""
    return lambda **changes: body(**{"to": address, "id": str(uuid.uuid4()), "userId": None, **changes})


@pytest.fixture
def fence(mailbox, put, mail):
    """Return once the messages that were in the queue before have been handled."""

    def wait() -> None:
        other = f"fence{uuid.uuid4().hex[:12]}@example.com"
        put(mail(to=other))
        mailbox.wait_for(other, "Welcome!")
        time.sleep(0.5)

    return wait


def test_a_message_that_is_no_mail_ends_among_the_dead_letters_at_once_with_its_reason(put, dead_letter):
    poison = f"poison {uuid.uuid4()}"

    put(poison)

    attributes = dead_letter(poison)["MessageAttributes"]
    assert attributes["reason"]["StringValue"] == "not_json"
    assert attributes["attempts"]["StringValue"] == "1"


def test_a_poisoned_batch_costs_its_neighbours_nothing(stack, put, dead_letter, mail, mailbox, address):
    sqs, url = stack.local.aws.client("sqs"), stack.env["EMAIL_QUEUE_URL"]
    bodies = [mail(to=f"{n}{address}") if n % 2 else f"poison {uuid.uuid4()}" for n in range(10)]

    sqs.send_message_batch(
        QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": text} for n, text in enumerate(bodies)]
    )

    for n, text in enumerate(bodies):
        if n % 2:
            mailbox.wait_for(f"{n}{address}", "Welcome!")
        else:
            dead_letter(text)


def test_one_mail_is_sent_for_many_messages_with_its_id(put, mail, mailbox, address, fence):
    same = mail()

    for _ in range(8):
        put(same)

    mailbox.wait_for(address, "Welcome!")
    fence()
    assert len(mailbox.of(address)) == 1


@pytest.mark.parametrize(
    "event",
    [
        {
            "eventType": "Bounce",
            "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "{address}"}]},
        },
        {"eventType": "Complaint", "complaint": {"complainedRecipients": [{"emailAddress": "{address}"}]}},
    ],
    ids=["bounce", "complaint"],
)
def test_an_address_that_bounces_or_complains_gets_no_more_mail(
    stack, put, mail, mailbox, address, fence, event
):
    put(mail())
    mailbox.wait_for(address, "Welcome!")
    topic = stack.local.physical_id("MailEventsTopic")

    stack.local.aws.client("sns").publish(
        TopicArn=topic, Message=json.dumps(event).replace("{address}", address)
    )
    known = DynamoMail(stack.clients(), stack.settings.tables["operations"])
    assert wait_until(lambda: known.is_suppressed(address))
    put(mail(kind="account_deleted", data=None))

    fence()
    assert [sent["Subject"] for sent in mailbox.of(address)] == ["Welcome!"]


def test_a_deleted_account_gets_only_the_deletion_notice(stack, put, mail, mailbox, address, fence):
    user_id = str(uuid.uuid4())
    stack.clients().dynamodb.put_item(
        TableName=stack.env["OPERATIONS_TABLE"], Item={"pk": {"S": f"user#{user_id}"}, "sk": {"S": "erased"}}
    )

    put(mail(userId=user_id))
    put(mail(userId=user_id, kind="account_deleted", data=None))

    mailbox.wait_for(address, "Your account is deleted")
    fence()
    assert len(mailbox.of(address)) == 1


def test_a_sender_that_is_not_verified_costs_no_mail(stack, put, mail, dead_letter, mailbox, address):
    """SES refuses for good what it would take once the sender is verified: a dead letter that can be sent again."""
    ses = stack.local.aws.client("ses")
    message = mail()
    ses.delete_identity(Identity=stack.env["MAIL_FROM"])
    try:
        put(message)
        letter = dead_letter(message)
    finally:
        ses.verify_email_identity(EmailAddress=stack.env["MAIL_FROM"])

    assert letter["MessageAttributes"]["reason"]["StringValue"] == "ses_MessageRejected"
    put(letter["Body"])
    mailbox.wait_for(address, "Welcome!")
