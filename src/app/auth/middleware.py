"""Authentication for the whole application: every path that is not public needs a valid access token.

Pure ASGI: Starlette's `BaseHTTPMiddleware` costs a task and a stream per request. It answers instead of
raising, for what is raised out here passes the application's exception handlers by.
"""

import re
from collections.abc import Callable, Mapping

from anyio import CapacityLimiter, to_thread
from starlette._utils import get_route_path
from starlette.types import ASGIApp, Receive, Scope, Send

from app.auth.principal import Principal
from app.auth.verifier import TokenVerifier
from app.errors import Unauthenticated
from app.problems import problem_response

_BEARER = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)")
"""RFC 6750, 2.1. No comma is in it, and API Gateway joins repeated headers with commas."""

_VERIFYING_THREADS = 8
"""Threads of their own: waiting for the issuer's keys must not starve the endpoints."""


class AuthenticationMiddleware:
    """Puts the `Principal` at `scope["state"]["principal"]`, or answers 401.

    Args:
        verifier: gives the verifier, built on first use and kept by the caller.
        is_public: whether a route path (`root_path` stripped) is served to everyone; no token is read there.
    """

    def __init__(
        self, app: ASGIApp, *, verifier: Callable[[], TokenVerifier], is_public: Callable[[str], bool]
    ) -> None:
        self._app = app
        self._verifier = verifier
        self._is_public = is_public
        self._threads = CapacityLimiter(_VERIFYING_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            # Closing before accepting: the server answers the handshake with 403.
            await send({"type": "websocket.close", "code": 1008})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._is_public(get_route_path(scope)):
            try:
                scope.setdefault("state", {})["principal"] = await self._authenticate(scope)
            except Unauthenticated as error:
                await problem_response(error, instance=scope["path"])(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _authenticate(self, scope: Scope) -> Principal:
        token = _bearer_token(scope)
        verifier = self._verifier()
        principal = verifier.recall(token)
        if principal is None:
            principal = await to_thread.run_sync(verifier.verify, token, limiter=self._threads)
        if not _gateway_agrees(scope, principal, verifier.issuer):
            raise Unauthenticated
        return principal


def _bearer_token(scope: Scope) -> str:
    """The token of the only `Authorization` header; of two, others on the way may read the other."""
    values = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
    match = _BEARER.fullmatch(values[0]) if len(values) == 1 else None
    if match is None:
        raise Unauthenticated
    return match[1].decode("ascii")


def _gateway_agrees(scope: Scope, principal: Principal, issuer: str) -> bool:
    """Whether API Gateway's JWT authorizer, if one ran, saw the token that was verified here.

    Mangum keeps the event in the scope. No authorizer is no objection: the token is verified in any case. The
    gateway gives claims as strings; a claim it leaves out, except `sub`, is none to disagree with.
    """
    if "aws.event" not in scope:
        return True
    try:
        authorizer = scope["aws.event"]["requestContext"].get("authorizer")
        claims = _jwt_claims(authorizer)
    except (AttributeError, LookupError, TypeError):
        return False
    if claims is None:
        return True
    verified = {
        "sub": principal.user_id,
        "iss": issuer,
        "client_id": principal.client_id,
        "token_use": "access",
        "jti": principal.token_id,
    }
    return "sub" in claims and all(claims.get(name, value) == value for name, value in verified.items())


def _jwt_claims(authorizer: object) -> Mapping[str, object] | None:
    """The claims of a JWT authorizer, `None` when none ran.

    Raises:
        LookupError, TypeError: no event of API Gateway's looks like this.
    """
    if authorizer is None:
        return None
    if not isinstance(authorizer, dict):
        raise TypeError("authorizer is not an object")
    if "jwt" not in authorizer:
        return None
    claims = authorizer["jwt"]["claims"]
    if not isinstance(claims, dict):
        raise TypeError("claims is not an object")
    return claims
