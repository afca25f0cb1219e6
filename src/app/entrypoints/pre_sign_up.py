"""Cognito's pre-sign-up trigger: refuses an address that is not in canonical form, or is kept for another account.

The API brings addresses to that form; an SDK that calls the pool directly may not, and the pool would take two forms
of one address for two accounts. An account that has changed its address can get the former one back for a while:
no other account may sign up with it until then, through whichever client.
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html
"""

from app.cold_start import before_snapshot, frozen_imports

with frozen_imports():
    from functools import cache
    from importlib import import_module
    from typing import Any

    from app import addresses, deadline
    from app.bootstrap import Worker
    from app.config.pre_sign_up import PreSignUpSettings

_SECONDS = 4.5
"""Cognito waits five."""

Event = dict[str, Any]


class AddressRefused(Exception):
    """Cognito shows the message to the client, after "PreSignUp failed with error"."""


def handler(event: Event, _context: object) -> Event:
    """Raises:
    AddressRefused: Cognito makes no account.
    """
    email = event["request"]["userAttributes"].get("email", "")
    check(email)
    with deadline.within(_SECONDS):
        refuse_kept(email.lower())
    return event


def check(email: str) -> None:
    """Case may differ: the pool ignores case."""
    try:
        is_canonical = addresses.parse_deliverable(email) == email.lower()
    except addresses.NotAnAddress:
        is_canonical = False
    if not is_canonical:
        raise AddressRefused(
            "Use an e-mail address that can receive mail, with the domain as DNS has it (xn--)."
        )


def refuse_kept(email: str) -> None:
    """Raises:
    AddressRefused: the address is kept for the account that has left it.
    """
    if own().storage.address_changes.holder(email) is not None:
        raise AddressRefused("This e-mail address cannot be used now. Try again in some days.")


@cache
def own() -> Worker[PreSignUpSettings]:
    return Worker(PreSignUpSettings.from_env())


def _warm() -> None:
    """The repository is imported; it connects at its first call."""
    import_module("idna")
    own().clients.load("dynamodb")
    own().storage.address_changes  # noqa: B018


before_snapshot(_warm)
