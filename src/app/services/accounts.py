"""The rules of accounts: who may come in, and what ends a session.

Access tokens live for an hour and are verified without asking anyone, so ending a session at once takes a mark of
our own: `tokens_valid_after`, which every authenticated request is checked against.
"""

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app import addresses
from app.errors import (
    Conflict,
    Forbidden,
    InvalidCode,
    InvalidCredentials,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    WrongPassword,
)
from app.models.users import RecentAccount, User
from app.ports.identity import Account, ClientName, IdentityProvider, Registration, Tokens
from app.ports.users import UserRepository
from app.services.mail.kinds import password_changed, signed_out_everywhere, welcome
from app.services.mail.outbox import Outbox
from app.text import is_blank, one_line

if TYPE_CHECKING:
    from app.ports.activity import ActivityKind
    from app.services.activity import ActivityRecorder

_log = logging.getLogger("app.accounts")

_NAME_LENGTH = 100
_FRESH_SECONDS = 300
"""So long a sign-in stands for a password where there is none."""
_SIGN_UP_SECONDS = 0.4
"""Minimum response time of a sign-up. Cognito itself works longer for a free address: it calls a trigger and mails a
code. No call of ours is equal to that, so timing is evened by waiting here alone."""


def record_of(account: Account) -> User:
    """The record that an account starts with. Its name may come from elsewhere than our own sign-up."""
    name = one_line(account.name or "")[:_NAME_LENGTH].strip()
    return User(
        id=account.user_id, email=addresses.kept(account.email), name=None if is_blank(name) else name
    )


def admits(signed_in_at: int, account: User | RecentAccount) -> bool:
    """Whether an account lets in a session that began at `signed_in_at`: it is active, and has not signed out
    everywhere since."""
    return account.status == "active" and signed_in_at >= account.tokens_valid_after


