"""Sending one message of the mail queue, once.

A claim on the producer's id stands before SES is asked, and its answer is recorded after. What dies in between, or
gets no answer, may have been sent: it is sent again, for a mail twice is better than none. That is the only way to
a second mail; each is counted.
"""

import logging
import uuid
from typing import Literal

from app.errors import Unavailable
from app.logs import counted
from app.models.mail import Mail
from app.ports.delivery import MailContent, MailDelayed, MailDelivery, MailNotSent, MailUncertain
from app.ports.mail import MailRepository
from app.services.mail.message import decode
from app.services.mail.render import Renderer

_log = logging.getLogger("app.mail")

Outcome = Literal["sent", "resent", "sent_before", "suppressed", "erased"]
"""`resent`: sent by us, and perhaps by an attempt before. `sent_before`: nothing was left to do. The last two: the
mail is not wanted."""


class Mailer:
    def __init__(self, mails: MailRepository, renderer: Renderer, delivery: MailDelivery) -> None:
        self._mails = mails
        self._renderer = renderer
        self._delivery = delivery

    def process(self, body: str) -> Outcome:
        """Raises:
        MailRefused: it will never be sent.
        MailDelayed: try again later.
        """
        mail = decode(body)
        try:
            return self._unwanted(mail) or self._send(mail)
        except Unavailable as error:
            raise MailDelayed("database_unavailable") from error

    def _unwanted(self, mail: Mail) -> Outcome | None:
        """Deleted accounts get only the deletion notice."""
        if mail.user_id and mail.kind != "account_deleted" and self._mails.is_erased(mail.user_id):
            return "erased"
        return "suppressed" if self._mails.is_suppressed(mail.to) else None

    def _send(self, mail: Mail) -> Outcome:
        content = self._renderer.render(mail)
        self._delivery.check(mail.to, content)
        owner = uuid.uuid4().hex
        claim = self._mails.claim(mail.id, owner=owner)
        if claim == "sent":
            return "sent_before"
        if claim == "held":
            raise MailDelayed("being_sent")
        message_id = self._deliver(mail, content, owner)
        self._remember(mail, message_id)
        if claim == "first":
            return "sent"
        _log.warning("mail may have been sent twice", extra=counted("MailResent", kind=mail.kind))
        return "resent"

    def _deliver(self, mail: Mail, content: MailContent, owner: str) -> str:
        try:
            return self._delivery.deliver(mail.to, content)
        except MailUncertain:
            raise
        except MailNotSent:
            self._give_back(mail, owner)
            raise

    def _give_back(self, mail: Mail, owner: str) -> None:
        """Release the claim. One that stays delays the next attempt, which then looks like a second mail."""
        try:
            self._mails.settle_unsent(mail.id, owner=owner)
        except Unavailable:
            _log.warning("mail claim not released", extra={"fields": {"kind": mail.kind}}, exc_info=True)

    def _remember(self, mail: Mail, message_id: str) -> None:
        """Never retry a sent mail, even if recording it fails."""
        try:
            self._mails.settle_sent(mail.id, message_id)
        except Unavailable:
            _log.error(
                "sent mail not recorded", extra=counted("MailNotRecorded", kind=mail.kind), exc_info=True
            )
