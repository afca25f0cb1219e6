"""Settings of the pre-sign-up trigger."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.config.reader import Reader, Tables, connected


@dataclass(frozen=True, slots=True, kw_only=True)
class PreSignUpSettings:
    """Settings of the pre-sign-up trigger, which looks into the Operations table alone."""

    stack_name: str
    aws_region: str
    aws_endpoint_url: str | None
    tables: Tables

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "PreSignUpSettings":
        """Read and check the environment, as the settings of the API do."""
        return connected(cls, env, tables=Reader.of(env).tables("operations"))
