"""The settings of one deployment, read once from the environment.

Each process has its own kind of settings. A field is the variable of its name in capitals, and `from_env` refuses
values that would be unsafe to serve with.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any, Literal, TypeVar, cast, get_args
from urllib.parse import urlsplit

T = TypeVar("T")

Stage = Literal["local", "dev", "test", "prod"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


_ON_A_LAPTOP = "On a laptop: `make run`, then `uvicorn --env-file .local/env app.main:app`."


class ConfigurationError(Exception):
    """A setting is missing or unsafe. The message names the variable, never its value."""


@dataclass(frozen=True, slots=True)
class AuroraCluster:
    """A cluster of Aurora PostgreSQL with the RDS Data API, the secret of its user, and the name of a database."""

    arn: str
    secret_arn: str
    database: str


Postgres = str | AuroraCluster
"""A PostgreSQL: its URL, or the cluster."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The names of DynamoDB's tables: `tables["user_data"]` is the value of `USER_DATA_TABLE`.

    They are read where a repository is built, so that a new one needs no line here. The rules of the template compare
    what the API's repositories read with what `template.yaml` gives it.
    """

    env: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """Raises:
        ConfigurationError: the variable is not set.
        """
        return _Reader(self.env).required(f"{name.upper()}_TABLE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of the API: all but those of the mail consumer."""

    stage: Stage
    stack_name: str
    aws_region: str
    aws_endpoint_url: str | None
    user_pool_id: str
    user_pool_client_id: str
    user_pool_site_client_id: str
    token_issuer: str
    jwks_url: str
    tables: Tables
    data_bucket: str
    ingest_bucket: str
    email_queue_url: str
    email_dlq_url: str
    ingest_queue_url: str
    ingest_dlq_url: str
    identity_pool_id: str
    alarm_prefix: str
    settings_secret_arn: str
    redis_url: str | None
    database: Postgres | None
    """Where to-dos, users and files are kept; `None`: in DynamoDB."""
    egress_function: str | None
    cors_origins: tuple[str, ...]
    root_path: str
    docs_enabled: bool
    log_level: LogLevel
    todo_quota: int
    """Live to-dos that a user may keep."""
    password_complexity: bool
    """Whether a new password needs all four kinds of characters, as the pool's policy says."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read and check the environment (`os.environ` unless another is given).

        Raises:
            ConfigurationError: a required variable is missing, malformed, or unsafe in this stage.
        """
        read = _Reader.of(env)
        issuer = read.issuer
        settings = read.into(
            cls,
            stage=read.stage,
            token_issuer=issuer,
            jwks_url=read.keys_of(issuer),
            cors_origins=read.origins("CORS_ORIGINS"),
            root_path=read.optional("ROOT_PATH") or "",
            docs_enabled=read.flag("DOCS_ENABLED", default=read.stage != "prod"),
            log_level=read.choice("LOG_LEVEL", get_args(LogLevel), default="INFO"),
            todo_quota=read.count("TODO_QUOTA", default=10_000),
            password_complexity=read.choice("PASSWORD_COMPLEXITY", ("on", "off"), default="on") == "on",
            database=read.database,
            tables=read.tables(),
        )
        if not read.is_local:
            _refuse_local_connections(settings.aws_endpoint_url)
            _refuse_clear_redis(settings.redis_url)
            _refuse_clear_keys(settings.jwks_url)
        if read.stage == "prod" and any(origin.startswith("http://") for origin in settings.cors_origins):
            raise ConfigurationError("CORS_ORIGINS must be https in STAGE=prod")
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SignupSettings:
    """Settings of the post-confirmation trigger, which has no cache."""

    stack_name: str
    aws_region: str
    aws_endpoint_url: str | None
    tables: Tables
    email_queue_url: str
    database: Postgres | None

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "SignupSettings":
        """Like `Settings.from_env`, for a function that has fewer variables."""
        read = _Reader.of(env)
        tables = read.tables("todos", "users", "operations", "user_data")
        return _connected(cls, env, tables=tables, database=read.database)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreSignUpSettings:
    """Settings of the pre-sign-up trigger, which calls no service."""

    stage: Stage
    stack_name: str

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "PreSignUpSettings":
        """Like `Settings.from_env`, for a function that has fewer variables."""
        read = _Reader.of(env)
        return read.into(cls, stage=read.stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailConsumerSettings:
    """Settings of the mail consumer."""

    stack_name: str
    aws_region: str
    aws_endpoint_url: str | None
    tables: Tables
    email_dlq_url: str
    mail_from: str
    mail_configuration_set: str | None

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "EmailConsumerSettings":
        """Like `Settings.from_env`, for a function that has fewer variables."""
        return _connected(cls, env, tables=_Reader.of(env).tables("operations"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CountersSettings:
    """Settings of the counters function."""

    stack_name: str
    aws_region: str
    aws_endpoint_url: str | None
    tables: Tables
    counters_dlq_url: str

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "CountersSettings":
        """Like `Settings.from_env`, for a function that has fewer variables."""
        return _connected(cls, env, tables=_Reader.of(env).tables("operations"))


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSettings:
    """Settings of the ingest function."""

    stack_name: str
    aws_region: str
    aws_endpoint_url: str | None
    tables: Tables
    data_bucket: str
    ingest_bucket: str
    ingest_queue_url: str
    ingest_dlq_url: str
    email_queue_url: str
    redis_url: str | None
    database: Postgres | None

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "IngestSettings":
        """Like `Settings.from_env`, for a function that has fewer variables."""
        read = _Reader.of(env)
        tables = read.tables("todos", "users", "files", "user_data", "operations")
        settings = _connected(cls, env, tables=tables, database=read.database)
        if not read.is_local:
            _refuse_clear_redis(settings.redis_url)
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateSettings:
    """Settings of the function that migrates PostgreSQL's schema."""

    stack_name: str
    aws_region: str
    aws_endpoint_url: str | None
    database: Postgres

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "MigrateSettings":
        """Like `Settings.from_env`, for a function that has fewer variables."""
        database = _Reader.of(env).database
        if database is None:
            raise ConfigurationError("DATABASE=dynamodb has no schema to migrate")
        return _connected(cls, env, database=database)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerSettings:
    """Settings of the authorizer: the issuer and the client of accepted tokens, and the URL of the keys."""

    stack_name: str
    user_pool_client_id: str
    user_pool_site_client_id: str
    token_issuer: str
    jwks_url: str

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "AuthorizerSettings":
        """Like `Settings.from_env`, for a function that has fewer variables."""
        read = _Reader.of(env)
        issuer = read.issuer
        settings = read.into(cls, token_issuer=issuer, jwks_url=read.keys_of(issuer))
        if not read.is_local:
            _refuse_clear_keys(settings.jwks_url)
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressSettings:
    """Settings of the egress relay: the origins that requests may go to."""

    stack_name: str
    egress_origins: tuple[str, ...]

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "EgressSettings":
        """Like `Settings.from_env`, for a function that has fewer variables."""
        read = _Reader.of(env)
        settings = read.into(cls, egress_origins=read.origins("EGRESS_ORIGINS"))
        if not settings.egress_origins:
            raise ConfigurationError("EGRESS_ORIGINS is not set")
        if not (read.is_local or all(origin.startswith("https://") for origin in settings.egress_origins)):
            raise ConfigurationError("EGRESS_ORIGINS must be https outside STAGE=local")
        return settings


Connected = TypeVar(
    "Connected", SignupSettings, EmailConsumerSettings, CountersSettings, IngestSettings, MigrateSettings
)


def _connected(kind: type[Connected], env: Mapping[str, str] | None, **known: Any) -> Connected:
    read = _Reader.of(env)
    settings = read.into(kind, **known)
    if not read.is_local:
        _refuse_local_connections(settings.aws_endpoint_url)
    return settings


def _refuse_local_connections(endpoint_url: str | None) -> None:
    """On AWS, nothing may travel in clear or to an emulator."""
    if endpoint_url is not None:
        raise ConfigurationError("AWS_ENDPOINT_URL is for STAGE=local only")


def _refuse_clear_redis(url: str | None) -> None:
    if url is not None and urlsplit(url).scheme != "rediss":
        raise ConfigurationError("REDIS_URL must be rediss:// (TLS) outside STAGE=local")


def _refuse_clear_keys(jwks_url: str) -> None:
    if urlsplit(jwks_url).scheme != "https":
        raise ConfigurationError("JWKS_URL must be https outside STAGE=local")


@dataclass(frozen=True, slots=True)
class _Reader:
    env: Mapping[str, str]

    @classmethod
    def of(cls, env: Mapping[str, str] | None) -> "_Reader":
        return cls(os.environ if env is None else env)

    def into(self, kind: type[T], **known: Any) -> T:
        """Read each field that is not `known` from its variable, optional where the field may be `None`."""
        for field in fields(cast(Any, kind)):
            if field.name not in known and field.default is MISSING:
                read = self.optional if field.type == (str | None) else self.required
                known[field.name] = read(field.name.upper())
        return kind(**known)

    @property
    def issuer(self) -> str:
        region, pool = self.required("AWS_REGION"), self.required("USER_POOL_ID")
        return self.optional("TOKEN_ISSUER") or f"https://cognito-idp.{region}.amazonaws.com/{pool}"

    def keys_of(self, issuer: str) -> str:
        return self.optional("JWKS_URL") or f"{issuer}/.well-known/jwks.json"

    @property
    def stage(self) -> Stage:
        return cast(Stage, self.choice("STAGE", get_args(Stage), default="dev"))

    @property
    def is_local(self) -> bool:
        return self.stage == "local"

    def tables(self, *needed: str) -> Tables:
        """Refuse to start without the needed ones. The others are refused at their first use."""
        tables = Tables(self.env)
        for name in needed:
            tables[name]
        return tables

    @property
    def database(self) -> Postgres | None:
        chosen = self.choice("DATABASE", ("dynamodb", "postgres", "aurora"), default="dynamodb")
        if chosen == "dynamodb":
            return None
        return self._database_url if chosen == "postgres" else self._cluster

    @property
    def _cluster(self) -> AuroraCluster:
        names = ("DATABASE_CLUSTER_ARN", "DATABASE_SECRET_ARN", "DATABASE_NAME")
        return AuroraCluster(*map(self.required, names))

    @property
    def _database_url(self) -> str:
        if not self.is_local:
            raise ConfigurationError("DATABASE=postgres is for STAGE=local only; on AWS: DATABASE=aurora")
        url = self.required("DATABASE_URL")
        if urlsplit(url).scheme not in ("postgres", "postgresql"):
            raise ConfigurationError("DATABASE_URL must be postgresql://")
        return url

    def optional(self, name: str) -> str | None:
        return self.env.get(name, "").strip() or None

    def required(self, name: str) -> str:
        value = self.optional(name)
        if value is None:
            raise ConfigurationError(f"{name} is not set. {_ON_A_LAPTOP}")
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.optional(name) or default
        if value not in allowed:
            raise ConfigurationError(f"{name} must be one of {', '.join(allowed)}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.choice(name, ("true", "false"), default=str(default).lower())
        return value == "true"

    def count(self, name: str, *, default: int) -> int:
        value = self.optional(name) or str(default)
        if not re.fullmatch("[1-9][0-9]{0,8}", value):
            raise ConfigurationError(f"{name} must be a whole number from 1 to 999999999")
        return int(value)

    def origins(self, name: str) -> tuple[str, ...]:
        """Comma-separated origins, `scheme://host[:port]` each. A wildcard is never accepted."""
        origins = tuple(part.strip() for part in (self.optional(name) or "").split(",") if part.strip())
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or "*" in origin:
                raise ConfigurationError(f"{name} must list origins such as https://app.example.com")
        return origins


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings.from_env()
