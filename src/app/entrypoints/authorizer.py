"""The token verifier as a Lambda authorizer of the HTTP API: the alternative to the gateway's own JWT check.

It answers in the simple format: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
A refusal is a 403 of the gateway's. Only a function that fails makes it a 401, and that would be an alarm that any
caller could ring.
"""

from app.cold_start import before_snapshot, frozen_imports

with frozen_imports():
    from functools import cache
    from importlib import import_module
    from typing import Any

    from app.auth.bearer import bearer_token
    from app.auth.gateway import claims_of
    from app.auth.jwks import Jwks
    from app.auth.principal import Principal
    from app.auth.verifier import TokenVerifier
    from app.config.authorizer import AuthorizerSettings
    from app.errors import Unauthenticated
    from app.logs import configure_logging


def handler(event: Any, _context: object) -> dict[str, Any]:
    """Return whether the request may pass, with the claims, so that the API can check that both read one token."""
    try:
        principal = _principal(event)
    except (Unauthenticated, AttributeError, LookupError, TypeError):
        return {"isAuthorized": False}
    return {"isAuthorized": True, "context": claims_of(principal, verifier().issuer)}


def _principal(event: Any) -> Principal:
    """Verify the request's only `Authorization` header. It is read from the headers, as the API reads it.

    Raises:
        Unauthenticated: the token is missing or invalid.
        AttributeError, LookupError, TypeError: no event of API Gateway's looks like this.
    """
    token = bearer_token([v for name, v in event["headers"].items() if name.lower() == "authorization"])
    return verifier().recall(token) or verifier().verify(token)


@cache
def verifier() -> TokenVerifier:
    settings = AuthorizerSettings.from_env()
    configure_logging("INFO", settings.stack_name)
    return TokenVerifier(
        issuer=settings.token_issuer,
        client_ids=(settings.user_pool_client_id, settings.user_pool_site_client_id),
        jwks=Jwks(settings.jwks_url),
    )


before_snapshot(lambda: import_module("jose.jwk"))
