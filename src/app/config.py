"""The settings of one deployment, read once from the environment.

Every variable has one reader, `Settings.from_env`, which refuses values that would be unsafe to serve with.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, Protocol, cast, get_args
from urllib.parse import urlsplit

Stage = Literal["local", "dev", "test", "prod"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class ConfigurationError(Exception):
    """A setting is missing or unsafe. The message names the variable, never its value."""


class ConnectionSettings(Protocol):
    """What the clients of a process need to know."""

    @property
    def aws_region(self) -> str: ...
    @property
    def aws_endpoint_url(self) -> str | None: ...
    @property
    def redis_url(self) -> str | None: ...


class UsersSettings(Protocol):
    """What the repository of users needs to know."""

    @property
    def users_table(self) -> str: ...


class OperationsSettings(Protocol):
    """What a repository over the Operations table needs to know."""

    @property
    def operations_table(self) -> str: ...


class UserDataSettings(Protocol):
    """What the repository of raw user data needs to know."""

    @property
    def user_data_table(self) -> str: ...


class FilesSettings(UsersSettings, Protocol):
    """What the repositories of files and their objects need to know."""

    @property
    def files_table(self) -> str: ...
    @property
    def data_bucket(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says. Field names are the variables' names in lower case."""

    stage: Stage
    stack_name: str
    aws_region: str
    aws_endpoint_url: str | None
    user_pool_id: str
    user_pool_client_id: str
    token_issuer: str
    jwks_url: str
    todos_table: str
    users_table: str
    operations_table: str
    files_table: str
    user_data_table: str
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
    cors_origins: tuple[str, ...]
    root_path: str
    docs_enabled: bool
    log_level: LogLevel

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read and check the environment (`os.environ` unless another is given).

        Raises:
            ConfigurationError: a required variable is missing, malformed, or unsafe in this stage.
        """
        read = _Reader(os.environ if env is None else env)
        stage = read.stage
        region = read.required("AWS_REGION")
        pool = read.required("USER_POOL_ID")
        issuer = read.optional("TOKEN_ISSUER") or _issuer_of(pool, region)
        settings = cls(
            stage=stage,
            stack_name=read.required("STACK_NAME"),
            aws_region=region,
            aws_endpoint_url=read.optional("AWS_ENDPOINT_URL"),
            user_pool_id=pool,
            user_pool_client_id=read.required("USER_POOL_CLIENT_ID"),
            token_issuer=issuer,
            jwks_url=read.optional("JWKS_URL") or _keys_of(issuer),
            todos_table=read.required("TODOS_TABLE"),
            users_table=read.required("USERS_TABLE"),
            operations_table=read.required("OPERATIONS_TABLE"),
            files_table=read.required("FILES_TABLE"),
            user_data_table=read.required("USER_DATA_TABLE"),
            data_bucket=read.required("DATA_BUCKET"),
            ingest_bucket=read.required("INGEST_BUCKET"),
            email_queue_url=read.required("EMAIL_QUEUE_URL"),
            email_dlq_url=read.required("EMAIL_DLQ_URL"),
            ingest_queue_url=read.required("INGEST_QUEUE_URL"),
            ingest_dlq_url=read.required("INGEST_DLQ_URL"),
            identity_pool_id=read.required("IDENTITY_POOL_ID"),
            alarm_prefix=read.required("ALARM_PREFIX"),
            settings_secret_arn=read.required("SETTINGS_SECRET_ARN"),
            redis_url=read.optional("REDIS_URL"),
            cors_origins=read.origins("CORS_ORIGINS"),
            root_path=read.optional("ROOT_PATH") or "",
            docs_enabled=read.flag("DOCS_ENABLED", default=stage != "prod"),
            log_level=cast(LogLevel, read.choice("LOG_LEVEL", get_args(LogLevel), default="INFO")),
        )
        if not read.is_local:
            _refuse_local_values(settings)
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SignupSettings:
    """What the sign-up trigger is told: it knows no cache."""

    stack_name: str
    aws_region: str
    aws_endpoint_url: str | None
    users_table: str
    operations_table: str
    user_data_table: str
    email_queue_url: str
    redis_url: None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "SignupSettings":
        """Like `Settings.from_env`, for a function that has fewer variables."""
        read = _Reader(os.environ if env is None else env)
        settings = cls(
            stack_name=read.required("STACK_NAME"),
            aws_region=read.required("AWS_REGION"),
            aws_endpoint_url=read.optional("AWS_ENDPOINT_URL"),
            users_table=read.required("USERS_TABLE"),
            operations_table=read.required("OPERATIONS_TABLE"),
            user_data_table=read.required("USER_DATA_TABLE"),
            email_queue_url=read.required("EMAIL_QUEUE_URL"),
        )
        if not read.is_local:
            _refuse_emulator(settings)
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailConsumerSettings:
    """What the consumer of the mail queue is told."""

    stack_name: str
    aws_region: str
    aws_endpoint_url: str | None
    operations_table: str
    email_dlq_url: str
    mail_from: str
    mail_configuration_set: str | None
    redis_url: None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "EmailConsumerSettings":
        """Like `Settings.from_env`, for a function that has fewer variables."""
        read = _Reader(os.environ if env is None else env)
        settings = cls(
            stack_name=read.required("STACK_NAME"),
            aws_region=read.required("AWS_REGION"),
            aws_endpoint_url=read.optional("AWS_ENDPOINT_URL"),
            operations_table=read.required("OPERATIONS_TABLE"),
            email_dlq_url=read.required("EMAIL_DLQ_URL"),
            mail_from=read.required("MAIL_FROM"),
            mail_configuration_set=read.optional("MAIL_CONFIGURATION_SET"),
        )
        if not read.is_local:
            _refuse_emulator(settings)
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSettings:
    """What the ingest function is told."""

    stack_name: str
    aws_region: str
    aws_endpoint_url: str | None
    users_table: str
    files_table: str
    user_data_table: str
    operations_table: str
    data_bucket: str
    ingest_bucket: str
    ingest_queue_url: str
    ingest_dlq_url: str
    email_queue_url: str
    redis_url: str | None

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "IngestSettings":
        """Like `Settings.from_env`, for a function that has fewer variables."""
        read = _Reader(os.environ if env is None else env)
        settings = cls(
            stack_name=read.required("STACK_NAME"),
            aws_region=read.required("AWS_REGION"),
            aws_endpoint_url=read.optional("AWS_ENDPOINT_URL"),
            users_table=read.required("USERS_TABLE"),
            files_table=read.required("FILES_TABLE"),
            user_data_table=read.required("USER_DATA_TABLE"),
            operations_table=read.required("OPERATIONS_TABLE"),
            data_bucket=read.required("DATA_BUCKET"),
            ingest_bucket=read.required("INGEST_BUCKET"),
            ingest_queue_url=read.required("INGEST_QUEUE_URL"),
            ingest_dlq_url=read.required("INGEST_DLQ_URL"),
            email_queue_url=read.required("EMAIL_QUEUE_URL"),
            redis_url=read.optional("REDIS_URL"),
        )
        if not read.is_local:
            _refuse_emulator(settings)
            _refuse_clear_cache(settings.redis_url)
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerSettings:
    """What the authorizer is told: whose tokens it lets pass, and where the keys are."""

    stack_name: str
    user_pool_client_id: str
    token_issuer: str
    jwks_url: str

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "AuthorizerSettings":
        """Like `Settings.from_env`, for a function that has fewer variables."""
        read = _Reader(os.environ if env is None else env)
        pool, region = read.required("USER_POOL_ID"), read.required("AWS_REGION")
        issuer = read.optional("TOKEN_ISSUER") or _issuer_of(pool, region)
        settings = cls(
            stack_name=read.required("STACK_NAME"),
            user_pool_client_id=read.required("USER_POOL_CLIENT_ID"),
            token_issuer=issuer,
            jwks_url=read.optional("JWKS_URL") or _keys_of(issuer),
        )
        if not read.is_local:
            _refuse_clear_keys(settings.jwks_url)
        return settings


def _issuer_of(pool: str, region: str) -> str:
    return f"https://cognito-idp.{region}.amazonaws.com/{pool}"


def _keys_of(issuer: str) -> str:
    return f"{issuer}/.well-known/jwks.json"


def _refuse_clear_keys(jwks_url: str) -> None:
    if urlsplit(jwks_url).scheme != "https":
        raise ConfigurationError("JWKS_URL must be https outside STAGE=local")


def _refuse_clear_cache(redis_url: str | None) -> None:
    if redis_url and urlsplit(redis_url).scheme != "rediss":
        raise ConfigurationError("REDIS_URL must be rediss:// (TLS) outside STAGE=local")


def _refuse_emulator(settings: ConnectionSettings) -> None:
    if settings.aws_endpoint_url is not None:
        raise ConfigurationError("AWS_ENDPOINT_URL is for STAGE=local only")


def _refuse_local_values(settings: Settings) -> None:
    """On AWS, nothing may travel in clear or to an emulator."""
    _refuse_emulator(settings)
    _refuse_clear_keys(settings.jwks_url)
    _refuse_clear_cache(settings.redis_url)
    if settings.stage == "prod" and any(origin.startswith("http://") for origin in settings.cors_origins):
        raise ConfigurationError("CORS_ORIGINS must be https in STAGE=prod")


@dataclass(frozen=True, slots=True)
class _Reader:
    env: Mapping[str, str]

    @property
    def stage(self) -> Stage:
        return cast(Stage, self.choice("STAGE", get_args(Stage), default="dev"))

    @property
    def is_local(self) -> bool:
        return self.stage == "local"

    def optional(self, name: str) -> str | None:
        return self.env.get(name, "").strip() or None

    def required(self, name: str) -> str:
        value = self.optional(name)
        if value is None:
            raise ConfigurationError(f"{name} is not set")
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.optional(name) or default
        if value not in allowed:
            raise ConfigurationError(f"{name} must be one of {', '.join(allowed)}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.choice(name, ("true", "false"), default=str(default).lower())
        return value == "true"

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
