"""Mail delivery by SES: one attempt, and what its answers mean.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

import unicodedata
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ParamValidationError,
)

from app.aws.clients import Clients
from app.aws.retries import attempts
from app.ports.delivery import MailContent, MailDelayed, MailRefused, MailUncertain

if TYPE_CHECKING:
    from types_boto3_sesv2.type_defs import EmailContentTypeDef

_REFUSALS = {"BadRequestException", "MessageRejected", "ValidationException"}
_RATE = {"Throttling", "ThrottlingException", "TooManyRequestsException"}
_NEVER_ARRIVED = (ConnectTimeoutError, EndpointConnectionError)
_LINE_BREAKING = {"Cc", "Zl", "Zp"}
"""Unicode's control characters (CR, LF, VT, FF, NEL, NUL, ...), line and paragraph separators."""


class _Throttled(MailDelayed):
    pass


class SesDelivery:
    """`patience`: seconds to wait, in all, for the sending rate to allow a mail before it goes back to the queue."""

    def __init__(
        self, clients: Clients, *, sender: str, configuration_set: str | None, patience: float = 2.0
    ) -> None:
        self._clients = clients
        self._sender = sender
        self._configuration_set = configuration_set
        self._patience = patience

    def check(self, to: str, content: MailContent) -> None:
        """Raises:
        MailRefused: a header would not be one line.
        """
        for name, value in (("from", self._sender), ("to", to), ("subject", content.subject)):
            if any(unicodedata.category(char) in _LINE_BREAKING for char in value):
                raise MailRefused(f"line_break_in_{name}")

    def deliver(self, to: str, content: MailContent) -> str:
        """Returns the id that SES gives to the mail.

        Raises:
            MailRefused: SES will never take it.
            MailDelayed: it has not taken it now.
            MailUncertain: it may have.
        """
        delayed = _Throttled("throttled")
        for _ in attempts(budget=self._patience, base=0.25, cap=1):
            try:
                return self._send(to, content)
            except _Throttled as throttled:
                delayed = throttled
        raise delayed

    def _send(self, to: str, content: MailContent) -> str:
        configured = (
            {"ConfigurationSetName": self._configuration_set} if self._configuration_set is not None else {}
        )
        try:
            answer = self._clients.ses.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [to]},
                Content=_simple(content),
                **configured,  # type: ignore[arg-type]
            )
        except ClientError as error:
            raise _meaning(error) from error
        except ParamValidationError as error:
            raise MailRefused("invalid_mail") from error
        except _NEVER_ARRIVED as error:
            raise MailDelayed("ses_unreachable") from error
        except HTTPClientError as error:
            raise MailUncertain("ses_silent") from error
        except BotoCoreError as error:  # no credentials, for one: found out before anything is sent
            raise MailDelayed("ses_not_asked") from error
        return answer["MessageId"]


def _simple(content: MailContent) -> "EmailContentTypeDef":
    return {
        "Simple": {
            "Subject": {"Data": content.subject, "Charset": "UTF-8"},
            "Body": {
                "Text": {"Data": content.text, "Charset": "UTF-8"},
                "Html": {"Data": content.html, "Charset": "UTF-8"},
            },
        }
    }


def _meaning(error: ClientError) -> Exception:
    """Refusals concern the mail; any other 4xx (suspended, paused, not verified, denied), an operator
    can mend. An error of SES's own tells nothing of whether the mail goes out."""
    code = error.response["Error"]["Code"]
    if code in _RATE:
        return _Throttled("throttled")
    if code == "LimitExceededException":
        return MailDelayed("quota_exceeded")
    if code in _REFUSALS:
        return MailRefused(f"ses_{code}")
    if error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500:
        return MailUncertain(f"ses_{code}")
    return MailDelayed(f"ses_{code}")
