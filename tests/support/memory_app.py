"""The application over storage in memory, with tokens and secrets that need no other service."""

import time

from fastapi import FastAPI

from app.auth.principal import Principal
from app.config.api import Settings
from app.errors import Unauthenticated
from app.main import create_app
from app.ports.storage import Storage
from support.environment import ENVIRONMENT


def app_over(storage: Storage) -> FastAPI:
    app = create_app(Settings.from_env(ENVIRONMENT))
    container = app.state.container
    container.verifier = KnownTokens()
    container.storage = storage
    container.secret = FixedSecret()
    return app


class KnownTokens:
    """A verifier that knows some tokens by heart: `user-a`, `user-b` and `admin`."""

    issuer = "https://issuer.example"

    def recall(self, token: str) -> Principal | None:
        return None

    def verify(self, token: str) -> Principal:
        if token not in ("user-a", "user-b", "admin"):
            raise Unauthenticated
        groups = frozenset({"admin"} if token == "admin" else ())
        issued = int(time.time())
        return Principal(
            user_id=token,
            username=token,
            groups=groups,
            client_id="client",
            token_id="jti",
            issued_at=issued,
            signed_in_at=issued,
            expires_at=issued + 3600,
            token=token,
        )


class FixedSecret:
    """A test may change `fields`."""

    def __init__(self) -> None:
        self.fields = {"cursorKey": "a secret for cursorKey", "syncKey": "a key", "epoch": "1"}

    def value(self, name: str) -> str:
        return self.fields[name]

    def values(self) -> dict[str, str]:
        return self.fields
