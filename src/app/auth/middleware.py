"""Authentication for the whole application: every path that is not public needs a valid access token.

Pure ASGI: Starlette's `BaseHTTPMiddleware` costs a task and a stream per request. It answers instead of
raising, for what is raised out here passes the application's exception handlers by.
"""

from collections.abc import Callable
from functools import partial

from anyio import CapacityLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from app import threads
from app.auth import gateway
from app.auth.bearer import bearer_token
from app.auth.principal import Principal
from app.auth.verifier import TokenVerifier
from app.errors import Unauthenticated
from app.problems import problem_response
from app.routing import route_path

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
        if not self._is_public(route_path(scope)):
            try:
                scope.setdefault("state", {})["principal"] = await self._authenticate(scope)
            except Unauthenticated as error:
                error.__traceback__ = None  # its frames hold the request, and the thread's future
                await problem_response(error, instance=scope["path"])(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _authenticate(self, scope: Scope) -> Principal:
        token = bearer_token(_authorizations(scope))
        verifier = self._verifier()
        principal = verifier.recall(token)
        if principal is None:
            principal = await threads.run(partial(verifier.verify, token), limiter=self._threads)
        if not _gateway_agrees(scope, principal, verifier.issuer):
            raise Unauthenticated
        return principal


def _authorizations(scope: Scope) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"authorization"]


def _gateway_agrees(scope: Scope, principal: Principal, issuer: str) -> bool:
    """Mangum keeps the event in the scope; there is none outside Lambda."""
    return "aws.event" not in scope or gateway.agrees(scope["aws.event"], principal, issuer)
