"""The mail that the embedded AWS has sent: ours by SES, and Cognito's codes."""

import http.client
import json
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from devstack.credentials import CONTROL_TOKEN_HEADER

_TIMEOUT = 20.0
"""Seconds: a function that starts meanwhile keeps a small machine busy."""

Mail = dict[str, Any]


def messages(endpoint: str, control_token: str, to: str | None = None) -> list[Mail]:
    """Newest first; only those to `to`, when it is given.

    Raises:
        OSError, http.client.HTTPException, ValueError: the embedded AWS does not answer as it should.
    """
    sent = [mail for mails in _fetch(endpoint, control_token)["messages"].values() for mail in mails]
    sent.sort(key=lambda mail: mail.get("Timestamp") or 0, reverse=True)
    read = [_mail(record) for record in sent]
    return [mail for mail in read if to is None or to in mail["to"]]


def _fetch(endpoint: str, control_token: str) -> dict[str, Any]:
    with closing(http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=_TIMEOUT)) as connection:
        connection.request("GET", "/_ministack/ses/messages", headers={CONTROL_TOKEN_HEADER: control_token})
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    return answer


def _mail(record: Mail) -> Mail:
    """One shape for all ways of sending; a mail from a template is kept as what the template rendered."""
    sent_at = record.get("Timestamp")
    return {
        "to": record.get("To") or [],
        "from": record.get("Source") or "",
        "subject": record.get("Subject") or record.get("RenderedSubject") or "",
        "text": record.get("BodyText") or record.get("RenderedBodyText") or "",
        "html": record.get("BodyHtml") or record.get("RenderedBodyHtml") or "",
        "sentAt": _rfc3339(sent_at) if sent_at else None,
    }


def _rfc3339(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
