"""Settings of the pre-sign-up trigger."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.config.reader import Reader, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class PreSignUpSettings:
    """Settings of the pre-sign-up trigger, which calls no service."""

    stage: Stage
    stack_name: str

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "PreSignUpSettings":
        """Read and check the environment, as the settings of the API do."""
        read = Reader.of(env)
        return read.into(cls, stage=read.stage)
