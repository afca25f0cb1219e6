"""Shared parts of the repositories over the Users and Todos tables, whose changes raise a user's revision."""

from typing import TYPE_CHECKING

from app.aws.clients import Clients

if TYPE_CHECKING:
    from types_boto3_dynamodb.client import DynamoDBClient


class UserTables:
    def __init__(self, clients: Clients, *, todos_table: str, users_table: str) -> None:
        self._clients = clients
        self._todos = todos_table
        self._users = users_table

    @property
    def _dynamodb(self) -> "DynamoDBClient":
        return self._clients.dynamodb
