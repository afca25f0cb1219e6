"""The repositories over one DynamoDB engine, whichever it is."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from app.aws.clients import Clients
from app.config import Settings
from app.repositories.dynamodb.idempotency import DynamoOperations
from app.repositories.dynamodb.storage import DynamoStorage
from app.repositories.dynamodb.users import DynamoUsers
from support.clients import clients_for
from support.credentials import CREDENTIALS
from support.environment import ENVIRONMENT


@dataclass
class Clock:
    """Seconds since the epoch, moved by hand."""

    now: float = 1_700_000_000.5

    def __call__(self) -> float:
        return self.now


@dataclass
class Storage:
    clients: Clients
    settings: Settings
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.todos = DynamoStorage(self.clients, self.settings).todos
        self.users = DynamoUsers(self.clients, self.settings.users_table)
        self.operations = DynamoOperations(self.clients, self.settings.operations_table, self.clock)


def settings_for(endpoint: str | None) -> Settings:
    """Tables are named after their logical ids in the template."""
    return Settings.from_env(
        {
            **ENVIRONMENT,
            "AWS_ENDPOINT_URL": endpoint or "",
            "TODOS_TABLE": "TodosTable",
            "USERS_TABLE": "UsersTable",
            "FILES_TABLE": "FilesTable",
            "USER_DATA_TABLE": "UserDataTable",
            "OPERATIONS_TABLE": "OperationsTable",
        }
    )


@contextmanager
def storage_at(endpoint: str | None) -> Iterator[Storage]:
    """The repositories over `endpoint`; `None` is AWS itself, or what stands in for it in this process."""
    settings = settings_for(endpoint)
    with patch.dict("os.environ", CREDENTIALS.variables):
        storage = Storage(clients_for(settings), settings)
        with closing(storage.clients.dynamodb):  # built here, it takes these credentials
            yield storage
