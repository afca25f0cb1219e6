"""Cognito's pre-sign-up trigger: refuses an address that is not in canonical form.

The API brings addresses to that form; an SDK that calls the pool directly may not, and the pool would take two forms
of one address for two accounts.
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html
"""

from app.cold_start import before_snapshot, frozen_imports

with frozen_imports():
    from functools import cache
    from importlib import import_module
    from typing import Any

    from app import addresses
    from app.config.pre_sign_up import PreSignUpSettings
    from app.logs import configure_logging

Event = dict[str, Any]


class AddressRefused(Exception):
    """Cognito shows the message to the client, after "PreSignUp failed with error"."""


def handler(event: Event, _context: object) -> Event:
    """Raises:
    AddressRefused: Cognito makes no account.
    """
    settings()
    check(event["request"]["userAttributes"].get("email", ""))
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


@cache
def settings() -> PreSignUpSettings:
    settings = PreSignUpSettings.from_env()
    configure_logging("INFO", settings.stack_name)
    return settings


before_snapshot(lambda: import_module("idna"))
