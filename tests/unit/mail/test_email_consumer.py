"""The entrypoint: what Lambda hands over, and what it gets back."""

import json
from types import SimpleNamespace

import pytest

from app import context as request_context
from app.config.email_consumer import EmailConsumerSettings
from app.config.reader import ConfigurationError
from app.entrypoints import email_consumer
from app.errors import Unavailable
from app.services.mail.suppression import Suppression
from support.mail import body

CONTEXT = SimpleNamespace(aws_request_id="request-1", get_remaining_time_in_millis=lambda: 30_000)
ENV = {
    "STAGE": "dev",
    "STACK_NAME": "app-dev",
    "AWS_REGION": "eu-west-1",
    "OPERATIONS_TABLE": "operations",
    "EMAIL_DLQ_URL": "https://sqs.eu-west-1.amazonaws.com/000000000000/email-dlq",
    "MAIL_FROM": "no-reply@example.com",
    "MAIL_CONFIGURATION_SET": "mail",
    "SITE_URL": "https://todo.example",
}


@pytest.fixture(autouse=True)
def wired(monkeypatch, batch, mails):
    monkeypatch.setattr(email_consumer, "batch", lambda: batch)
    monkeypatch.setattr(email_consumer, "suppression", lambda: Suppression(mails))


def sqs_event(*bodies: str):
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": "AQEB...",
                "body": text,
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:email",
                "awsRegion": "us-east-1",
            }
            for number, text in enumerate(bodies)
        ]
    }


def sns_event(message: str):
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": "arn:aws:sns:us-east-1:123456789012:events:21be56ed",
                "Sns": {
                    "Type": "Notification",
                    "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
                    "TopicArn": "arn:aws:sns:us-east-1:123456789012:events",
                    "Subject": "Amazon SES Email Event Notification",
                    "Message": message,
                    "Timestamp": "2019-01-02T12:45:07.000Z",
                    "MessageAttributes": {},
                },
            }
        ]
    }


COMPLAINT = json.dumps(
    {"eventType": "Complaint", "complaint": {"complainedRecipients": [{"emailAddress": "ada@example.com"}]}}
)


def test_a_batch_is_sent_and_answered_with_what_failed(ses, dead):
    dead.full = True

    answer = email_consumer.handler(sqs_event(body(), "malformed"), CONTEXT)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert ses.recipients == ["ada@example.com"]


def test_every_message_that_failed_is_named(ses, dead):
    dead.full = True

    answer = email_consumer.handler(sqs_event(*["malformed"] * 12), CONTEXT)

    assert [failed["itemIdentifier"] for failed in answer["batchItemFailures"]] == [
        f"m{n}" for n in range(12)
    ]


def test_what_lambda_leaves_no_time_for_goes_back(ses):
    hurried = SimpleNamespace(aws_request_id="request-2", get_remaining_time_in_millis=lambda: 11_999)

    answer = email_consumer.handler(sqs_event(body()), hurried)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert ses.asked == 0


def test_what_is_logged_names_the_invocation(ses):
    email_consumer.handler(sqs_event(body()), CONTEXT)

    request = request_context.current()
    assert request is not None
    assert request.request_id == "request-1"


def test_a_complaint_ends_the_mail_to_that_address(ses):
    email_consumer.handler(sns_event(COMPLAINT), CONTEXT)

    assert email_consumer.handler(sqs_event(body()), CONTEXT) == {"batchItemFailures": []}
    assert ses.asked == 0


def test_a_notification_that_cannot_be_stored_comes_again(mails, monkeypatch):
    def failing(*_):
        raise Unavailable

    monkeypatch.setattr(mails, "suppress", failing)

    with pytest.raises(Unavailable):
        email_consumer.handler(sns_event(COMPLAINT), CONTEXT)


def test_an_event_without_records_is_nothing_to_do(ses):
    assert email_consumer.handler({}, CONTEXT) == {"batchItemFailures": []}


@pytest.mark.parametrize(
    "missing", ["AWS_REGION", "OPERATIONS_TABLE", "EMAIL_DLQ_URL", "MAIL_FROM", "SITE_URL"]
)
def test_it_refuses_to_start_without_its_variables(missing):
    with pytest.raises(ConfigurationError, match=missing):
        EmailConsumerSettings.from_env({name: value for name, value in ENV.items() if name != missing})


def test_it_talks_to_an_emulator_locally_only():
    endpoint = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}

    assert EmailConsumerSettings.from_env({**ENV, **endpoint, "STAGE": "local"}).aws_endpoint_url
    with pytest.raises(ConfigurationError, match="AWS_ENDPOINT_URL"):
        EmailConsumerSettings.from_env({**ENV, **endpoint})
