"""DynamoDB as a storage engine: the `Storage` that the composition root hands out."""

import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, cast

from app.aws.clients import Clients

if TYPE_CHECKING:
    from app.repositories.dynamodb.audit import DynamoAudit
    from app.repositories.dynamodb.costs import DynamoCosts
    from app.repositories.dynamodb.erasures import DynamoErasures
    from app.repositories.dynamodb.feed import DynamoFeed
    from app.repositories.dynamodb.files import DynamoFiles
    from app.repositories.dynamodb.idempotency import DynamoOperations
    from app.repositories.dynamodb.imports import DynamoImports
    from app.repositories.dynamodb.mail import DynamoMail
    from app.repositories.dynamodb.previews import DynamoPreviews
    from app.repositories.dynamodb.stats import DynamoStats
    from app.repositories.dynamodb.todos import DynamoTodos
    from app.repositories.dynamodb.user_data import DynamoUserData
    from app.repositories.dynamodb.users import DynamoUsers


class DynamoStorage:
    """Each repository is imported and built when it is first used, so that a process pays for no other.

    `settings` are those of the process. They name the tables of the repositories that it uses: `users_table`. `clock`
    gives seconds since the epoch.
    """

    def __init__(self, clients: Clients, settings: object, clock: Callable[[], float] = time.time) -> None:
        self.clients = clients
        self.settings = settings
        self.clock = clock

    @cached_property
    def todos(self) -> "DynamoTodos":
        from app.repositories.dynamodb.todos import DynamoTodos

        return DynamoTodos(
            self.clients,
            todos_table=self._table("todos"),
            users_table=self._table("users"),
            quota=getattr(self.settings, "todo_quota", None),
        )

    @cached_property
    def users(self) -> "DynamoUsers":
        from app.repositories.dynamodb.users import DynamoUsers

        return DynamoUsers(self.clients, self._table("users"), todos_table=self._table("todos"))

    @cached_property
    def feed(self) -> "DynamoFeed":
        from app.repositories.dynamodb.feed import DynamoFeed

        return DynamoFeed(self.clients, todos_table=self._table("todos"), users_table=self._table("users"))

    @cached_property
    def files(self) -> "DynamoFiles":
        from app.repositories.dynamodb.files import DynamoFiles

        return DynamoFiles(
            self.clients,
            files_table=self._table("files"),
            users_table=self._table("users"),
            todos_table=self._table("todos"),
        )

    @cached_property
    def user_data(self) -> "DynamoUserData":
        from app.repositories.dynamodb.user_data import DynamoUserData

        return DynamoUserData(self.clients, self._table("user_data"))

    @cached_property
    def imports(self) -> "DynamoImports":
        from app.repositories.dynamodb.imports import DynamoImports

        return DynamoImports(self.clients, self._table("operations"))

    @cached_property
    def previews(self) -> "DynamoPreviews":
        from app.repositories.dynamodb.previews import DynamoPreviews

        return DynamoPreviews(self.clients, self._table("operations"), self.clock)

    @cached_property
    def operations(self) -> "DynamoOperations":
        from app.repositories.dynamodb.idempotency import DynamoOperations

        return DynamoOperations(self.clients, self._table("operations"), self.clock)

    @cached_property
    def mail(self) -> "DynamoMail":
        from app.repositories.dynamodb.mail import DynamoMail

        return DynamoMail(self.clients, self._table("operations"), self.clock)

    @cached_property
    def erasures(self) -> "DynamoErasures":
        from app.repositories.dynamodb.erasures import DynamoErasures

        return DynamoErasures(self.clients, self._table("operations"), self.clock)

    @cached_property
    def audit(self) -> "DynamoAudit":
        from app.repositories.dynamodb.audit import DynamoAudit

        return DynamoAudit(self.clients, self._table("operations"), self.clock)

    @cached_property
    def stats(self) -> "DynamoStats":
        from app.repositories.dynamodb.stats import DynamoStats

        return DynamoStats(self.clients, self._table("operations"))

    @cached_property
    def costs(self) -> "DynamoCosts":
        from app.repositories.dynamodb.costs import DynamoCosts

        return DynamoCosts(self.clients, self._table("operations"))

    def _table(self, name: str) -> str:
        """Raises:
        AttributeError: the process has no setting for it.
        """
        return cast(str, getattr(self.settings, f"{name}_table"))
