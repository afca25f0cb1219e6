"""An account gets another address: the record follows, and the old address is notified and kept for a while.

Two ways lead here. `app.services.email_change` sets an address that a code of ours has proven. And an app may
change `email` at Cognito itself, since sign-up sends it. Cognito calls no trigger for that: it says so in the next ID
token.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from app import addresses
from app.models.users import User
from app.ports.identity import Tokens
from app.ports.user_data import UserDataRepository
from app.ports.users import UserRepository
from app.services.mail.kinds import email_changed
from app.services.mail.outbox import Outbox
from app.services.prefill import fill_profiles

if TYPE_CHECKING:
    from app.ports.activity import ActivityKind

Leave = Callable[[User, str], str | None]
"""Keep the address that a user leaves for another one. Returns the token of its undo link, or `None` where the other
address is one that an undo gives back: then there is nothing to notify of."""


class AddressChanges:
    def __init__(
        self,
        users: UserRepository,
        user_data: UserDataRepository,
        outbox: Outbox,
        *,
        leave: Leave,
        record: "Callable[[str, ActivityKind], None]" = lambda _user_id, _kind: None,
    ) -> None:
        self._users = users
        self._user_data = user_data
        self._outbox = outbox
        self._leave = leave
        self._record = record

    def follow(self, tokens: Tokens) -> None:
        """Bring the record of who got these tokens up to their proven address. Safe to repeat.

        Raises:
            app.errors.Unavailable, app.errors.Contention: the next sign-in or refresh goes on.
            app.errors.Conflict: the old address is kept for another account, so it cannot be kept for this one yet.
        """
        proven = tokens.proven
        if proven is None:
            return
        user = self._users.get(proven.user_id)
        address = addresses.kept(proven.email)
        if user is not None and user.status != "deleting" and user.email != address:
            self.move(user, address, self._leave(user, address))

    def move(self, user: User, address: str, undo: str | None) -> None:
        """The record goes last: until it has changed, a repetition still knows the old address. Raw data belong to
        who has proven their address, so those of the old one are let go."""
        if user.email == address:
            return
        self._user_data.link(address, user.id)
        fill_profiles(self._users, self._user_data, [address])
        self._user_data.unlink(user.email, user.id)
        if undo is not None:
            self._outbox.send(email_changed(user, undo))
        self._users.change_email(user.id, address, was=user.email)
        self._record(user.id, "address_change_undone" if undo is None else "address_changed")
