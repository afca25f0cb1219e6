"""An address that was changed at Cognito: the record follows, and the old address is notified.

The public client may change `email`, since sign-up sends it, and Cognito calls no trigger for that. It makes the new
address the account's once a code has proven it, and says so in the next ID token.
"""

from app import addresses
from app.models import User
from app.ports import UserDataRepository, UserRepository
from app.ports.identity import Tokens
from app.services.mail.kinds import email_changed
from app.services.mail.outbox import Outbox
from app.services.prefill import fill_profiles


class AddressChanges:
    def __init__(self, users: UserRepository, user_data: UserDataRepository, outbox: Outbox) -> None:
        self._users = users
        self._user_data = user_data
        self._outbox = outbox

    def follow(self, tokens: Tokens) -> None:
        """Bring the record of who got these tokens up to their proven address. Safe to repeat.

        Raises:
            app.errors.Unavailable: the next sign-in or refresh goes on.
        """
        proven = tokens.proven
        if proven is None:
            return
        user = self._users.get(proven.user_id)
        address = addresses.kept(proven.email)
        if user is not None and user.status != "deleting" and user.email != address:
            self._move(user, address)

    def _move(self, user: User, address: str) -> None:
        """The record goes last: until it has changed, a repetition still knows the old address. Raw data belong to
        who has proven their address, so those of the old one are let go."""
        self._user_data.link(address, user.id)
        fill_profiles(self._users, self._user_data, [address])
        self._user_data.unlink(user.email, user.id)
        self._outbox.send(email_changed(user))
        self._users.change_email(user.id, address, was=user.email)
