"""AWS credentials for a user's own folder."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FolderCredentials:
    """Temporary AWS credentials that read below `prefix` of `bucket`."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires_at: datetime
    region: str
    bucket: str
    prefix: str


class FolderCredentialsProvider(Protocol):
    def credentials(self, user_id: str, id_token: str) -> FolderCredentials:
        """Credentials for an hour, for the user of the ID token, who must be the caller.

        Raises:
            app.errors.BadRequest: the token is not valid, or another user's (code `invalid_id_token`).
        """
        ...
