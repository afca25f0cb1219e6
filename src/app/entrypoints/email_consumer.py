"""The consumer of the mail queue, and of what SES tells about bounces and complaints over SNS."""

from app.cold_start import frozen_imports

with frozen_imports():
    from functools import cache
    from typing import Any

    from app import context as request_context
    from app.aws.clients import Clients
    from app.aws.dead_letters import SqsDeadLetterWriter
    from app.aws.ses import SesDelivery
    from app.config import EmailConsumerSettings
    from app.logs import configure_logging
    from app.ports import MailRepository
    from app.repositories.dynamodb.mail import DynamoMail
    from app.repositories.dynamodb.stats import DynamoStats
    from app.services.mail.batch import MailBatch, Message
    from app.services.mail.mailer import Mailer
    from app.services.mail.render import Renderer
    from app.services.mail.suppression import Suppression

Event = dict[str, Any]


def handler(event: Event, context: Any) -> Event:
    """Answers SQS with the messages that failed; the others are deleted. SNS minds only whether this raises.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    """
    request_context.begin(context.aws_request_id)
    records: list[Event] = event.get("Records", [])
    for notification in (record["Sns"] for record in records if "Sns" in record):
        suppression().note(notification["Message"])
    messages = [Message.of(record) for record in records if "Sns" not in record]
    failed = (
        batch().process(messages, lambda: context.get_remaining_time_in_millis() / 1000) if messages else []
    )
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


@cache
def settings() -> EmailConsumerSettings:
    settings = EmailConsumerSettings.from_env()
    configure_logging("INFO", settings.stack_name)
    return settings


@cache
def clients() -> Clients:
    return Clients(settings().aws_region, settings().aws_endpoint_url)


@cache
def mails() -> MailRepository:
    return DynamoMail(clients(), settings().operations_table)


@cache
def suppression() -> Suppression:
    return Suppression(mails())


@cache
def batch() -> MailBatch:
    own = settings()
    ses = SesDelivery(clients(), sender=own.mail_from, configuration_set=own.mail_configuration_set)
    dead_letters = SqsDeadLetterWriter(clients(), own.email_dlq_url)
    stats = DynamoStats(clients(), own.operations_table)
    return MailBatch(Mailer(mails(), Renderer(), ses), dead_letters, stats)
