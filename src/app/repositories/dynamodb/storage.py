"""DynamoDB as a storage engine: the `Storage` that the composition root hands out."""

import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from app.aws.clients import Clients

if TYPE_CHECKING:
    from app.repositories.dynamodb.activity import DynamoActivity
    from app.repositories.dynamodb.address_changes import DynamoAddressChanges
    from app.repositories.dynamodb.audit import DynamoAudit
    from app.repositories.dynamodb.costs import DynamoCosts
    from app.repositories.dynamodb.downloads import DynamoDownloads
    from app.repositories.dynamodb.erasures import DynamoErasures
    from app.repositories.dynamodb.feed import DynamoFeed
    from app.repositories.dynamodb.files import DynamoFiles
    from app.repositories.dynamodb.idempotency import DynamoOperations
    from app.repositories.dynamodb.imports import DynamoImports
    from app.repositories.dynamodb.limits import DynamoLimits
    from app.repositories.dynamodb.mail import DynamoMail
    from app.repositories.dynamodb.previews import DynamoPreviews
    from app.repositories.dynamodb.stats import DynamoStats
    from app.repositories.dynamodb.todos import DynamoTodos
    from app.repositories.dynamodb.user_data import DynamoUserData
    from app.repositories.dynamodb.users import DynamoUsers


class TableNames(Protocol):
    def __getitem__(self, name: str, /) -> str: ...


class DynamoStorage:
    """Each repository is imported and built when it is first used, so that a process pays for no other.

    `tables` names the tables of the repositories that the process uses: `tables["users"]`. `clock` gives seconds
    since the epoch.
    """

    def __init__(
        self,
        clients: Clients,
        tables: TableNames,
        clock: Callable[[], float] = time.time,
        *,
        todo_quota: int | None = None,
    ) -> None:
        self.clients = clients
        self.tables = tables
        self.clock = clock
        self._todo_quota = todo_quota

    @cached_property
    def todos(self) -> "DynamoTodos":
        from app.repositories.dynamodb.todos import DynamoTodos

        return DynamoTodos(
            self.clients,
            todos_table=self.tables["todos"],
            users_table=self.tables["users"],
            quota=self._todo_quota,
        )

    @cached_property
    def users(self) -> "DynamoUsers":
        from app.repositories.dynamodb.users import DynamoUsers

        return DynamoUsers(self.clients, self.tables["users"], todos_table=self.tables["todos"])

    @cached_property
    def feed(self) -> "DynamoFeed":
        from app.repositories.dynamodb.feed import DynamoFeed

        return DynamoFeed(self.clients, todos_table=self.tables["todos"], users_table=self.tables["users"])

    @cached_property
    def files(self) -> "DynamoFiles":
        from app.repositories.dynamodb.files import DynamoFiles

        return DynamoFiles(
            self.clients,
            files_table=self.tables["files"],
            users_table=self.tables["users"],
            todos_table=self.tables["todos"],
        )

    @cached_property
    def user_data(self) -> "DynamoUserData":
        from app.repositories.dynamodb.user_data import DynamoUserData

        return DynamoUserData(self.clients, self.tables["user_data"])

    @cached_property
    def imports(self) -> "DynamoImports":
        from app.repositories.dynamodb.imports import DynamoImports

        return DynamoImports(self.clients, self.tables["operations"])

    @cached_property
    def previews(self) -> "DynamoPreviews":
        from app.repositories.dynamodb.previews import DynamoPreviews

        return DynamoPreviews(self.clients, self.tables["operations"], self.clock)

    @cached_property
    def operations(self) -> "DynamoOperations":
        from app.repositories.dynamodb.idempotency import DynamoOperations

        return DynamoOperations(self.clients, self.tables["operations"], self.clock)

    @cached_property
    def limits(self) -> "DynamoLimits":
        from app.repositories.dynamodb.limits import DynamoLimits

        return DynamoLimits(self.clients, self.tables["operations"], self.clock)

    @cached_property
    def mail(self) -> "DynamoMail":
        from app.repositories.dynamodb.mail import DynamoMail

        return DynamoMail(self.clients, self.tables["operations"], self.clock)

    @cached_property
    def address_changes(self) -> "DynamoAddressChanges":
        from app.repositories.dynamodb.address_changes import DynamoAddressChanges

        return DynamoAddressChanges(self.clients, self.tables["operations"], self.clock)

    @cached_property
    def erasures(self) -> "DynamoErasures":
        from app.repositories.dynamodb.erasures import DynamoErasures

        return DynamoErasures(self.clients, self.tables["operations"], self.clock)

    @cached_property
    def downloads(self) -> "DynamoDownloads":
        from app.repositories.dynamodb.downloads import DynamoDownloads

        return DynamoDownloads(self.clients, self.tables["operations"], self.clock)

    @cached_property
    def activity(self) -> "DynamoActivity":
        from app.repositories.dynamodb.activity import DynamoActivity

        return DynamoActivity(self.clients, self.tables["operations"], self.clock)

    @cached_property
    def audit(self) -> "DynamoAudit":
        from app.repositories.dynamodb.audit import DynamoAudit

        return DynamoAudit(self.clients, self.tables["operations"], self.clock)

    @cached_property
    def stats(self) -> "DynamoStats":
        from app.repositories.dynamodb.stats import DynamoStats

        return DynamoStats(self.clients, self.tables["operations"])

    @cached_property
    def costs(self) -> "DynamoCosts":
        from app.repositories.dynamodb.costs import DynamoCosts

        return DynamoCosts(self.clients, self.tables["operations"])
