"""Signing up without revealing whether an address has an account.

A taken address is answered like a free one, after calls to the identity provider of the same number and kind, and its
owner is notified by mail. An address that waits to be confirmed gets a new code instead of a second account.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace

from app.errors import Conflict, Contention, Unprocessable
from app.ports.identity import CodeDelivery, IdentityProvider, Registration
from app.services.mail.kinds import account_exists, email_taken
from app.services.mail.outbox import Outbox

_KEPT = 14
"""Hex digits. Ids of Cognito begin in a way that a random UUID does not, which is not documented: a made-up id
begins as the one it stands for. What differs between users in there is less than half of it."""
_HEX = "0123456789abcdef"


def register(
    identity: IdentityProvider,
    outbox: Outbox,
    email: str,
    password: str,
    name: str | None,
    *,
    holder: Callable[[str], str | None] = lambda _email: None,
) -> Registration:
    """A new account, or what looks like one. `holder` gives the user for whom a former address is kept: the pool's
    trigger refuses it then.

    Raises:
        Unprocessable: the pool refuses the address, the password or the name.
        Contention: the address was signed up by another request meanwhile.
    """
    account = identity.get_user(email)
    if account is not None and not account.confirmed:
        identity.resend_code(email)
        return _as_if_new(account.user_id, email)
    try:
        return _masked(identity.sign_up(email, password, name), email)
    except Conflict:
        if account is None:
            raise Contention from None
        outbox.offer(account_exists(email, account.user_id))
        return _as_if_new(account.user_id, email)
    except Unprocessable:
        owner = holder(email)
        if owner is None:
            raise
        outbox.offer(email_taken(email))
        return _as_if_new(owner, email)


def _masked(registration: Registration, email: str) -> Registration:
    """The destination in the form that a made-up one has."""
    return registration if registration.delivery is None else replace(registration, delivery=_delivery(email))


def _as_if_new(user_id: str, email: str) -> Registration:
    return Registration(_made_up(user_id), confirmed=False, delivery=_delivery(email))


def _delivery(email: str) -> CodeDelivery:
    local, _, domain = email.rpartition("@")
    return CodeDelivery(f"{local[0]}***@{domain[0]}***", "email")


def _made_up(user_id: str) -> str:
    """An id of the form of `user_id`, random but for its first digits and the variant of the UUID (RFC 9562, 4.1)."""
    start, variant = _position(user_id, _KEPT), _position(user_id, 16)
    return "".join(
        char if place < start or place == variant or char == "-" else secrets.choice(_HEX)
        for place, char in enumerate(user_id)
    )


def _position(user_id: str, digit: int) -> int:
    """Where the hex digit of this number is, counted from zero."""
    places = [place for place, char in enumerate(user_id) if char != "-"]
    return places[digit]
