"""DynamoDB as a storage engine: the `Storage` that the composition root hands out."""

import time
from collections.abc import Callable
from functools import cached_property
from typing import Protocol

from app.aws.clients import Clients
from app.repositories.dynamodb.audit import DynamoAudit
from app.repositories.dynamodb.costs import DynamoCosts
from app.repositories.dynamodb.erasures import DynamoErasures
from app.repositories.dynamodb.files import DynamoFiles
from app.repositories.dynamodb.idempotency import DynamoOperations
from app.repositories.dynamodb.imports import DynamoImports
from app.repositories.dynamodb.mail import DynamoMail
from app.repositories.dynamodb.previews import DynamoPreviews
from app.repositories.dynamodb.stats import DynamoStats
from app.repositories.dynamodb.todos import DynamoTodos
from app.repositories.dynamodb.user_data import DynamoUserData
from app.repositories.dynamodb.users import DynamoUsers


class StorageSettings(Protocol):
    """The names of all tables, and the quota of to-dos."""

    @property
    def todos_table(self) -> str: ...
    @property
    def users_table(self) -> str: ...
    @property
    def files_table(self) -> str: ...
    @property
    def user_data_table(self) -> str: ...
    @property
    def operations_table(self) -> str: ...
    @property
    def todo_quota(self) -> int | None: ...


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
        own = self.settings
        return DynamoTodos(
            self.clients, todos_table=own.todos_table, users_table=own.users_table, quota=own.todo_quota
        )

    @cached_property
    def users(self) -> DynamoUsers:
        return DynamoUsers(self.clients, self.settings.users_table)

    @cached_property
    def files(self) -> DynamoFiles:
        return DynamoFiles(
            self.clients, files_table=self.settings.files_table, users_table=self.settings.users_table
        )

    @cached_property
    def user_data(self) -> DynamoUserData:
        return DynamoUserData(self.clients, self.settings.user_data_table)

    @cached_property
    def imports(self) -> DynamoImports:
        return DynamoImports(self.clients, self.settings.operations_table)

    @cached_property
    def previews(self) -> DynamoPreviews:
        return DynamoPreviews(self.clients, self.settings.operations_table, self.clock)

    @cached_property
    def operations(self) -> DynamoOperations:
        return DynamoOperations(self.clients, self.settings.operations_table, self.clock)

    @cached_property
    def mail(self) -> DynamoMail:
        return DynamoMail(self.clients, self.settings.operations_table, self.clock)

    @cached_property
    def erasures(self) -> DynamoErasures:
        return DynamoErasures(self.clients, self.settings.operations_table, self.clock)

    @cached_property
    def audit(self) -> DynamoAudit:
        return DynamoAudit(self.clients, self.settings.operations_table, self.clock)

    @cached_property
    def stats(self) -> DynamoStats:
        return DynamoStats(self.clients, self.settings.operations_table)

    @cached_property
    def costs(self) -> DynamoCosts:
        return DynamoCosts(self.clients, self.settings.operations_table)
