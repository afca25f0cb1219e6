"""Cognito's post-confirmation trigger: welcomes and records a user who has confirmed the e-mail address.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
"""

from functools import cache
from typing import Any

from app import deadline
from app.clients import Clients
from app.config import SignupSettings
from app.logs import configure_logging
from app.repositories.counted import CountedUsers
from app.repositories.protocols import UserDataRepository, UserRepository
from app.repositories.user_data import DynamoUserData
from app.services.accounts import record_of
from app.services.email import EmailQueue, welcome
from app.services.identity import Account
from app.services.ingest.linking import prefilled

Event = dict[str, Any]

_CONFIRMED = "PostConfirmation_ConfirmSignUp"
_SECONDS = 4.5
"""Cognito waits five: so that what keeps us waiting is in the log before the function is stopped."""


def handler(event: Event, _context: object) -> Event:
    """Cognito waits five seconds, tries three times, and expects the event back. A password reset comes here too."""
    if event["triggerSource"] == _CONFIRMED:
        with deadline.within(_SECONDS):
            record(event["request"]["userAttributes"], users(), mail_queue(), user_data())
    return event


def record(
    attributes: dict[str, str], repository: UserRepository, mail: EmailQueue, held: UserDataRepository
) -> None:
    """Idempotent: a record that is there already, from an earlier try or from first use, stays as it is.

    The mail goes first: where the queue fails every time, there is no record, and first use makes up for both.
    """
    user = prefilled(record_of(Account.of(attributes)), held)
    mail.send(welcome(user))
    repository.create(user)


@cache
def settings() -> SignupSettings:
    settings = SignupSettings.from_env()
    configure_logging("INFO", settings.stack_name)
    return settings


@cache
def clients() -> Clients:
    return Clients(settings())


@cache
def users() -> UserRepository:
    return CountedUsers(clients(), settings())


@cache
def mail_queue() -> EmailQueue:
    return EmailQueue(clients(), settings().email_queue_url)


@cache
def user_data() -> UserDataRepository:
    return DynamoUserData(clients(), settings())