class Accounts:
    def __init__(
        self,
        users: UserRepository,
        identity: IdentityProvider,
        outbox: Outbox,
        *,
        has_left: Callable[[str], bool] = lambda _user_id: False,
        prefilled: Callable[[User], User] = lambda user: user,
        fill: Callable[[User], None] = lambda _user: None,
        follow: Callable[[Tokens], None] = lambda _tokens: None,
        activity: "Callable[[], ActivityRecorder | None]" = lambda: None,
        holder: Callable[[str], str | None] = lambda _email: None,
        password_complexity: bool = True,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._users = users
        self._identity = identity
        self._outbox = outbox
        self._has_left = has_left
        self._prefilled = prefilled
        self._fill = fill
        self._follow = follow
        self._activity = activity
        self._holder = holder
        self._password_complexity = password_complexity
        self._clock = clock
        self._sleep = sleep

    def guard(self, user_id: str, username: str, signed_in_at: int) -> User:
        """The account behind a verified token, whose session began at `signed_in_at`, seconds since the epoch. The
        age of the session counts, since a refresh makes new tokens of an old one: a password reset by an SDK leaves
        the refresh tokens alive.

        Raises:
            Unauthenticated: there is none, it is disabled, or it has signed out everywhere since.
        """
        user = self._users.get(user_id) or self._provision_missing(user_id, username)
        if user is None or not admits(signed_in_at, user):
            raise Unauthenticated
        return user

    def sign_up(self, email: str, password: str, name: str | None) -> Registration:
        """Raises:
        Unprocessable: the password is not accepted, of whichever address.
        """
        from app.services.sign_up import register  # late: few cold starts sign anyone up

        self._check_password(password, email, name)
        earliest = self._clock() + _SIGN_UP_SECONDS
        try:
            return register(self._identity, self._outbox, email, password, name, holder=self._holder)
        finally:
            self._wait_until(earliest)

    def confirm(self, email: str, code: str, password: str | None = None) -> None:
        """That an account is confirmed already, as after a lost answer, is said to those who know its password.

        Raises:
            InvalidCode
            Conflict: with code `already_confirmed`.
        """
        try:
            self._identity.confirm_sign_up(email, code)
        except InvalidCode:
            if password is not None and self._gets_in(email, password):
                raise Conflict(
                    "The e-mail address is confirmed already. Log in.", code="already_confirmed"
                ) from None
            raise

    def resend_code(self, email: str) -> None:
        """Costs one call of the identity provider, whether there is such an account or not."""
        self._identity.resend_code(email)

    def log_in(self, email: str, password: str, client: ClientName = "app") -> Tokens:
        try:
            tokens = self._identity.log_in(email, password, client)
        except InvalidCredentials:
            if (activity := self._activity()) is not None:
                activity.sign_in_failed(lambda: self._identity.get_user(email), client)
            raise
        return self._followed(tokens)

    def record(self, user_id: str, kind: "ActivityKind") -> None:
        """Show the owner of the account what happened. The act is done whether or not that succeeds."""
        if (activity := self._activity()) is not None:
            activity.record(user_id, kind)

    def _check_password(
        self, password: str, email: str, name: str | None = None, *, pointer: str = "/password"
    ) -> None:
        from app.services.passwords import PasswordRules

        PasswordRules(complexity=self._password_complexity).check(password, email, name, pointer=pointer)

    def _gets_in(self, email: str, password: str) -> bool:
        """Return whether these let in. The session that proves it is ended again."""
        try:
            tokens = self._identity.log_in(email, password)
        except InvalidCredentials:
            return False
        except Forbidden:  # a second factor, which is asked for after the right password
            return True
        self._identity.revoke(tokens.refresh_token)
        return True

    def refresh(self, refresh_token: str, client: ClientName = "app") -> Tokens:
        return self._followed(self._identity.refresh(refresh_token, client))

    def _followed(self, tokens: Tokens) -> Tokens:
        """The record takes over an address that was changed at Cognito. The tokens are handed out in any case: a
        refresh token that was rotated cannot be had again."""
        try:
            self._follow(tokens)
        except (Conflict, TooManyRequests, Unavailable):
            _log.error("changed e-mail address not applied", exc_info=True)
        return tokens

    def forgot_password(self, email: str) -> None:
        """Costs one call of the identity provider, whether there is such an account or not."""
        self._identity.forgot_password(email)

    def reset_password(self, email: str, code: str, password: str) -> None:
        """Set a new password and end every session, including those of others who knew the old one.

        Raises:
            Unprocessable: the password is not accepted; the code is not spent.
            InvalidCode: wrong, expired, or there is no such account.
            Unavailable: with code `sessions_not_ended`, the password is changed and the sessions may live on.
        """
        self._check_password(password, email)  # the name is known to those alone who have proven the code
        self._identity.reset_password(email, code, password)
        self._outbox.offer(password_changed(email))
        with _sessions_may_live_on():
            self._sign_out_by_email(email)

    def change_password(self, user: User, access_token: str, current: str, new: str) -> None:
        """Where the new password is the one already, as after a lost answer, it is changed: the owner knows by mail.

        Raises:
            Unprocessable: the new password is not accepted.
            WrongPassword: neither of the two is the password.
        """
        self._check_password(new, user.email, user.name, pointer="/newPassword")
        try:
            self._identity.change_password(access_token, current, new)
        except WrongPassword:
            if self._gets_in(user.email, new):
                return
            raise
        self._outbox.offer(password_changed(user.email, user))
        self.record(user.id, "password_changed")

    def end_other_sessions(self, user: User, password: str, client: ClientName) -> Tokens | None:
        """Every token issued until now is dead when this returns; the caller goes on with new ones. `None` for an
        account with a second factor, which has to sign in again.

        Raises:
            Unavailable: with code `sessions_not_ended`, some may live on; safe to repeat.
        """
        with _sessions_may_live_on():
            self.end_all_sessions(user.id)
        try:
            return self._identity.log_in(user.email, password, client)
        except Forbidden:
            return None

    def end_all_sessions(self, user_id: str) -> None:
        """Every token issued until now is dead when this returns. Safe to repeat."""
        self._wait_until(self._end_sessions(user_id, self._identity.sign_out))

    def reauthenticate(self, user: User, password: str | None, signed_in_at: int) -> None:
        """Let pass those who know the password, and whose account has none, if they have signed in just now.

        Raises:
            WrongPassword
            Forbidden: with code `reauthentication_required`.
        """
        if password is not None:
            if not self._gets_in(user.email, password):
                raise WrongPassword("/password")
            return
        account = self._identity.get_user(user.id)
        if account is None or account.has_password:
            raise Forbidden("Send the password, too.", code="reauthentication_required")
        if self._clock() - signed_in_at >= _FRESH_SECONDS:
            raise Forbidden("Sign in again, then repeat the request.", code="reauthentication_required")

    def log_out(self, refresh_token: str) -> None:
        self._identity.revoke(refresh_token)

    def log_out_everywhere(self, user: User) -> None:
        """Every token issued until now is dead when this returns, and one issued after is good.

        Raises:
            Unavailable: some may live on; safe to repeat.
        """
        valid_after = self._end_sessions(user.id, self._identity.sign_out)
        self._outbox.offer(signed_out_everywhere(user, valid_after))
        self.record(user.id, "signed_out_everywhere")
        self._wait_until(valid_after)

    def update_profile(self, user_id: str, changes: dict[str, str | None]) -> User:
        """Set, or with `None` clear, `name`, `phone`, `locale`, `time_zone`."""
        return _existing(self._users.update_profile(user_id, changes))

    def get(self, user_id: str) -> User:
        """Any account, for an administrator.

        Raises:
            NotFound
        """
        return _existing(self._users.get(user_id) or self._provision_missing(user_id, user_id))

    def disable(self, user_id: str) -> User:
        """Lock an account out, at once. Safe to repeat, which completes what an outage has interrupted."""
        self.get(user_id)
        user = _existing(self._users.set_status(user_id, "disabled"))
        self._end_sessions(user_id, self._identity.disable, self._identity.sign_out)
        return user

    def enable(self, user_id: str) -> User:
        """Let an account in again. Tokens from before it was disabled stay dead."""
        self._identity.enable(user_id)
        self.get(user_id)
        user = _existing(self._users.set_status(user_id, "active"))
        self._wait_until(user.tokens_valid_after)
        return user

    def _provision_missing(self, user_id: str, username: str) -> User | None:
        """Make the record that the sign-up trigger should have made, if Cognito vouches for the account."""
        account = self._identity.get_user(username)
        if account is None or account.user_id != user_id or not (account.enabled and account.confirmed):
            return None
        return self._recorded(account)

    def _recorded(self, account: Account) -> User | None:
        """The record of an account, made now if there is none. Several may try at once: the first one counts.
        `None` for an account that is being erased."""
        if self._has_left(account.user_id):
            return self._users.get(account.user_id)
        user = self._prefilled(record_of(account))
        created = self._users.create(user)
        self._fill(user)
        if not created:
            return self._users.get(account.user_id)
        self._outbox.offer(welcome(user))
        return user

    def _sign_out_by_email(self, email: str) -> None:
        account = self._identity.get_user(email)
        if account is None:  # deleted meanwhile
            return
        if self._recorded(account) is None:
            return
        self.record(account.user_id, "password_reset")
        self.end_all_sessions(account.user_id)

    def _end_sessions(self, user_id: str, *stops: Callable[[str], None]) -> int:
        """Refuse the tokens issued so far, and have Cognito issue no more to any open session.

        The refusal comes first, to take effect at once, even if Cognito fails. It is renewed if a new second
        has begun by then: a session may have got itself a token in between. When this returns, every process refuses
        the tokens, also where the cache did not confirm the writes. Returns when tokens are good again.
        """
        valid_after = self._refuse_tokens(user_id)
        for stop in stops:
            stop(user_id)
        if self._clock() >= valid_after:
            valid_after = self._refuse_tokens(user_id)
        self._users.wait_until_visible(user_id)
        return valid_after

    def _refuse_tokens(self, user_id: str) -> int:
        """`iat` has whole seconds, so a token of this very second is refused only if the whole second is."""
        valid_after = math.floor(self._clock()) + 1
        self._users.revoke_tokens(user_id, valid_after)
        return valid_after

    def _wait_until(self, moment: float) -> None:
        while (ahead := moment - self._clock()) > 0:
            self._sleep(ahead)


@contextmanager
def _sessions_may_live_on() -> Iterator[None]:
    try:
        yield
    except (TooManyRequests, Unavailable):
        raise Unavailable(
            "The password is changed, but not every session could be ended. Log in and log out everywhere.",
            code="sessions_not_ended",
        ) from None


def _existing(user: User | None) -> User:
    if user is None:
        raise NotFound
    return user
