"""Settings of the ingest function."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.config.reader import Postgres, Reader, Tables, connected, refuse_clear_redis


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
        """Read and check the environment, as the settings of the API do."""
        read = Reader.of(env)
        tables = read.tables("todos", "users", "files", "user_data", "operations")
        settings = connected(cls, env, tables=tables, database=read.database)
        if not read.is_local:
            refuse_clear_redis(settings.redis_url)
        return settings
