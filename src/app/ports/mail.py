"""Mail that was sent, and who gets no more."""

from typing import Literal, Protocol

MailClaim = Literal["first", "again", "held", "sent"]
"""`first`: the mail is ours to send. `again`: it is, and the worker that had it before may have sent it. `held`:
another one is sending it right now. `sent`: it is done."""


class MailRepository(Protocol):
    """Sent mail, suppressed addresses, and deleted accounts."""

    def claim(self, mail_id: str, *, owner: str) -> MailClaim:
        """Take a mail for `owner`, a name that no other attempt has. After 60 seconds the claim is free again."""
        ...

    def settle_sent(self, mail_id: str, message_id: str) -> None:
        """Remember that the mail is sent. Tried for longer than other writes: forgetting would send it twice."""
        ...

    def settle_unsent(self, mail_id: str, *, owner: str) -> None:
        """Give back `owner`'s claim, which has certainly sent nothing."""
        ...

    def is_suppressed(self, address: str) -> bool: ...

    def suppress(self, address: str, reason: str) -> None:
        """Write to this address no more."""
        ...

    def is_erased(self, user_id: str) -> bool:
        """Return whether the account is erased or being erased."""
        ...
