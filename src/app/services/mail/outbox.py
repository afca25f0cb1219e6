"""The producers' side of mail: a message for the queue, from which `app.services.mail.mailer` sends it."""

import logging

from app.errors import Unavailable
from app.logs import counted
from app.models.mail import Mail
from app.ports.queues import Queue
from app.services.mail.message import encode

_log = logging.getLogger("app.mail")


class Outbox:
    """The producers' end of the mail queue."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def send(self, mail: Mail) -> None:
        """Put `mail` on the queue, for callers who can retry.

        Raises:
            app.errors.Unavailable: the queue did not confirm it. It may have: the same `mail.id` is safe to repeat.
        """
        self._queue.send(encode(mail))

    def offer(self, mail: Mail) -> bool:
        """Like `send`, for a mail that must not fail the request it reports: a lost one is logged and counted."""
        try:
            self.send(mail)
        except Unavailable as error:
            cause = type(error.__cause__ or error).__name__
            _log.error("mail not queued", extra=counted("MailNotQueued", kind=mail.kind, cause=cause))
            return False
        return True
