"""The outermost middleware: names each request, logs it in one line, and sets the headers every answer carries."""

import logging
import re
import time
import uuid
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import context, deadline
from app.context import RequestContext
from app.errors import AppError, WakingUp
from app.logs import counted
from app.problems import problem_response

_log = logging.getLogger("app.request")
_GATEWAY_ID = re.compile(r"[A-Za-z0-9=_-]{1,64}")
_LONGEST_START = 10.0
"""Seconds: what Lambda allows a function to start. A longer wait is two clocks that differ."""


class RequestLogMiddleware:
    """Log one line per request, without query, body, or anything of the caller's but the route they reached. A 5xx
    is a warning that names the failed call behind it; one that is expected, `waking_up`, is counted, once per answer,
    so that an alarm on 5xx can leave it out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = context.begin(_request_id(scope), scope)
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _set_headers(MutableHeaders(scope=message), scope, request)
            await send(message)

        try:
            with deadline.of_request(deadline.SECONDS - _waited(scope)):
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
    given = _gateway(scope).get("requestId")
    return given if isinstance(given, str) and _GATEWAY_ID.fullmatch(given) else str(uuid.uuid4())


def _waited(scope: Scope) -> float:
    """Seconds since API Gateway took the request: a cold start is over only then. Clocks may differ a little."""
    arrived = _gateway(scope).get("timeEpoch")
    seconds = time.time() - arrived / 1000 if isinstance(arrived, int) else 0.0
    return min(max(seconds, 0.0), _LONGEST_START)


def _gateway(scope: Scope) -> dict[str, Any]:
    """API Gateway's context of the request; empty outside Lambda."""
    event = scope.get("aws.event")
    said = event.get("requestContext") if isinstance(event, dict) else None
    return said if isinstance(said, dict) else {}


def _set_headers(headers: MutableHeaders, scope: Scope, request: RequestContext) -> None:
    headers["X-Request-Id"] = request.request_id
    if not scope["path"].startswith("/v1/"):
        return
    headers.setdefault("Cache-Control", "private, no-cache")
    headers.add_vary_header("Authorization")
    if scope["method"] in ("GET", "HEAD") and request.cache is not None:
        headers["X-Cache"] = request.cache


def _log_request(scope: Scope, request: RequestContext, status: int, seconds: float) -> None:
    fields = {
        "method": scope["method"] if scope["method"] in _METHODS else "other",
        "route": getattr(scope.get("route"), "path", None),
        "status": status,
        "durationMs": round(seconds * 1000, 1),
        "cache": request.cache,
    }
    if status < 500:
        _log.info("request", extra={"fields": fields})
        return
    cause = request.failed_call.fields() if request.failed_call else {}
    fields |= {"problem": request.problem, **cause}
    is_waking_up = request.problem == WakingUp.default_code
    _log.warning("request", extra=counted("WakingUp", **fields) if is_waking_up else {"fields": fields})


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
