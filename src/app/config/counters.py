"""Settings of the counters function."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.config.reader import Reader, Tables, connected


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
        """Read and check the environment, as the settings of the API do."""
        return connected(cls, env, tables=Reader.of(env).tables("operations"))
