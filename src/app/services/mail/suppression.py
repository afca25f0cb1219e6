"""Bounces and complaints, as SES reports them: these addresses get no more mail.

Event publishing says `eventType`, feedback notifications say `notificationType`; the rest is the same:
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

import json
import logging
from collections.abc import Iterator
from email.utils import parseaddr
from typing import Any

from app import addresses
from app.ports.mail import MailRepository

_log = logging.getLogger("app.mail")


class Suppression:
    def __init__(self, mails: MailRepository) -> None:
        self._mails = mails

    def note(self, message: str) -> int:
        """Suppress the addresses that an event of SES's gives cause to; returns how many. Others are let pass.

        Raises:
            app.errors.Unavailable: safe to repeat.
        """
        event = _event(message)
        kind = str(event.get("eventType") or event.get("notificationType")).lower()
        addresses = sorted(set(_addresses(event, kind)))
        for address in addresses:
            self._mails.suppress(address, kind)
        _log.info("mail event", extra={"fields": {"event": kind[:40], "suppressed": len(addresses)}})
        return len(addresses)


def _event(message: str) -> dict[str, Any]:
    try:
        event = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _addresses(event: dict[str, Any], kind: str) -> Iterator[str]:
    """Of a bounce, those that will never work. A full mailbox is `Transient`, and no cause."""
    detail = event.get(kind)
    if not isinstance(detail, dict):
        return
    if kind == "bounce" and detail.get("bounceType") == "Permanent":
        yield from _recipients(detail.get("bouncedRecipients"))
    if kind == "complaint" and detail.get("complaintFeedbackType") != "not-spam":
        yield from _recipients(detail.get("complainedRecipients"))


def _recipients(recipients: object) -> Iterator[str]:
    """They may come with a display name: `Ada <ada@example.com>`."""
    for recipient in recipients if isinstance(recipients, list) else ():
        given = recipient.get("emailAddress") if isinstance(recipient, dict) else None
        address = parseaddr(given)[1] if isinstance(given, str) else ""
        if "@" in address and (known := addresses.kept(address)).isascii():
            yield known
