"""Clients of the embedded AWS."""

from typing import Any

import boto3
from botocore.config import Config

from devstack.credentials import Credentials
from devstack.environment import REGION

_CONFIG = Config(
    connect_timeout=2,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 1},
    proxies={},
)


class Aws:
    """Each client is made when first asked for, and kept."""

    def __init__(self, endpoint: str, credentials: Credentials) -> None:
        self.endpoint = endpoint
        self._session = boto3.session.Session(
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            region_name=REGION,
        )
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            build: Any = self._session.client
            self._clients[service] = build(service, endpoint_url=self.endpoint, config=_CONFIG)
        return self._clients[service]
