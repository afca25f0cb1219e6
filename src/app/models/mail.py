"""Mails."""

from dataclasses import dataclass, field
from typing import Literal

MailKind = Literal[
    "welcome",
    "password_changed",
    "email_changed",
    "email_code",
    "email_taken",
    "signed_out_everywhere",
    "import_report",
    "account_deleted",
    "account_exists",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one address.

    `id` is the producer's: a mail is sent once for each, so an operation that is retried gives the same one again.
    `data` is what the templates of its kind ask for. `user_id` is whom it is about, if there is an account.
    """

    kind: MailKind
    to: str
    id: str
    data: dict[str, str | int] = field(default_factory=dict)
    locale: str | None = None
    user_id: str | None = None
