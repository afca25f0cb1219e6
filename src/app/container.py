"""The composition root: builds what a process needs, each part once and only when it is first used."""

from functools import cached_property
from typing import TYPE_CHECKING

from app.aws.clients import Clients
from app.aws.cloudwatch import CloudWatchAlarms
from app.aws.cognito import Cognito
from app.aws.cost_explorer import CostExplorer
from app.aws.dead_letters import SqsDeadLetterQueue
from app.aws.identity_pool import IdentityPool
from app.aws.presigned_urls import S3ImportUploads, S3PresignedUrls
from app.aws.queue import SqsQueue
from app.aws.secrets_manager import SharedSecret
from app.aws.user_objects import S3UserObjects
from app.cache import Cache
from app.config import Settings
from app.ports import Storage, TodoRepository, UserRepository
from app.ports.identity import FolderCredentialsProvider, IdentityProvider
from app.repositories.cached import CachedTodos, CachedUsers
from app.repositories.counted import CountedTodos, CountedUsers
from app.repositories.dynamodb.storage import DynamoStorage
from app.services.account_deletion import AccountDeletion
from app.services.accounts import Accounts
from app.services.address_changes import AddressChanges
from app.services.admin.audit import Audit
from app.services.admin.costs import AdminCosts
from app.services.admin.dead_letters import AdminDeadLetters
from app.services.admin.imports import Imports
from app.services.admin.previews import Previews
from app.services.admin.service import Admin
from app.services.admin.users import AdminUsers
from app.services.cursors import CursorSigner
from app.services.export import Export
from app.services.files.events import FileEvents
from app.services.files.service import Files
from app.services.idempotency import Idempotency
from app.services.mail.outbox import Outbox
from app.services.prefill import prefilled
from app.services.todos import Todos
from app.services.user_stores import UserStores, user_stores

if TYPE_CHECKING:
    from redis import Redis

    from app.auth.verifier import TokenVerifier


class Container:
    """Everything behind the API of one deployment."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clients = Clients(
            settings.aws_region, settings.aws_endpoint_url, egress_function=settings.egress_function
        )

    @cached_property
    def verifier(self) -> "TokenVerifier":
        from app.auth import fetch
        from app.auth.jwks import Jwks
        from app.auth.verifier import TokenVerifier

        egress = self.clients.egress

        return TokenVerifier(
            issuer=self.settings.token_issuer,
            client_id=self.settings.user_pool_client_id,
            jwks=Jwks(self.settings.jwks_url, fetch=fetch.get if egress is None else egress.get),
        )

    @cached_property
    def redis(self) -> "Redis | None":
        """The cache's connection, or `None` where `REDIS_URL` is not set."""
        if self.settings.redis_url is None:
            return None
        from app.cache.connection import connect  # redis-py is a sixth of a cold start

        return connect(self.settings.redis_url)

    @cached_property
    def cache(self) -> Cache:
        return Cache(lambda: self.redis)

    @cached_property
    def storage(self) -> Storage:
        return DynamoStorage(self.clients, self.settings)

    @cached_property
    def todo_repository(self) -> TodoRepository:
        return CachedTodos(CountedTodos(self.storage.todos, self.storage.stats), self.cache)

    @cached_property
    def user_repository(self) -> UserRepository:
        return CachedUsers(CountedUsers(self.storage.users, self.storage.stats), self.cache)

    @cached_property
    def identity(self) -> IdentityProvider:
        return Cognito(
            self.clients, pool_id=self.settings.user_pool_id, client_id=self.settings.user_pool_client_id
        )

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(
            self.user_repository,
            self.identity,
            self.outbox,
            has_left=lambda user_id: self.storage.erasures.state(user_id) is not None,
            prefilled=lambda user: prefilled(user, self.storage.user_data),
            follow=AddressChanges(self.user_repository, self.storage.user_data, self.outbox).follow,
        )

    @cached_property
    def user_stores(self) -> UserStores:
        return user_stores(
            todos=self.todos,
            files=self.files,
            erasures=self.storage.erasures,
            user_data=self.storage.user_data,
            users=self.user_repository,
            identity=self.identity,
        )

    @cached_property
    def account_deletion(self) -> AccountDeletion:
        return AccountDeletion(
            stores=self.user_stores,
            users=self.user_repository,
            erasures=self.storage.erasures,
            accounts=self.accounts,
            identity=self.identity,
            outbox=self.outbox,
        )

    @cached_property
    def export(self) -> Export:
        return Export({store.name: store.export for store in self.user_stores})

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(SqsQueue(self.clients, self.settings.email_queue_url))

    @cached_property
    def secret(self) -> SharedSecret:
        return SharedSecret(self.clients, self.settings.settings_secret_arn)

    @cached_property
    def cursors(self) -> CursorSigner:
        return CursorSigner(lambda: self.secret.value("cursorKey").encode())

    @cached_property
    def todos(self) -> Todos:
        return Todos(self.todo_repository, self.cursors)

    @cached_property
    def files(self) -> Files:
        repository, stats = self.storage.files, self.storage.stats
        objects = S3UserObjects(self.clients, self.settings.data_bucket)
        transfers = S3PresignedUrls(self.clients, self.settings.data_bucket)
        events = FileEvents(repository, objects, transfers, stats)
        return Files(repository, objects, transfers, events, self.cursors, stats)

    @cached_property
    def folder_credentials(self) -> FolderCredentialsProvider:
        return IdentityPool(
            self.clients,
            pool_id=self.settings.identity_pool_id,
            issuer=self.settings.token_issuer,
            bucket=self.settings.data_bucket,
        )

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.storage.audit, self.cursors)

    @cached_property
    def admin(self) -> Admin:
        return Admin(
            users=AdminUsers(
                self.user_repository, self.accounts, self.account_deletion, self.audit, self.cursors
            ),
            dead_letters=AdminDeadLetters(self._dead_letter_queues(), self.audit),
            alarms=CloudWatchAlarms(self.clients, self.settings.alarm_prefix),
            costs=AdminCosts(CostExplorer(self.clients), self.storage.costs),
            audit=self.audit,
            stats=self.storage.stats,
        )

    @cached_property
    def imports(self) -> Imports:
        uploads = S3ImportUploads(self.clients, self.settings.ingest_bucket)
        return Imports(self.storage.imports, uploads, self.audit, self.cursors)

    @cached_property
    def previews(self) -> Previews:
        queue = SqsQueue(self.clients, self.settings.ingest_queue_url)
        return Previews(self.storage.imports, self.storage.previews, queue, self.audit)

    def _dead_letter_queues(self) -> tuple[SqsDeadLetterQueue, ...]:
        own = self.settings
        return (
            SqsDeadLetterQueue(self.clients, "email", url=own.email_dlq_url, source_url=own.email_queue_url),
            SqsDeadLetterQueue(
                self.clients, "ingest", url=own.ingest_dlq_url, source_url=own.ingest_queue_url
            ),
        )

    @cached_property
    def idempotency(self) -> Idempotency:
        return Idempotency(self.storage.operations)
