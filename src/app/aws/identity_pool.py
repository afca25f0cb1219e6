"""Temporary AWS credentials for a user's own folder, from the identity pool.

What they allow is the business of the pool's role: to read below the user's own prefix, known by the principal tag
that Cognito takes from the token. Writing goes through `/v1/files`, where quotas and records are kept.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from app.auth.compact import parse
from app.aws.clients import Clients
from app.aws.errors import map_aws_errors
from app.aws.user_objects import folder
from app.errors import BadRequest, TooManyRequests
from app.ports.folder_credentials import FolderCredentials

if TYPE_CHECKING:
    from types_boto3_cognito_identity.client import CognitoIdentityClient

_REFUSED = {
    "InvalidParameterException",
    "NotAuthorizedException",
    "ResourceConflictException",
    "ResourceNotFoundException",
}


class IdentityPool:
    """Credentials for the folders of `bucket`, for users whom `issuer` has signed in."""

    def __init__(self, clients: Clients, *, pool_id: str, issuer: str, bucket: str) -> None:
        self._clients = clients
        self._pool = pool_id
        self._provider = issuer.removeprefix("https://")
        self._bucket = bucket

    @property
    def _identity(self) -> "CognitoIdentityClient":
        return self._clients.cognito_identity

    def credentials(self, user_id: str, id_token: str) -> FolderCredentials:
        """Credentials for an hour, for the user of the ID token, who must be the caller.

        The token's `sub` is read before anything is verified: Cognito verifies the token, and gives nothing for one
        whose claims are not its own.

        Raises:
            BadRequest: the token is not valid, or another's (code `invalid_id_token`).
        """
        if _subject(id_token) != user_id:
            raise _invalid()
        logins = {self._provider: id_token}
        with _refusals():
            identity = self._identity.get_id(IdentityPoolId=self._pool, Logins=logins)
            answer = self._identity.get_credentials_for_identity(
                IdentityId=identity["IdentityId"], Logins=logins
            )
        given = answer["Credentials"]
        return FolderCredentials(
            access_key_id=given["AccessKeyId"],
            secret_access_key=given["SecretKey"],
            session_token=given["SessionToken"],
            expires_at=given["Expiration"],
            region=self._clients.region,
            bucket=self._bucket,
            prefix=folder(user_id),
        )


def _subject(id_token: str) -> object:
    try:
        return parse(id_token).payload.get("sub")
    except (ValueError, RecursionError):
        raise _invalid() from None


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        with map_aws_errors():
            yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "TooManyRequestsException":
            raise TooManyRequests from error
        if code in _REFUSED:
            raise _invalid() from error
        raise


def _invalid() -> BadRequest:
    return BadRequest("The ID token is not valid, or not yours.", code="invalid_id_token")
