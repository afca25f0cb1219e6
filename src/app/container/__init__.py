"""The composition root: builds what a process needs, each part once and only when it is first used.

The parts of most requests are here. The others have modules of their own, imported when one of them is first used:
to import them all would add a tenth to a cold start.
"""

from collections.abc import Awaitable, Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from app import context
from app.aws.clients import Clients
from app.aws.cognito import Cognito
from app.aws.queue import SqsQueue
from app.aws.secrets_manager import SharedSecret
from app.cache import Cache
from app.cache.answers import CachedAnswers
from app.config.api import Settings
from app.ports.identity import ClientName, IdentityProvider
from app.ports.storage import Storage
from app.ports.todos import TodoRepository
from app.ports.users import UserRepository
from app.repositories import storage_of
from app.repositories.cached import CachedTodos, CachedUsers, expect_change, expect_todo, fetch_account
from app.services.accounts import Accounts
from app.services.address_changes import AddressChanges
from app.services.cursors import CursorSigner
from app.services.idempotency import Idempotency
from app.services.mail.outbox import Outbox
from app.services.prefill import fill_profiles, prefilled
from app.services.todos import Todos

if TYPE_CHECKING:
    from redis import Redis

    from app.auth.verifier import TokenVerifier
    from app.cache.event_loop import LoopConnection
    from app.cache.requests import RequestCounter
    from app.container.email_addresses import EmailAddresses
    from app.container.limits import CallerLimits
    from app.container.operator import Operator
    from app.container.personal_data import PersonalData
    from app.services.activity import ActivityRecorder


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
            client_ids=tuple(self._client_ids.values()),
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
        counter = self.request_counter
        if counter is None:
            return Cache(lambda: self.redis, of_loop=lambda: self.of_loop())
        return Cache(lambda: counter.over(self.redis))

    @cached_property
    def of_loop(self) -> "Callable[[], LoopConnection | None]":
        """Gives the connection to Redis of the running event loop."""
        if self.redis is None:
            return lambda: None
        from app.cache.event_loop import LoopConnections

        return LoopConnections(lambda: self.redis).current

    @cached_property
    def fetch_account(self) -> Callable[[str], Awaitable[bool]]:
        return partial(fetch_account, self.cache)

    @cached_property
    def request_counter(self) -> "RequestCounter | None":
        """`None` where the requests of accounts are not limited, or there is no Redis to count them."""
        limit = self.settings.limits.get("requests")
        if limit is None or self.settings.redis_url is None:
            return None
        from app.cache.requests import RequestCounter

        return RequestCounter(limit)

    @cached_property
    def storage(self) -> Storage:
        return storage_of(self.clients, self.settings)

    @cached_property
    def todo_repository(self) -> TodoRepository:
        return CachedTodos(self.storage.todos, self.cache, presumes=self.request_counter is None)

    @cached_property
    def user_repository(self) -> UserRepository:
        return CachedUsers(self.storage.users, self.cache, see=lambda *of: self.storage.todos.see(*of))

    @cached_property
    def identity(self) -> IdentityProvider:
        return Cognito(self.clients, pool_id=self.settings.user_pool_id, client_ids=self._client_ids)

    @property
    def _client_ids(self) -> dict[ClientName, str]:
        own = self.settings
        return {"app": own.user_pool_client_id, "site": own.user_pool_site_client_id}

    @property
    def client_names(self) -> dict[str, ClientName]:
        return {client_id: name for name, client_id in self._client_ids.items()}

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(
            self.user_repository,
            self.identity,
            self.outbox,
            has_left=lambda user_id: self.storage.erasures.state(user_id) is not None,
            prefilled=lambda user: prefilled(user, self.storage.user_data),
            fill=lambda user: fill_profiles(self.user_repository, self.storage.user_data, [user.email]),
            follow=self.address_changes.follow,
            activity=lambda: self.activity,
            holder=lambda email: self.storage.address_changes.holder(email),
            password_complexity=self.settings.password_complexity,
        )

    @cached_property
    def activity(self) -> "ActivityRecorder":
        from app.services.activity import ActivityRecorder

        return ActivityRecorder(self.storage.activity, network=self._network)

    def _network(self) -> str | None:
        """Where the request that is served comes from."""
        request = context.current()
        return None if request is None or request.scope is None else self.limits.network(request.scope)

    @cached_property
    def address_changes(self) -> AddressChanges:
        return AddressChanges(
            self.user_repository,
            self.storage.user_data,
            self.outbox,
            leave=lambda user, address: self.email_addresses.departures.leave(user, address),
            record=lambda user_id, kind: self.activity.record(user_id, kind),
        )

    @cached_property
    def email_addresses(self) -> "EmailAddresses":
        from app.container.email_addresses import EmailAddresses

        return EmailAddresses(self)

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
        return Todos(
            self.todo_repository,
            self.cursors,
            answers=CachedAnswers(self.cache),
            expect=partial(expect_todo, self.cache),
            expect_change=partial(expect_change, self.cache),
            expect_write=self.cache.expect_write,
        )

    @cached_property
    def idempotency(self) -> Idempotency:
        return Idempotency(self.storage.operations)

    @cached_property
    def limits(self) -> "CallerLimits":
        from app.container.limits import CallerLimits

        return CallerLimits(self)

    @cached_property
    def personal_data(self) -> "PersonalData":
        from app.container.personal_data import PersonalData

        return PersonalData(self)

    @cached_property
    def operator(self) -> "Operator":
        from app.container.operator import Operator

        return Operator(self)
