"""Giving an account back an address that it had, by the link that was mailed there.

Who changed the address may have taken over the account. So their sessions end, their password no longer works, and a
new one is to be set by a code that goes to the address that is given back. Each step is safe to repeat, and the link
works until all are done.
"""

import time
from collections.abc import Callable

from app.errors import BadRequest, Conflict
from app.models.users import User
from app.ports.address_changes import AddressChangeRepository, AddressRecord, FormerAddress
from app.ports.identity import Account, IdentityProvider
from app.ports.users import UserRepository
from app.services import address_records
from app.services.accounts import Accounts
from app.services.address_changes import AddressChanges
from app.services.address_secrets import AddressSecrets, unknown_password, user_of


class InvalidLink(BadRequest):
    default_code = "invalid_link"
    default_detail = "The link is not valid, or its seven days are over."


class EmailUndo:
    """`clock` gives seconds since the epoch."""

    def __init__(
        self,
        *,
        records: AddressChangeRepository,
        users: UserRepository,
        identity: IdentityProvider,
        accounts: Accounts,
        moves: AddressChanges,
        secrets: AddressSecrets,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._records = records
        self._users = users
        self._identity = identity
        self._accounts = accounts
        self._moves = moves
        self._secrets = secrets
        self._clock = clock

    def undo(self, token: str) -> None:
        """Give the account its address back. A repetition is success, and does nothing once all is done. A disabled
        account stays disabled.

        Raises:
            InvalidLink: made up, over, made void by the link of an earlier address, or of an account that is gone.
            Contention: a change or an undo is being carried out.
            Conflict: another account has the address by now (code `email_taken`). The account is locked all the same.
        """
        user_id, now = user_of(token), int(self._clock())
        was = self._records.get(user_id)
        record = address_records.live(was, now)
        address = self._address_of(token, user_id, record)
        user = self._users.get(user_id)
        if user is None or user.status == "deleting":
            raise InvalidLink
        if address_records.is_restored(record, address):
            return
        begun = self._records.put(user_id, address_records.restoring(record, address, now), was=was)
        self._restore(user, address.email)
        self._records.put(user_id, address_records.finished(begun), was=begun)

    def _address_of(self, token: str, user_id: str, record: AddressRecord) -> FormerAddress:
        for former in record.former:
            if self._secrets.is_link(token, user_id, former.nonce):
                return former
        raise InvalidLink

    def _restore(self, user: User, email: str) -> None:
        account = self._identity.get_user(user.id)
        if account is None:
            raise InvalidLink
        try:
            self._identity.set_email(user.id, email)
        except Conflict:
            self._lock(account)
            raise
        self._lock(account)
        self._moves.move(user, email, None)
        if account.has_password:
            self._identity.forgot_password(email)  # its code replaces one that went to the other address

    def _lock(self, account: Account) -> None:
        """The password goes first: with it the sessions that end could be replaced."""
        if account.has_password:
            self._identity.set_password(account.user_id, unknown_password())
        self._accounts.end_all_sessions(account.user_id)
