"""DynamoDB as a storage engine: the `Storage` that the composition root hands out."""

import time
from collections.abc import Callable
from functools import cached_property
from typing import Protocol

from app.aws.clients import Clients
from app.config import FilesSettings, OperationsSettings, TodosSettings, UserDataSettings
from app.repositories.dynamodb.audit import DynamoAudit
from app.repositories.dynamodb.costs import DynamoCosts
from app.repositories.dynamodb.erasures import DynamoErasures
from app.repositories.dynamodb.files import DynamoFiles
from app.repositories.dynamodb.idempotency import DynamoOperations
from app.repositories.dynamodb.imports import DynamoImports
from app.repositories.dynamodb.mail import DynamoMail
from app.repositories.dynamodb.stats import DynamoStats
from app.repositories.dynamodb.todos import DynamoTodos
from app.repositories.dynamodb.user_data import DynamoUserData
from app.repositories.dynamodb.users import DynamoUsers


class StorageSettings(TodosSettings, FilesSettings, UserDataSettings, OperationsSettings, Protocol):
    """The names of all tables, and the quota of to-dos."""


class DynamoStorage:
    """Each repository is built when it is first used. `clock` gives seconds since the epoch."""

    def __init__(
        self, clients: Clients, settings: StorageSettings, clock: Callable[[], float] = time.time
    ) -> None:
        self.clients = clients
        self.settings = settings
        self.clock = clock

    @cached_property
    def todos(self) -> DynamoTodos:
        return DynamoTodos(self.clients, self.settings)

    @cached_property
    def users(self) -> DynamoUsers:
        return DynamoUsers(self.clients, self.settings)

    @cached_property
    def files(self) -> DynamoFiles:
        return DynamoFiles(self.clients, self.settings)

    @cached_property
    def user_data(self) -> DynamoUserData:
        return DynamoUserData(self.clients, self.settings)

    @cached_property
    def imports(self) -> DynamoImports:
        return DynamoImports(self.clients, self.settings)

    @cached_property
    def operations(self) -> DynamoOperations:
        return DynamoOperations(self.clients, self.settings, self.clock)

    @cached_property
    def mail(self) -> DynamoMail:
        return DynamoMail(self.clients, self.settings, self.clock)

    @cached_property
    def erasures(self) -> DynamoErasures:
        return DynamoErasures(self.clients, self.settings, self.clock)

    @cached_property
    def audit(self) -> DynamoAudit:
        return DynamoAudit(self.clients, self.settings, self.clock)

    @cached_property
    def stats(self) -> DynamoStats:
        return DynamoStats(self.clients, self.settings)

    @cached_property
    def costs(self) -> DynamoCosts:
        return DynamoCosts(self.clients, self.settings)
