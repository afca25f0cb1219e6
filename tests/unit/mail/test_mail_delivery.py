"""Requests to SES, and the meaning of its answers."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from app.aws import retries
from app.config.email_consumer import EmailConsumerSettings
from app.ports.delivery import MailContent, MailDelayed, MailRefused, MailUncertain
from support.clients import ses_for
from support.environment import ENVIRONMENT
from support.mail import ses_error

URL = {"endpoint_url": "https://email.example.com"}
CONTENT = MailContent("Welcome!", "Hello", "<p>Hello</p>")


def test_a_mail_is_handed_over_as_text_and_html(delivery, ses):
    assert delivery.deliver("ada@example.com", CONTENT) == "ses-1"

    assert ses.accepted == [
        {
            "FromEmailAddress": "no-reply@example.com",
            "Destination": {"ToAddresses": ["ada@example.com"]},
            "ConfigurationSetName": "mail",
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Welcome!", "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": "Hello", "Charset": "UTF-8"},
                        "Html": {"Data": "<p>Hello</p>", "Charset": "UTF-8"},
                    },
                }
            },
        }
    ]


def test_a_configuration_set_is_named_only_where_there_is_one(clients, ses):
    settings = EmailConsumerSettings.from_env({**ENVIRONMENT, "MAIL_CONFIGURATION_SET": ""})

    ses_for(clients, settings).deliver("ada@example.com", CONTENT)

    assert "ConfigurationSetName" not in ses.accepted[0]


@pytest.mark.parametrize(
    ("fault", "meaning", "reason"),
    [
        (ses_error("MessageRejected"), MailRefused, "ses_MessageRejected"),
        (ses_error("BadRequestException"), MailRefused, "ses_BadRequestException"),
        (ParamValidationError(report=""), MailRefused, "invalid_mail"),
        (ses_error("TooManyRequestsException", 429), MailDelayed, "throttled"),
        (ses_error("ThrottlingException", 429), MailDelayed, "throttled"),
        (ses_error("LimitExceededException"), MailDelayed, "quota_exceeded"),
        (ses_error("AccountSuspendedException"), MailDelayed, "ses_AccountSuspendedException"),
        (ses_error("SendingPausedException"), MailDelayed, "ses_SendingPausedException"),
        (
            ses_error("MailFromDomainNotVerifiedException"),
            MailDelayed,
            "ses_MailFromDomainNotVerifiedException",
        ),
        (ses_error("AccessDeniedException", 403), MailDelayed, "ses_AccessDeniedException"),
        (ses_error("NotFoundException", 404), MailDelayed, "ses_NotFoundException"),
        (NoCredentialsError(), MailDelayed, "ses_not_asked"),
        (ConnectTimeoutError(**URL), MailDelayed, "ses_unreachable"),
        (EndpointConnectionError(**URL), MailDelayed, "ses_unreachable"),
        (ses_error("InternalServiceErrorException", 500), MailUncertain, "ses_InternalServiceErrorException"),
        (ReadTimeoutError(**URL), MailUncertain, "ses_silent"),
        (ConnectionClosedError(**URL), MailUncertain, "ses_silent"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_each_answer_has_one_meaning(delivery, ses, fault, meaning, reason):
    ses.faults = [fault]

    with pytest.raises(meaning) as error:
        delivery.deliver("ada@example.com", CONTENT)

    assert error.value.reason == reason
    assert isinstance(error.value, MailUncertain) == (meaning is MailUncertain)
    assert ses.asked == 1


def test_a_rate_that_is_exceeded_is_waited_for(clients, ses, monkeypatch):
    waits: list[float] = []
    passing = SimpleNamespace(monotonic=lambda: sum(waits), sleep=waits.append)
    monkeypatch.setattr(retries, "time", passing)  # no time passes but by waiting
    ses.faults = [ses_error("TooManyRequestsException", 429)] * 3
    patient = ses_for(clients, EmailConsumerSettings.from_env(ENVIRONMENT), patience=10)

    assert patient.deliver("ada@example.com", CONTENT) == "ses-1"
    assert ses.asked == 4
    assert len(waits) == 3


@pytest.mark.parametrize("char", "\r\n\v\f\0\x1c\x85\u2028\u2029")
def test_a_header_of_two_lines_is_refused(clients, delivery, char):
    with pytest.raises(MailRefused, match="line_break_in_to"):
        delivery.check(f"ada@example.com{char}", CONTENT)
    with pytest.raises(MailRefused, match="line_break_in_subject"):
        delivery.check("ada@example.com", MailContent(f"Welcome{char}Bcc: eve@example.com", "", ""))
    settings = EmailConsumerSettings.from_env(
        {**ENVIRONMENT, "MAIL_FROM": f"a@b.co{char}Bcc: eve@example.com"}
    )
    with pytest.raises(MailRefused, match="line_break_in_from"):
        ses_for(clients, settings).check("ada@example.com", CONTENT)


def test_a_header_in_any_language_is_fine(delivery):
    delivery.check("ada@example.com", MailContent("Grüße, 你好 🎉", "", ""))
