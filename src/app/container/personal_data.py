"""The parts that keep files, and that reach all data of a user: sync, export and account deletion."""

from functools import cached_property
from typing import TYPE_CHECKING

from app.aws.identity_pool import IdentityPool
from app.aws.presigned_urls import S3PresignedUrls
from app.aws.user_objects import S3UserObjects
from app.models.todos import TodoQuery
from app.ports.folder_credentials import FolderCredentialsProvider
from app.repositories.fenced import FencedFiles
from app.services.account_deletion import AccountDeletion
from app.services.activity import ActivityLog
from app.services.cursors import Cursor, CursorPage
from app.services.export import Export, InFirstPart, InPages, NotRead, files_of, raw_data_of
from app.services.files.allowance import DownloadAllowance
from app.services.files.events import FileEvents
from app.services.files.service import Files
from app.services.push import Push
from app.services.sync import Sync
from app.services.sync_tokens import SyncTokens
from app.services.user_stores import UserStore, UserStores

if TYPE_CHECKING:
    from app.container import Container


class PersonalData:
    def __init__(self, core: "Container") -> None:
        self._core = core

    @cached_property
    def user_stores(self) -> UserStores:
        """Each store that holds data of a user, registered once."""
        todos, storage = self._core.todos, self._core.storage
        return UserStores(
            by_id=(
                UserStore(
                    "todos",
                    resources=("TodosTableV2", "ReadCache"),
                    export=InPages(
                        lambda user_id, limit, cursor: todos.list(
                            user_id, TodoQuery(), limit=limit, cursor=cursor
                        )
                    ),
                    erase=todos.erase,
                    tables=("todos", "pointers"),
                ),
                UserStore(
                    "files",
                    resources=("FilesTable", "DataBucket"),
                    export=InFirstPart(lambda user: files_of(self.files, user)),
                    erase=self.files.erase,
                    tables=("files",),
                ),
                UserStore(
                    "activity",
                    resources=("OperationsTable",),
                    export=InPages(self._activity_page),
                    erase=storage.activity.erase,
                ),
                UserStore(
                    "addresses",  # before the requests, which are under the same key
                    resources=("OperationsTable",),
                    export=InFirstPart(lambda user: storage.address_changes.get(user.id).kept),
                    erase=storage.address_changes.erase,
                ),
                UserStore(
                    "requests",
                    resources=("OperationsTable",),
                    export=NotRead(
                        "The answers to own requests, for a day, and the bytes downloaded in one."
                    ),
                    erase=storage.erasures.erase_operations,
                ),
            ),
            by_record=(
                UserStore(
                    "user_data",
                    resources=("UserDataTable",),
                    export=InFirstPart(lambda user: raw_data_of(storage.user_data, user)),
                    erase=lambda user: storage.user_data.erase(user.email, user.id),
                ),
            ),
            record=UserStore(
                "users",
                resources=("UsersTable", "ReadCache"),
                export=NotRead("Each part has the profile of the account that asks for it."),
                erase=self._core.user_repository.delete,
                tables=("users",),
            ),
            account=UserStore(
                "pool",
                resources=("UserPool",),
                export=NotRead("The profile has its address and name; the rest are credentials."),
                erase=self._core.identity.delete,
            ),
        )

    def _activity_page(self, user_id: str, *, limit: int, cursor: Cursor | None) -> CursorPage[object]:
        return self.activity.list(user_id, limit=limit, cursor=cursor)

    @cached_property
    def activity(self) -> ActivityLog:
        return ActivityLog(self._core.storage.activity, self._core.cursors, self._core.client_names)

    @cached_property
    def account_deletion(self) -> AccountDeletion:
        return AccountDeletion(
            stores=self.user_stores,
            users=self._core.user_repository,
            erasures=self._core.storage.erasures,
            accounts=self._core.accounts,
            identity=self._core.identity,
            outbox=self._core.outbox,
        )

    @cached_property
    def export(self) -> Export:
        return Export({store.name: store.export for store in self.user_stores})

    @cached_property
    def sync(self) -> Sync:
        storage = self._core.storage
        return Sync(storage.feed, storage.users, storage.files, SyncTokens(self._core.secret.values))

    @cached_property
    def push(self) -> Push:
        return Push(self._core.todo_repository, expect_write=self._core.cache.expect_write)

    @cached_property
    def files(self) -> Files:
        repository = FencedFiles(self._core.storage.files, self._core.cache)
        objects = S3UserObjects(self._core.clients, self._core.settings.data_bucket)
        transfers = S3PresignedUrls(self._core.clients, self._core.settings.data_bucket)
        events = FileEvents(repository, objects, transfers)
        allowance = DownloadAllowance(self._core.storage.downloads, self._core.settings.download_quota)
        return Files(repository, objects, transfers, events, self._core.cursors, take=allowance.take)

    @cached_property
    def folder_credentials(self) -> FolderCredentialsProvider:
        return IdentityPool(
            self._core.clients,
            pool_id=self._core.settings.identity_pool_id,
            issuer=self._core.settings.token_issuer,
            bucket=self._core.settings.data_bucket,
        )
