"""Compare the claims of API Gateway's authorizer with the token that was verified here.

The gateway has two kinds of authorizer: its own for JWTs, and our function (`app.entrypoints.authorizer`). Either
leaves claims in the event of the request.
"""

from collections.abc import Mapping
from typing import Any

from app.auth.principal import Principal


def claims_of(principal: Principal, issuer: str) -> dict[str, str]:
    """The claims to compare, as the gateway hands them on: text only."""
    return {
        "sub": principal.user_id,
        "iss": issuer,
        "client_id": principal.client_id,
        "token_use": "access",
        "jti": principal.token_id,
    }


def agrees(event: Any, principal: Principal, issuer: str) -> bool:
    """Return whether the authorizer, if one ran before `event`, saw the token that was verified here.

    No authorizer is no objection: the token is verified in any case. A claim that the gateway leaves out, except
    `sub`, is none to disagree with.
    """
    try:
        said = _said(event["requestContext"].get("authorizer"))
    except (AttributeError, LookupError, TypeError):
        return False
    verified = claims_of(principal, issuer)
    return all(_holds(claims, verified) for claims in said)


def _holds(claims: Mapping[str, object], verified: Mapping[str, str]) -> bool:
    return "sub" in claims and all(claims.get(name, value) == value for name, value in verified.items())


def _said(authorizer: object) -> list[Mapping[str, object]]:
    """The claims of each authorizer that ran.

    Raises:
        LookupError, TypeError: no event of API Gateway's looks like this.
    """
    if authorizer is None:
        return []
    if not isinstance(authorizer, dict):
        raise TypeError("authorizer is not an object")
    said = []
    if "jwt" in authorizer:
        said.append(authorizer["jwt"]["claims"])
    if "lambda" in authorizer:
        said.append(authorizer["lambda"])
    if not all(isinstance(claims, dict) for claims in said):
        raise TypeError("claims are not an object")
    return said
