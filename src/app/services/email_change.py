"""Changing the address of an account with a code of our own.

The order lets any interruption be repeated. A right code is remembered first, in one write with the reservations of
both addresses; then Cognito gets the new one; then the record, which names the old one until all else is done. A
repetition of the code carries on from the beginning of that, each step of which is safe to repeat.
"""

import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace

from app.errors import Conflict, Contention, FieldError, InvalidCode, TooManyRequests, Unprocessable
from app.models.users import User
from app.ports.address_changes import AddressChangeRepository, AddressRecord, PendingChange
from app.ports.identity import IdentityProvider
from app.ports.users import UserRepository
from app.services import address_records
from app.services.accounts import Accounts
from app.services.address_changes import AddressChanges
from app.services.address_secrets import AddressSecrets, new_code
from app.services.mail.kinds import email_code, email_taken
from app.services.mail.outbox import Outbox

_MOST_GUESSES = 5
_MOST_FORMER = 5
"""Addresses that are kept for one account at once: more would let it keep them from others."""


class EmailChange:
    """`clock` gives seconds since the epoch."""

    def __init__(
        self,
        *,
        records: AddressChangeRepository,
        users: UserRepository,
        identity: IdentityProvider,
        accounts: Accounts,
        moves: AddressChanges,
        outbox: Outbox,
        secrets: AddressSecrets,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._records = records
        self._users = users
        self._identity = identity
        self._accounts = accounts
        self._moves = moves
        self._outbox = outbox
        self._secrets = secrets
        self._clock = clock

    def request(
        self,
        user: User,
        email: str,
        password: str | None,
        signed_in_at: int,
        *,
        guess: Callable[[str], AbstractContextManager[None]] = lambda _email: nullcontext(),
        count_mail: Callable[[str], None] = lambda _email: None,
    ) -> None:
        """Mail a code to `email`. The change that waited before is given up. Where the address is another account's,
        its owner is notified instead, and the caller cannot tell. `guess` and `count_mail` limit how often a password
        is tried and a mail is sent: see `Limits.password` and `Limits.mail`.

        Raises:
            Forbidden, WrongPassword: see `Accounts.reauthenticate`.
            Unprocessable: it is the address already (code `email_unchanged`).
            TooManyRequests: too many former addresses are kept (code `too_many_address_changes`).
            Contention: another change or an undo is being carried out.
        """
        user = self._caught_up(user)
        with guess(user.email):
            self._accounts.reauthenticate(user, password, signed_in_at)
        if email == user.email:
            message = "This is the address of the account already."
            raise Unprocessable(errors=(FieldError("/email", "email_unchanged", message),))
        count_mail(email)
        self._ask_for_code(user, email)

    def _ask_for_code(self, user: User, email: str) -> None:
        was = self._records.get(user.id)
        record = address_records.live(was, self._now)
        _check_quota(record, self._now)
        if address_records.is_being_restored(record):
            raise Contention
        holder = self._holder(email)
        change_id, code = uuid.uuid4().hex, new_code()
        pending = PendingChange(
            id=change_id,
            email=email,
            code_mac=self._secrets.mac_of(change_id, code),
            until=self._now + address_records.CODE_SECONDS,
        )
        self._records.put(user.id, replace(record, pending=pending), was=was)
        if holder in (None, user.id):
            self._outbox.send(email_code(user, email, change_id, code))
        else:
            self._outbox.send(email_taken(email))

    def _holder(self, email: str) -> str | None:
        """Both are asked in any case: what is asked tells nothing."""
        account, kept_for = self._identity.get_user(email), self._records.holder(email)
        return account.user_id if account is not None else kept_for

    def confirm(self, user: User, code: str) -> None:
        """Give the account the address that the code proves. Repeat it after a lost answer: that is success.

        Raises:
            InvalidCode: wrong, expired, tried too often, or none was asked for.
            Conflict: another account has the address by now (code `email_taken`).
            Contention: another request of the account was at the same time.
        """
        was = self._records.get(user.id)
        pending = address_records.live(was, self._now).pending
        if pending is None or pending.failures >= _MOST_GUESSES:
            raise InvalidCode
        if not pending.is_proven:
            was = self._count_guess(user, was, pending)
        if not self._secrets.is_code(pending.id, code, pending.code_mac):
            raise InvalidCode
        if not pending.is_done:
            self._carry_out(user, was, pending)

    def _count_guess(self, user: User, was: AddressRecord, pending: PendingChange) -> AddressRecord:
        """Before the code is looked at, so that guesses at the same time are as many as are counted."""
        guessed = replace(pending, failures=pending.failures + 1)
        return self._records.put(user.id, replace(was, pending=guessed), was=was)

    def _caught_up(self, user: User) -> User:
        """The account after a change that was proven, and interrupted."""
        record = self._records.get(user.id)
        pending = address_records.live(record, self._now).pending
        if pending is None or not pending.is_proven or pending.is_done:
            return user
        with suppress(Conflict):  # then it is given up
            self._carry_out(user, record, pending)
        return self._users.get(user.id) or user

    def _carry_out(self, user: User, was: AddressRecord, pending: PendingChange) -> None:
        now = self._now
        begun = address_records.proven(address_records.live(was, now), pending, user.email, now)
        record = self._records.put(user.id, begun, was=was)
        self._set(user, record, pending.email)
        self._moves.move(user, pending.email, self._link(user, record))
        self._finish(user, record)

    def _set(self, user: User, record: AddressRecord, email: str) -> None:
        try:
            self._identity.set_email(user.id, email)
        except Conflict:
            given_up = replace(address_records.finished(record), pending=None)
            self._records.put(user.id, given_up, was=record)
            raise

    def _link(self, user: User, record: AddressRecord) -> str | None:
        former = address_records.find(record, user.email)
        return None if former is None else self._secrets.link_of(user.id, former.nonce)

    def _finish(self, user: User, record: AddressRecord) -> None:
        try:
            self._records.put(user.id, address_records.finished(record), was=record)
        except Contention:
            self._settle(user, record)

    def _settle(self, user: User, record: AddressRecord) -> None:
        """A repetition of this change was at the same time, and has finished it. If an undo followed right after,
        ours may have set the address once more."""
        now_kept = self._records.get(user.id)
        if now_kept.pending is not None and now_kept.pending.id == record.operation:
            return
        if not now_kept.operation and (current := self._users.get(user.id)) is not None:
            self._identity.set_email(user.id, current.email)
        raise Contention

    @property
    def _now(self) -> int:
        return int(self._clock())


def _check_quota(record: AddressRecord, now: int) -> None:
    if len(record.former) >= _MOST_FORMER:
        wait = min(former.until for former in record.former) - now
        raise TooManyRequests(
            "The address was changed too often lately. Try again in some days.",
            code="too_many_address_changes",
            headers={"Retry-After": str(wait)},
        )
