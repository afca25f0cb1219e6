"""The people of a fresh stack. They sign up as anybody does, so the trigger that records them runs, too."""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from devstack.aws import Aws
from project.errors import StackError

_CODE = "123456"
"""The confirmation code that the embedded Cognito sends to everybody."""


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    name: str
    password: str = "Local-demo-2026"
    admin: bool = False


DEMO = Person("demo@example.com", "Demo User")
ADMIN = Person("admin@example.com", "Admin User", admin=True)


def seed(aws: Aws, pool: str, client: str) -> None:
    """Create the users that are missing; change none that exist.

    Raises:
        StackError: with what the embedded Cognito says.
    """
    for person in (DEMO, ADMIN):
        try:
            _ensure(aws, pool, client, person)
        except ClientError as error:
            raise StackError(f"{person.email}: {error.response['Error']['Message']}") from error


def _ensure(aws: Aws, pool: str, client: str, person: Person) -> None:
    cognito = aws.client("cognito-idp")
    if _status(aws, pool, person) is None:
        cognito.sign_up(
            ClientId=client,
            Username=person.email,
            Password=person.password,
            UserAttributes=[{"Name": "email", "Value": person.email}, {"Name": "name", "Value": person.name}],
        )
    if _status(aws, pool, person) == "UNCONFIRMED":
        cognito.confirm_sign_up(ClientId=client, Username=person.email, ConfirmationCode=_CODE)
    if person.admin:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=person.email, GroupName="admin")


def _status(aws: Aws, pool: str, person: Person) -> str | None:
    cognito = aws.client("cognito-idp")
    try:
        found: str = cognito.admin_get_user(UserPoolId=pool, Username=person.email)["UserStatus"]
    except cognito.exceptions.UserNotFoundException:
        return None
    return found
