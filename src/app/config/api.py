"""Settings of the API."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from app import limit_settings
from app.config.reader import (
    ConfigurationError,
    Postgres,
    Reader,
    Stage,
    Tables,
    refuse_clear_keys,
    refuse_clear_redis,
    refuse_local_connections,
)
from app.limit_settings import Limits

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


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
    download_quota: int
    """MiB that a user may download in a day."""
    limits: Limits
    """How often something may be tried without an account; empty: no limits."""
    origin_secret_arn: str | None
    """The secret whose `originKey` the site's distribution sends; `None` where there is no distribution."""
    password_complexity: bool
    """Whether a new password needs all four kinds of characters, as the pool's policy says."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read and check the environment (`os.environ` unless another is given).

        Raises:
            ConfigurationError: a required variable is missing, malformed, or unsafe in this stage.
        """
        read = Reader.of(env)
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
            download_quota=read.count("DOWNLOAD_QUOTA", default=10_240),
            limits=_limits(read),
            password_complexity=read.choice("PASSWORD_COMPLEXITY", ("on", "off"), default="on") == "on",
            database=read.database,
            tables=read.tables(),
        )
        if not read.is_local:
            refuse_local_connections(settings.aws_endpoint_url)
            refuse_clear_redis(settings.redis_url)
            refuse_clear_keys(settings.jwks_url)
        if read.stage == "prod" and any(origin.startswith("http://") for origin in settings.cors_origins):
            raise ConfigurationError("CORS_ORIGINS must be https in STAGE=prod")
        return settings


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings.from_env()


def _limits(read: Reader) -> Limits:
    try:
        return limit_settings.parse(read.optional("LIMITS") or "")
    except limit_settings.InvalidLimits as error:
        raise ConfigurationError(f"LIMITS {error}") from None
