"""Limits of what needs no account: wrong passwords and codes, sign-ups, mails.

A guess is counted before it is made, so that guesses at the same time cannot pass a limit together, and given back
when it was right. The strict limit of wrong guesses is that of a pair, an address and a network: a stranger elsewhere
cannot lock its owner out. Counters have names that only the deployment's key leads to.
"""

import hashlib
import hmac
import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Literal

from app import deadline
from app.addresses import kept
from app.errors import AppError, InvalidCode, InvalidCredentials, TooManyRequests, Unavailable, WrongPassword
from app.limit_settings import Limit
from app.limit_settings import Limits as Settings
from app.logs import counted
from app.ports.limits import LimitRepository

_log = logging.getLogger("app.limits")

_PATIENCE = 2.0
"""Seconds that a request waits for its counters, each time: enough for a cold start to build its clients and connect.
Without an answer it goes on uncounted: an outage of the counters must not be one of signing in."""

_WRONG = (InvalidCode, InvalidCredentials, WrongPassword)
"""Outcomes of a guess that count."""
MailKind = Literal["resend", "forgot-password", "email"]
"""The route that sends it. A sign-up counts by itself."""
_Use = tuple[str, str]
"""The name of a limit, and what of: an address, a network, or a pair of both."""


class LimitReached(TooManyRequests):
    """With the fields of draft-ietf-httpapi-ratelimit-headers."""

    default_code = "rate_limited"
    default_detail = "Too many requests. Try again later."

    def __init__(self, name: str, limit: Limit, wait: float) -> None:
        seconds = math.ceil(wait)
        super().__init__(
            headers={
                "Retry-After": str(seconds),
                "RateLimit-Policy": f'"{name}";q={limit.count};w={limit.seconds}',
                "RateLimit": f'"{name}";r=0;t={seconds}',
            }
        )


class TooManyAttempts(LimitReached):
    """Of guesses at a password or a code."""

    default_code = "too_many_attempts"
    default_detail = "Too many wrong attempts. Wait before you try again."


class Limits:
    """The limits of one caller. `network` may raise `app.errors.Unavailable`, as `key` may."""

    def __init__(
        self,
        settings: Settings,
        counters: LimitRepository,
        *,
        key: Callable[[], bytes],
        network: Callable[[], str],
    ) -> None:
        self._settings = settings
        self._counters = counters
        self._key = key
        self._find_network = network
        self._works = bool(settings)

    @contextmanager
    def password(self, address: str) -> Iterator[None]:
        """Around the use of a password, at sign-in or to confirm what only the owner may do: at each place that tries
        one, since a guesser uses the one that counts nothing. A refusal because of the password counts; success
        begins again, and what failed for another reason counts for nothing.

        Raises:
            TooManyAttempts: before the block begins.
        """
        with self._guess("passwords", address):
            yield

    @contextmanager
    def code(self, address: str) -> Iterator[None]:
        """Like `password`, around the use of a code."""
        with self._guess("codes", address):
            yield

    def forgive_passwords(self, address: str) -> None:
        """Forget the wrong passwords of a pair, whose password was set by a code."""
        self._ask(lambda: self._counters.clear(self._hashed("passwords", self._pair(address))))

    def sign_up(self, address: str) -> None:
        """Before an account is made, of which a mail is sent.

        Raises:
            LimitReached
        """
        self._ask(
            lambda: self._take(
                LimitReached,
                ("sign-ups", self._network),
                ("mails", f"{_plain(address)} signup"),
                ("network-mails", self._network),
            )
        )

    def mail(self, address: str, kind: MailKind) -> None:
        """Before a mail of a kind is sent, whether or not there is an account. Each kind has a counter of its own:
        `resend` mails nothing to most addresses, and must not use up what resets a password.

        Raises:
            LimitReached
        """
        self._ask(
            lambda: self._take(
                LimitReached, ("mails", f"{_plain(address)} {kind}"), ("network-mails", self._network)
            )
        )

    @contextmanager
    def _guess(self, name: str, address: str) -> Iterator[None]:
        self._ask(lambda: self._take(TooManyAttempts, *self._of_guess(name, address)))
        try:
            yield
        except _WRONG:
            raise
        except AppError:
            self._ask(lambda: self._give_back(*self._of_guess(name, address)))
            raise
        self._ask(lambda: self._begin_again(*self._of_guess(name, address)))

    def _of_guess(self, name: str, address: str) -> tuple[_Use, _Use]:
        return (name, self._pair(address)), ("network-guesses", self._network)

    @cached_property
    def _network(self) -> str:
        return self._find_network()

    def _pair(self, address: str) -> str:
        return f"{_plain(address)} {self._network}"

    def _take(self, refusal: type[LimitReached], *uses: _Use) -> None:
        """Count all uses, or none of them: what is refused for one limit does not use up another."""
        for number, (name, of) in enumerate(uses):
            limit = self._settings[name]
            wait = self._counters.take(self._hashed(name, of), limit)
            if wait > 0:
                self._give_back(*uses[:number])
                _log.warning("limit reached", extra=counted("LimitReached", limit=name))
                raise refusal(name, limit, wait)

    def _give_back(self, *uses: _Use) -> None:
        for name, of in uses:
            self._counters.give_back(self._hashed(name, of))

    def _begin_again(self, pair: _Use, network: _Use) -> None:
        self._counters.clear(self._hashed(*pair))
        self._give_back(network)

    def _hashed(self, name: str, of: str) -> str:
        return hmac.digest(self._key(), f"{name} {of}".encode(), hashlib.sha256).hex()

    def _ask(self, step: Callable[[], None]) -> None:
        """Go on without counters that do not answer in time, and do not ask them again in this request."""
        if not self._works:
            return
        try:
            with deadline.within(_PATIENCE):
                step()
        except Unavailable:
            self._works = False
            _log.error("limits not counted", extra=counted("LimitsUnavailable"))


def derived_key(cursor_key: str) -> bytes:
    """A key that says nothing of the one it comes from."""
    return hmac.digest(cursor_key.encode(), b"limitKey", hashlib.sha256)


def _plain(address: str) -> str:
    """One name for all spellings of an address. A lone surrogate cannot be hashed."""
    return kept(address).encode("utf-8", "replace").decode()
