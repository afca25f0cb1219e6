"""Settings of the authorizer."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.config.reader import Reader, refuse_clear_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerSettings:
    """Settings of the authorizer: the issuer and the client of accepted tokens, and the URL of the keys."""

    stack_name: str
    user_pool_client_id: str
    user_pool_site_client_id: str
    token_issuer: str
    jwks_url: str

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "AuthorizerSettings":
        """Read and check the environment, as the settings of the API do."""
        read = Reader.of(env)
        issuer = read.issuer
        settings = read.into(cls, token_issuer=issuer, jwks_url=read.keys_of(issuer))
        if not read.is_local:
            refuse_clear_keys(settings.jwks_url)
        return settings
