"""The outermost middleware: names each request, logs it in one line, and sets the headers every answer carries."""

import logging
import re
import time
import uuid

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import context
from app.context import RequestContext
from app.errors import AppError
from app.problems import problem_response

_log = logging.getLogger("app.request")
_GATEWAY_ID = re.compile(r"[A-Za-z0-9=_-]{1,64}")


class RequestLogMiddleware:
    """Log one line per request, without query, body, or anything of the caller's but the route they reached."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = context.begin(_request_id(scope))
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _set_headers(MutableHeaders(scope=message), scope, request)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            _log_request(scope, request, status, time.perf_counter() - started)


class ErrorBoundaryMiddleware:
    """The last resort, inside CORS so that a browser may read it: an unexpected error becomes a plain 500."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            logging.getLogger("app").exception("unhandled error")
            await problem_response(AppError(), instance=scope["path"])(scope, receive, send)


def _request_id(scope: Scope) -> str:
    """API Gateway's id, so that its logs and ours meet; else a new one. A caller cannot choose it."""
    event = scope.get("aws.event")
    gateway = event.get("requestContext") if isinstance(event, dict) else None
    given = gateway.get("requestId") if isinstance(gateway, dict) else None
    return given if isinstance(given, str) and _GATEWAY_ID.fullmatch(given) else str(uuid.uuid4())


def _set_headers(headers: MutableHeaders, scope: Scope, request: RequestContext) -> None:
    headers["X-Request-Id"] = request.request_id
    headers["X-Content-Type-Options"] = "nosniff"
    if not scope["path"].startswith("/v1/"):
        return
    headers.setdefault("Cache-Control", "private, no-cache")
    headers.add_vary_header("Authorization")
    if scope["method"] == "GET" and request.cache is not None:
        headers["X-Cache"] = request.cache


def _log_request(scope: Scope, request: RequestContext, status: int, seconds: float) -> None:
    fields = {
        "method": scope["method"] if scope["method"] in _METHODS else "other",
        "route": getattr(scope.get("route"), "path", None),
        "status": status,
        "durationMs": round(seconds * 1000, 1),
        "cache": request.cache,
    }
    _log.info("request", extra={"fields": fields})


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
