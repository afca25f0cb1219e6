"""kill -9 around the moment at which SES takes a mail: the one way to a second mail, and it is counted."""

import signal
import subprocess
import sys
import time
import uuid

import pytest

from app.aws.dead_letters import SqsDeadLetterWriter
from app.config.email_consumer import EmailConsumerSettings
from app.repositories.dynamodb.mail import LEASE_SECONDS, DynamoMail
from app.repositories.dynamodb.stats import DynamoStats
from app.services.mail.batch import MailBatch, Message
from app.services.mail.mailer import Mailer
from app.services.mail.render import Renderer
from support.clients import clients_for, ses_for
from support.mail import body

KILLED_AT = {"claimed, not sent": "SesDelivery.deliver", "sent, not recorded": "DynamoMail.settle_sent"}
PROGRAM = """\
import os, signal, sys
from app.entrypoints import email_consumer
from app.repositories.dynamodb.mail import DynamoMail
from app.services.mail.batch import Message
from app.aws.ses import SesDelivery

owner, step = sys.argv[1].split(".")
setattr(globals()[owner], step, lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL))
email_consumer.batch().process([Message("m", sys.argv[2])], lambda: 900.0)
"""


@pytest.mark.parametrize(
    ("step", "mails"), [("claimed, not sent", 1), ("sent, not recorded", 2)], ids=KILLED_AT
)
def test_a_killed_consumer_loses_no_mail_and_a_second_one_is_counted(stack, mailbox, address, step, mails):
    message = body(to=address, id=str(uuid.uuid4()), userId=None)
    killed = subprocess.run(
        [sys.executable, "-c", PROGRAM, KILLED_AT[step], message],
        env={**stack.env, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(mailbox.of(address)) == mails - 1
    resent = counters(stack).get("mailResent", 0)

    assert consumer(stack, later=1).process([Message("m", message)], lambda: 900.0) == ["m"]
    assert consumer(stack, later=LEASE_SECONDS + 1).process([Message("m", message)], lambda: 900.0) == []
    assert consumer(stack, later=LEASE_SECONDS + 1).process([Message("m", message)], lambda: 900.0) == []

    assert len(mailbox.of(address)) == mails
    assert counters(stack)["mailResent"] == resent + 1


def consumer(stack, *, later: int) -> MailBatch:
    """As the function builds it, `later` seconds from now."""
    settings = EmailConsumerSettings.from_env(stack.env)
    clients = clients_for(settings)
    mails = DynamoMail(clients, settings.tables["operations"], lambda: time.time() + later)
    mailer = Mailer(mails, Renderer(), ses_for(clients, settings))
    return MailBatch(
        mailer,
        SqsDeadLetterWriter(clients, settings.email_dlq_url),
        DynamoStats(clients, settings.tables["operations"]),
    )


def counters(stack) -> dict[str, int]:
    return dict(DynamoStats(stack.clients(), stack.settings.tables["operations"]).read())
