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
    from app.aws.clients import Clients
    from app.aws.queue import SqsQueue
    from app.config import SignupSettings
    from app.logs import configure_logging
    from app.ports import UserDataRepository, UserRecordMissing, UserRepository
    from app.ports.identity import Account
    from app.repositories.dynamodb.erasures import DynamoErasures
    from app.repositories.dynamodb.user_data import DynamoUserData
    from app.repositories.dynamodb.users import DynamoUsers
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
    with deadline.within(_SECONDS):
        if source == _CONFIRMED:
            record(attributes, users(), outbox(), user_data())
        if source == _RESET:
            end_sessions(attributes, users(), outbox(), user_data(), is_erased=is_erased)
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
    repository: UserRepository,
    outbox: Outbox,
    held: UserDataRepository,
    *,
    is_erased: Callable[[str], bool],
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Refuse every token issued until now. Returns when tokens are good again, so that who signs in next with the new
    password is let in. There is no cache here: a process may know the account for ten seconds more.

    An account without a record gets one, unless it is being erased.
    """
    user_id, valid_after = attributes["sub"], math.floor(clock()) + 1
    try:
        repository.revoke_tokens(user_id, valid_after)
    except UserRecordMissing:
        if is_erased(user_id):
            return
        record(attributes, repository, outbox, held)
        repository.revoke_tokens(user_id, valid_after)
    sleep(max(0.0, valid_after - clock()))


@cache
def settings() -> SignupSettings:
    settings = SignupSettings.from_env()
    configure_logging("INFO", settings.stack_name)
    return settings


@cache
def clients() -> Clients:
    return Clients(settings().aws_region, settings().aws_endpoint_url)


@cache
def users() -> UserRepository:
    if (url := settings().database_url) is not None:
        from app.repositories.postgres.database import Database
        from app.repositories.postgres.users import PostgresUsers

        return PostgresUsers(Database(url))
    return DynamoUsers(clients(), settings().users_table)


@cache
def outbox() -> Outbox:
    return Outbox(SqsQueue(clients(), settings().email_queue_url))


@cache
def user_data() -> UserDataRepository:
    return DynamoUserData(clients(), settings().user_data_table)


before_snapshot(lambda: clients().load("dynamodb", "sqs"))


def is_erased(user_id: str) -> bool:
    return DynamoErasures(clients(), settings().operations_table).state(user_id) is not None
