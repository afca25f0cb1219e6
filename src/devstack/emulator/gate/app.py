"""The gate as ASGI middleware around MiniStack's own application."""

import hmac
import uuid
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_actions, router

from devstack.credentials import CONTROL_TOKEN_HEADER, Credentials
from devstack.emulator.gate import cors, forms, public, signatures
from devstack.emulator.gate.keys import Keys
from devstack.emulator.gate.refused import ForeignPageError, RefusedError, unsigned
from devstack.emulator.gate.request import SignedRequest
from devstack.pages import foreign_host, foreign_origin, foreign_site, values

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Any, Receive, Send], Awaitable[None]]

_CONTROL = ("/_ministack", "/_localstack", "/health")
"""Where the paths of the emulator's own routes begin."""
_STARTS = ("http.response.start", "websocket.accept", "websocket.http.response.start")


class DisconnectedError(Exception):
    """The caller has gone before the request was complete."""


class Gate:
    """Passes on what may be answered, and answers the rest itself."""

    def __init__(self, app: Asgi, credentials: Credentials, origins: Collection[str]) -> None:
        self._app = app
        self._keys = Keys(credentials)
        self._token = credentials.control_token.encode()
        self._origins = frozenset(origins)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        try:
            passed = await self._admit(scope, receive)
        except RefusedError as refusal:
            refuse = _refuse if scope["type"] == "http" else _close
            return await refuse(scope, send, refusal)
        except DisconnectedError:
            return None

        async def narrow(message: Message) -> None:
            if message["type"] in _STARTS:
                cors.narrowed(message, scope)
            await send(message)

        return await self._app(scope, passed, narrow)

    async def _admit(self, scope: Any, receive: Receive) -> Receive:
        """From where the application reads the request.

        Raises:
            RefusedError: it may not be answered.
            DisconnectedError: the client no longer waits for an answer.
        """
        request = SignedRequest.of(scope)
        self._check_page(scope, request)
        if scope["path"].startswith(_CONTROL):
            self._check_token(scope)
            return receive
        if _is_preflight(request):
            return receive
        return await self._check_signature(scope, request, receive)

    def _check_page(self, scope: Any, request: SignedRequest) -> None:
        headers = scope["headers"]
        reason = foreign_host(headers) or foreign_origin(headers, self._origins)
        if not _is_link(
            request
        ):  # as on AWS it may be followed from anywhere: it was given away, and is signed
            reason = reason or foreign_site(headers)
        if reason:
            raise ForeignPageError(reason)

    def _check_token(self, scope: Any) -> None:
        given = values(scope["headers"], CONTROL_TOKEN_HEADER.lower().encode())
        if len(given) != 1 or not hmac.compare_digest(given[0].encode(), self._token):
            raise RefusedError("AccessDenied", f"{CONTROL_TOKEN_HEADER} is missing or wrong.")

    async def _check_signature(self, scope: Any, request: SignedRequest, receive: Receive) -> Receive:
        signature = signatures.find(request)
        if signature is not None:
            body = await _read(receive) if scope["type"] == "http" else b""
            signatures.verify(request, signature, body, self._keys, datetime.now(UTC))
        elif public.is_public(request):
            return receive
        elif forms.is_form(request):
            body = await _read(receive)
            forms.verify(request, body, self._keys)
        else:
            raise unsigned()
        return _replay(body, receive) if scope["type"] == "http" else receive


def _is_preflight(request: SignedRequest) -> bool:
    asks = "origin" in request.headers and "access-control-request-method" in request.headers
    return request.method == "OPTIONS" and asks


def _is_link(request: SignedRequest) -> bool:
    return request.method in ("GET", "HEAD") and "X-Amz-Signature=" in request.query


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise DisconnectedError
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body once more, in one piece; then the messages that follow."""
    waiting = [body]

    async def replayed() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replayed


async def _close(_scope: Any, send: Send, _refusal: RefusedError) -> None:
    """A WebSocket that is closed before it is accepted: the browser sees a 403."""
    await send({"type": "websocket.close", "code": 1008})


async def _refuse(scope: Any, send: Send, refusal: RefusedError) -> None:
    """In the protocol of the service that was meant, so that its SDK explains it."""
    request = SignedRequest.of(scope)
    service = router.detect_service(
        request.method, scope["path"], request.headers, parse_qs(request.query, keep_blank_values=True)
    )
    status, headers, body = iam_actions.access_denied_response(
        service,
        "",
        "",
        str(uuid.uuid4()),
        error_code=refusal.code,
        message=str(refusal),
        headers=request.headers,
    )
    readable = {} if isinstance(refusal, ForeignPageError) else {"Access-Control-Allow-Origin": "*"}
    pairs = _encoded({**headers, **readable, "Content-Length": str(len(body))})
    start: Message = {"type": "http.response.start", "status": status, "headers": pairs}
    cors.narrowed(start, scope)
    await send(start)
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
