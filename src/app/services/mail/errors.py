"""Why a mail is not sent. A reason is a short code that quotes nothing, for logs and for dead letters.

MailNotSent
├── MailRefused    it never will be: for the dead letters, with the reason
└── MailDelayed    not now: back to the queue
    └── MailUncertain    it may have been sent, nobody knows: back to the queue, too
"""


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
