"""Settings of the egress relay."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.config.reader import ConfigurationError, Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressSettings:
    """Settings of the egress relay: the origins that requests may go to."""

    stack_name: str
    egress_origins: tuple[str, ...]

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "EgressSettings":
        """Read and check the environment, as the settings of the API do."""
        read = Reader.of(env)
        settings = read.into(cls, egress_origins=read.origins("EGRESS_ORIGINS"))
        if not settings.egress_origins:
            raise ConfigurationError("EGRESS_ORIGINS is not set")
        if not (read.is_local or all(origin.startswith("https://") for origin in settings.egress_origins)):
            raise ConfigurationError("EGRESS_ORIGINS must be https outside STAGE=local")
        return settings
