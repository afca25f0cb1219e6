"""Refuse the requests of an account that has used up its own for now."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.auth.principal import Principal
from app.cache.requests import RequestCounter
from app.problems import problem_response
from app.services.limits import LimitReached

_FREE = frozenset({204, 304, 429})
"""Answers that count for nothing: what has not changed, what was done without a word, and refusals."""


class RequestLimitMiddleware:
    """Stands inside `AuthenticationMiddleware`, which says who it is. Requests without a token are not counted."""

    def __init__(self, app: ASGIApp, *, counter: RequestCounter) -> None:
        self._app = app
        self._counter = counter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        principal: Principal | None = scope.get("state", {}).get("principal")
        if scope["type"] != "http" or principal is None:
            await self._app(scope, receive, send)
        elif wait := self._counter.wait(principal.user_id):
            refused = LimitReached("requests", self._counter.limit, wait)
            await problem_response(refused, instance=scope["path"])(scope, receive, send)
        else:
            await self._app(scope, receive, self._counted(principal.user_id, send))

    def _counted(self, user_id: str, send: Send) -> Send:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] not in _FREE:
                self._counter.answered(user_id)
            await send(message)

        return counted
