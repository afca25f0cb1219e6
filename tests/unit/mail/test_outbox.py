"""The producers' end: nothing is lost without a word, and no message stops what it tells of."""

import json
import logging
from types import SimpleNamespace

import pytest
from botocore.exceptions import ConnectTimeoutError

from app.aws.queue import SqsQueue
from app.errors import Unavailable
from app.logs import JsonFormatter
from app.models.mail import Mail
from app.models.users import User
from app.services.mail.kinds import password_changed, signed_out_everywhere, welcome
from app.services.mail.outbox import Outbox
from support.mail import ses_error

MAIL = Mail(kind="welcome", to="ada@example.com", id="welcome#user-1", data={"name": "Ada"}, user_id="user-1")
USER = User(id="user-1", email="ada@example.com", name="Ada", locale="de")


class Sqs:
    def __init__(self) -> None:
        self.fault = None
        self.sent = []

    def send_message(self, **request):
        if self.fault:
            raise self.fault
        self.sent.append(request)


@pytest.fixture
def sqs() -> Sqs:
    return Sqs()


@pytest.fixture
def queue(sqs) -> Outbox:
    return Outbox(SqsQueue(SimpleNamespace(sqs=sqs), "https://sqs.example.com/email"))


@pytest.fixture
def lines(caplog, monkeypatch):
    logger = logging.getLogger("app")
    monkeypatch.setattr(logger, "propagate", False)
    monkeypatch.setattr(caplog.handler, "formatter", JsonFormatter())  # the handler outlives the test
    logger.addHandler(caplog.handler)
    yield lambda: [json.loads(line) for line in caplog.text.splitlines()]
    logger.removeHandler(caplog.handler)


@pytest.mark.parametrize("put", [Outbox.send, Outbox.offer])
def test_a_mail_is_put_in_the_queue(queue, sqs, put):
    put(queue, MAIL)

    assert [request["QueueUrl"] for request in sqs.sent] == ["https://sqs.example.com/email"]
    assert json.loads(sqs.sent[0]["MessageBody"]) == {
        "kind": "welcome",
        "to": "ada@example.com",
        "id": "welcome#user-1",
        "data": {"name": "Ada"},
        "userId": "user-1",
    }


def test_offering_a_mail_reports_that_it_was_queued(queue, sqs):
    assert queue.offer(MAIL) is True
    assert len(sqs.sent) == 1


FAULTS = [ses_error("AccessDenied", 403), ConnectTimeoutError(endpoint_url="https://sqs.example.com")]


@pytest.mark.parametrize("fault", FAULTS)
def test_sending_a_mail_raises_if_the_queue_fails(queue, sqs, fault):
    sqs.fault = fault

    with pytest.raises(Unavailable):
        queue.send(MAIL)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_offered_mail_that_is_lost_is_an_error_in_the_log_and_a_metric(queue, sqs, lines, fault):
    sqs.fault = fault

    assert queue.offer(MAIL) is False

    (line,) = lines()
    assert (line["level"], line["message"], line["kind"]) == ("ERROR", "mail not queued", "welcome")
    assert line["MailNotQueued"] == 1
    assert line["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "MailNotQueued", "Unit": "Count"}]
    assert line["cause"] == type(fault).__name__
    assert "ada@example.com" not in json.dumps(line)


def test_each_event_has_one_mail_id():
    assert welcome(USER).id == welcome(USER).id == "welcome#user-1"
    assert signed_out_everywhere(USER, 7).id == signed_out_everywhere(USER, 7).id
    assert signed_out_everywhere(USER, 7).id != signed_out_everywhere(USER, 8).id
    assert password_changed(USER.email, USER).id != password_changed(USER.email, USER).id


@pytest.mark.parametrize(
    "mail", [welcome(USER), signed_out_everywhere(USER, 7), password_changed(USER.email, USER)]
)
def test_each_mail_names_its_reader_their_address_and_their_language(mail):
    assert (mail.user_id, mail.to, mail.locale) == ("user-1", "ada@example.com", "de")
