"""Shared parts of the repositories over the Operations table."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.aws.clients import Clients

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient


class OperationsTable:
    """`clock` gives seconds since the epoch."""

    def __init__(self, clients: Clients, table: str, clock: Callable[[], float] = time.time) -> None:
        self._clients = clients
        self._table = table
        self._clock = clock

    @property
    def _dynamodb(self) -> "DynamoDBClient":
        return self._clients.dynamodb
