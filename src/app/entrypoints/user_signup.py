"""Cognito's post-confirmation trigger: welcomes and records a user who has confirmed the e-mail address, and ends the
sessions of one who has reset the password, through whichever client.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
"""

from app.cold_start import before_snapshot, frozen_imports

with frozen_imports():
    import math
    import time
    from collections.abc import Callable
    from functools import cache
    from typing import Any

    from app import deadline
    from app.aws.clients import data_services
    from app.aws.queue import SqsQueue
    from app.bootstrap import Worker
    from app.config.sign_up import SignupSettings
    from app.ports.identity import Account
    from app.ports.storage import Storage
    from app.ports.user_data import UserDataRepository
    from app.ports.users import UserRecordMissing, UserRepository
    from app.services.accounts import record_of
    from app.services.mail.kinds import welcome
    from app.services.mail.outbox import Outbox
    from app.services.prefill import fill_profiles, prefilled

Event = dict[str, Any]

_CONFIRMED = "PostConfirmation_ConfirmSignUp"
_RESET = "PostConfirmation_ConfirmForgotPassword"
_SECONDS = 4.5
"""Cognito waits five: so that what keeps us waiting is in the log before the function is stopped."""


def handler(event: Event, _context: object) -> Event:
    """Cognito waits five seconds, tries three times, and expects the event back."""
    source = event["triggerSource"]
    attributes = event["request"]["userAttributes"]
    storage = own().storage
    with deadline.within(_SECONDS):
        if source == _CONFIRMED:
            record(attributes, storage.users, outbox(), storage.user_data)
        if source == _RESET:
            end_sessions(attributes, storage, outbox())
    return event


def record(
    attributes: dict[str, str], repository: UserRepository, outbox: Outbox, held: UserDataRepository
) -> None:
    """Idempotent: a record that is there already, from an earlier try or from first use, stays as it is.

    The mail goes first: where the queue fails every time, there is no record, and first use makes up for both.
    """
    user = prefilled(record_of(Account.of(attributes)), held)
    outbox.send(welcome(user))
    repository.create(user)
    fill_profiles(repository, held, [user.email])


def end_sessions(
    attributes: dict[str, str],
    storage: Storage,
    outbox: Outbox,
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Refuse every token issued until now. Returns when tokens are good again, so that who signs in next with the new
    password is let in. There is no cache here: a process may know the account for ten seconds more.

    An account without a record gets one, unless it is being erased.
    """
    user_id, valid_after = attributes["sub"], math.floor(clock()) + 1
    try:
        storage.users.revoke_tokens(user_id, valid_after)
    except UserRecordMissing:
        if storage.erasures.state(user_id) is not None:
            return
        record(attributes, storage.users, outbox, storage.user_data)
        storage.users.revoke_tokens(user_id, valid_after)
    sleep(max(0.0, valid_after - clock()))


@cache
def own() -> Worker[SignupSettings]:
    return Worker(SignupSettings.from_env())


@cache
def outbox() -> Outbox:
    return Outbox(SqsQueue(own().clients, own().settings.email_queue_url))


def _warm() -> None:
    """The repositories are imported; they connect at their first call."""
    own().clients.load("dynamodb", "sqs", *data_services(own().settings.database))
    storage = own().storage
    for repository in ("users", "user_data", "erasures"):
        getattr(storage, repository)


before_snapshot(_warm)
