"""Let only administrators reach `/v1/admin`, including paths that have no route.

It answers before any route is chosen and any body is read, so other callers do not learn which paths exist.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.auth.principal import Principal
from app.errors import Forbidden
from app.problems import problem_response
from app.routing import route_path

_GROUP = "admin"
_ROOT = "/v1/admin"


def is_admin(principal: Principal) -> bool:
    return _GROUP in principal.groups


class AdminGateMiddleware:
    """Stands inside `AuthenticationMiddleware`, which says who it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_admin_path(route_path(scope)) and not _by_admin(scope):
            await problem_response(Forbidden(), instance=scope["path"])(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_admin_path(path: str) -> bool:
    return path == _ROOT or path.startswith(f"{_ROOT}/")


def _by_admin(scope: Scope) -> bool:
    principal: Principal | None = scope.get("state", {}).get("principal")
    return principal is not None and is_admin(principal)
