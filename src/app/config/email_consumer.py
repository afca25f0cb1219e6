"""Settings of the mail consumer."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.config.reader import Reader, Tables, connected


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
    site_url: str
    """Of the pages that mails link to."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "EmailConsumerSettings":
        """Read and check the environment, as the settings of the API do."""
        return connected(cls, env, tables=Reader.of(env).tables("operations"))
