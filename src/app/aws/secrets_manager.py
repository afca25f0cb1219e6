"""The shared secret of a deployment: one JSON object in Secrets Manager, fetched once and kept for a while."""

import json
import time
from collections.abc import Callable
from threading import Lock

from botocore.exceptions import BotoCoreError, ClientError

from app.aws.clients import Clients
from app.blocking import about_to_block
from app.errors import Unavailable

_TTL = 300.0
"""Seconds until a rotated secret is seen."""


class SharedSecret:
    def __init__(self, clients: Clients, arn: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clients = clients
        self._arn = arn
        self._clock = clock
        self._lock = Lock()
        self._values: dict[str, str] = {}
        self._expires = float("-inf")

    def value(self, name: str) -> str:
        """One field of the secret. Raises what `values` does."""
        return self.values()[name]

    def values(self) -> dict[str, str]:
        """The fields of the secret. An outage is bridged with the values last seen.

        Raises:
            Unavailable: Secrets Manager does not answer and nothing was seen yet.
        """
        if self._clock() >= self._expires:
            self._refresh_once()
        return self._values

    def _refresh_once(self) -> None:
        """Other callers wait until the first has refreshed the values, so this may block without a call, too."""
        about_to_block()
        with self._lock:
            if self._clock() >= self._expires:
                self._refresh()

    def _refresh(self) -> None:
        try:
            answer = self._clients.secrets.get_secret_value(SecretId=self._arn)
        except (BotoCoreError, ClientError, Unavailable) as error:
            if not self._values:
                raise Unavailable from error
        else:
            self._values = json.loads(answer["SecretString"])
        self._expires = self._clock() + _TTL
