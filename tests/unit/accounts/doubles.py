"""Accounts for tests: a clock, tokens known by heart, and what Cognito answers."""

import time
from dataclasses import dataclass, field
from typing import Any

from botocore.stub import Stubber

from app.auth.principal import Principal
from app.config.api import Settings
from app.errors import Unauthenticated
from support.environment import ENVIRONMENT

EMAIL = "ada@example.com"
PASSWORD = "Correct-Horse-7"
USER_ID = "5f0c2f6e-8a3b-4f5e-9a51-0d6f2b1c7e55"
POOL = "us-east-1_unit"
CLIENT = "client"
SITE_CLIENT = "site-client"

SETTINGS = Settings.from_env(
    {
        **ENVIRONMENT,
        "USER_POOL_ID": POOL,
        "USER_POOL_CLIENT_ID": CLIENT,
        "USER_POOL_SITE_CLIENT_ID": SITE_CLIENT,
    }
)


@dataclass
class Clock:
    """A clock that only sleeping moves."""

    now: float = 1_800_000_000.25
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class KnownTokens:
    """A verifier that takes `<user id>` and `<user id>.<group>.<group>` for tokens; `~` is a space in a group."""

    issuer = SETTINGS.token_issuer

    def recall(self, token: str) -> Principal | None:
        return None

    def verify(self, token: str) -> Principal:
        user_id, *groups = token.split(".")
        if not user_id:
            raise Unauthenticated
        issued = int(time.time())
        return Principal(
            user_id=user_id,
            username=user_id,
            groups=frozenset(group.replace("~", " ") for group in groups),
            client_id=CLIENT,
            token_id="jti",
            issued_at=issued,
            signed_in_at=issued,
            expires_at=issued + 3600,
            token=token,
        )


def pool_user(user_id: str = USER_ID, **changes: Any) -> dict[str, Any]:
    """Cognito's answer to AdminGetUser."""
    attributes = {"sub": user_id, "email": EMAIL, "email_verified": "true", "name": "Ada"}
    return {
        "Username": user_id,
        "UserAttributes": [{"Name": name, "Value": value} for name, value in attributes.items()],
        "Enabled": True,
        "UserStatus": "CONFIRMED",
        **changes,
    }


class ScriptedCognito:
    """Cognito's scripted answers, in order. botocore's stubber checks calls and answers against the API's model."""

    def __init__(self, stubber: Stubber) -> None:
        self._stubber = stubber

    def answers(self, operation: str, answer: dict[str, Any], **expected: Any) -> None:
        self._stubber.add_response(operation, answer, expected)

    def refuses(self, operation: str, code: str, status: int = 400, message: str = "") -> None:
        self._stubber.add_client_error(operation, code, message, http_status_code=status)

    def knows(self, username: str, answer: dict[str, Any]) -> None:
        self.answers("admin_get_user", answer, UserPoolId=POOL, Username=username)

    def signs_out(self, user_id: str = USER_ID) -> None:
        self.answers("admin_user_global_sign_out", {}, UserPoolId=POOL, Username=user_id)
