"""Settings of the function that migrates PostgreSQL's schema."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.config.reader import ConfigurationError, Postgres, Reader, connected


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateSettings:
    """Settings of the function that migrates PostgreSQL's schema."""

    stack_name: str
    aws_region: str
    aws_endpoint_url: str | None
    database: Postgres

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "MigrateSettings":
        """Read and check the environment, as the settings of the API do."""
        database = Reader.of(env).database
        if database is None:
            raise ConfigurationError("DATABASE=dynamodb has no schema to migrate")
        return connected(cls, env, database=database)
