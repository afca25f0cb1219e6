"""The consumer of the mail queue, and of SES's bounces and complaints over SNS."""

from app.cold_start import frozen_imports

with frozen_imports():
    from functools import cache
    from typing import Any

    from app import context as request_context
    from app.aws.dead_letters import SqsDeadLetterWriter
    from app.aws.ses import SesDelivery
    from app.bootstrap import Worker
    from app.config.email_consumer import EmailConsumerSettings
    from app.services.mail.batch import MailBatch, Message
    from app.services.mail.mailer import Mailer
    from app.services.mail.render import Renderer
    from app.services.mail.suppression import Suppression

Event = dict[str, Any]


def handler(event: Event, context: Any) -> Event:
    """Return the messages that failed, for SQS; the others are deleted. For SNS only an exception counts.

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
def own() -> Worker[EmailConsumerSettings]:
    return Worker(EmailConsumerSettings.from_env())


@cache
def suppression() -> Suppression:
    return Suppression(own().storage.mail)


@cache
def batch() -> MailBatch:
    clients, storage, settings = own().clients, own().storage, own().settings
    ses = SesDelivery(clients, sender=settings.mail_from, configuration_set=settings.mail_configuration_set)
    dead_letters = SqsDeadLetterWriter(clients, settings.email_dlq_url)
    return MailBatch(Mailer(storage.mail, Renderer(site=settings.site_url), ses), dead_letters, storage.stats)
