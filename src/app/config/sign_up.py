"""Settings of the post-confirmation trigger."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.config.reader import Postgres, Reader, Tables, connected


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
        """Read and check the environment, as the settings of the API do."""
        read = Reader.of(env)
        tables = read.tables("todos", "users", "operations", "user_data")
        return connected(cls, env, tables=tables, database=read.database)
