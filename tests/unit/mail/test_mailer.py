"""One message: sent once, or not sent for a reason."""

import pytest
from botocore.exceptions import ReadTimeoutError

from app.config.email_consumer import EmailConsumerSettings
from app.errors import Unavailable
from app.ports.delivery import MailDelayed, MailRefused, MailUncertain
from app.services.mail.mailer import Mailer
from app.services.mail.render import Renderer
from support.clients import ses_for
from support.environment import ENVIRONMENT
from support.mail import body, ses_error

SILENT = ReadTimeoutError(endpoint_url="https://email.example.com")


class Killed(BaseException):
    """The process ends here."""


def test_a_mail_is_sent_once_however_often_it_is_delivered(mailer, ses):
    assert mailer.process(body()) == "sent"
    assert mailer.process(body()) == "sent_before"

    assert ses.recipients == ["ada@example.com"]


def test_two_mails_are_two(mailer, ses):
    mailer.process(body(id="password_changed#1"))
    mailer.process(body(id="password_changed#2"))

    assert len(ses.accepted) == 2


def test_a_mail_that_another_one_is_sending_goes_back(mailer, mails, ses):
    mails.claim("welcome#1", owner="another worker")

    with pytest.raises(MailDelayed, match="being_sent"):
        mailer.process(body())

    assert ses.asked == 0


@pytest.mark.parametrize(
    "fault", [ses_error("TooManyRequestsException", 429), ses_error("SendingPausedException")]
)
def test_a_mail_that_was_not_taken_is_sent_next_time_and_is_no_second_one(mailer, ses, fault):
    ses.faults = [fault]

    with pytest.raises(MailDelayed):
        mailer.process(body())

    assert mailer.process(body()) == "sent"


def test_a_refused_mail_can_be_sent_once_the_cause_is_fixed(mailer, ses):
    ses.faults = [ses_error("MessageRejected")]

    with pytest.raises(MailRefused):
        mailer.process(body())

    assert mailer.process(body()) == "sent"


@pytest.mark.parametrize("end", [SILENT, Killed()], ids=["no answer", "killed"])
def test_a_mail_with_an_unknown_outcome_is_sent_again_and_counted(mailer, mails, clock, ses, end):
    ses.faults = [end]

    with pytest.raises((MailUncertain, Killed)):
        mailer.process(body())
    with pytest.raises(MailDelayed, match="being_sent"):
        mailer.process(body())
    clock.now += 61

    assert mailer.process(body()) == "resent"
    assert mailer.process(body()) == "sent_before"


def test_a_mail_that_was_sent_but_could_not_be_recorded_is_done(mailer, mails, monkeypatch):
    monkeypatch.setattr(mails, "settle_sent", failing)

    assert mailer.process(body()) == "sent"


def test_a_claim_that_cannot_be_given_back_is_waited_for(mailer, mails, clock, ses, monkeypatch):
    ses.faults = [ses_error("TooManyRequestsException", 429)]
    with monkeypatch.context() as outage:
        outage.setattr(mails, "settle_unsent", failing)
        with pytest.raises(MailDelayed, match="throttled"):
            mailer.process(body())
    clock.now += 61

    assert mailer.process(body()) == "resent"


@pytest.mark.parametrize("step", ["is_erased", "is_suppressed", "claim"])
def test_nothing_is_sent_unless_the_database_answers(mailer, mails, ses, monkeypatch, step):
    monkeypatch.setattr(mails, step, failing)

    with pytest.raises(MailDelayed, match="database_unavailable"):
        mailer.process(body())

    assert ses.asked == 0


def test_a_suppressed_address_gets_nothing(mailer, mails, ses):
    mails.suppress("ada@example.com", "bounce")

    assert mailer.process(body(to="Ada@Example.com")) == "suppressed"
    assert mailer.process(body(to="bob@example.com")) == "sent"
    assert ses.recipients == ["bob@example.com"]


def test_a_deleted_account_gets_only_the_deletion_notice(mailer, mails, ses):
    mails.erasures.begin("user-1")

    assert mailer.process(body()) == "erased"
    assert mailer.process(body(kind="account_deleted", id="account_deleted#user-1")) == "sent"
    assert [request["Content"]["Simple"]["Subject"]["Data"] for request in ses.accepted] == [
        "Your account is deleted"
    ]


def test_what_cannot_be_written_claims_nothing(mailer, mails):
    with pytest.raises(MailRefused, match="data_does_not_fit"):
        mailer.process(body(kind="password_changed", data={}))

    assert mails.records == {}


def test_a_header_of_two_lines_is_not_sent(mails, clients, ses):
    settings = EmailConsumerSettings.from_env(
        {**ENVIRONMENT, "MAIL_FROM": "a@example.com\rBcc: eve@example.com"}
    )
    mailer = Mailer(mails, Renderer(), ses_for(clients, settings))

    with pytest.raises(MailRefused, match="line_break_in_from"):
        mailer.process(body())

    assert ses.asked == 0


def failing(*_args, **_kwargs):
    raise Unavailable
