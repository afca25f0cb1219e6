"""Mail delivery, and why a mail is not sent. A reason is a short code that quotes nothing, for logs and dead letters.

MailNotSent
├── MailRefused    it never will be: for the dead letters, with the reason
└── MailDelayed    not now: back to the queue
    └── MailUncertain    it may have been sent: back to the queue, too
"""

from dataclasses import dataclass
from typing import Protocol


class MailNotSent(Exception):
    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class MailRefused(MailNotSent):
    pass


class MailDelayed(MailNotSent):
    pass


class MailUncertain(MailDelayed):
    pass


@dataclass(frozen=True, slots=True)
class MailContent:
    subject: str
    text: str
    html: str


class MailDelivery(Protocol):
    def check(self, to: str, content: MailContent) -> None:
        """Raises:
        MailRefused: a header would not be one line.
        """
        ...

    def deliver(self, to: str, content: MailContent) -> str:
        """Returns the id that the provider gives to the mail.

        Raises:
            MailRefused: the provider will never take it.
            MailDelayed: it has not taken it now.
            MailUncertain: it may have.
        """
        ...
