"""Egress relay: a Lambda outside the VPC forwards already signed AWS requests.

Both ends of it. A request is signed before it is relayed, so it has the caller's rights; the function that forwards
it has none of its own, and forwards to known origins only. Each end is botocore's: the client keeps its time-outs,
retries and errors whichever way its requests go.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Collection
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypedDict, cast
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.httpsession import URLLib3Session

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from types_boto3_lambda.client import LambdaClient

CONNECT_SECONDS, READ_SECONDS = 1, 8
MAX_BYTES = 64 * 1024
"""Of what `get` brings."""


class RelayRequest(TypedDict):
    """A signed request. `body` is base64."""

    method: str
    url: str
    headers: dict[str, str]
    body: str


class RelayResponse(TypedDict, total=False):
    """The response, with `body` in base64; or in `failure` the name of the error that prevented one."""

    status: int
    headers: dict[str, str]
    body: str
    failure: str


class Egress:
    """The end inside the VPC.

    Args:
        client: one that tries once; the relayed clients have their own retries.
        function: the name of the function at the other end.
    """

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def route_through(self, client: "BaseClient") -> None:
        """From now on, send the requests of `client` through the relay."""
        client.meta.events.register("before-send", cast(Any, self._send))

    def get(self, url: str) -> bytes:
        """The body at `url`.

        Raises:
            HTTPClientError: no answer came, or not a 200, or one that is longer than `MAX_BYTES`.
        """
        answer = self._relayed({"method": "GET", "url": url, "headers": {}, "body": ""})
        body = b64decode(answer["body"])
        if answer["status"] != 200 or len(body) > MAX_BYTES:
            raise HTTPClientError(error=f"status {answer['status']}, {len(body)} bytes")
        return body

    def _send(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        headers = {name: _text(value) for name, value in request.headers.items()}
        body = b64encode(cast(bytes, request.body or b"")).decode()
        answer = self._relayed(
            {"method": request.method, "url": request.url, "headers": headers, "body": body}
        )
        raw = _Raw(b64decode(answer["body"]))
        return AWSResponse(request.url, answer["status"], cast(Any, answer["headers"]), raw)

    def _relayed(self, request: RelayRequest) -> RelayResponse:
        """Send the request through the relay.

        Raises:
            HTTPClientError: there is no response. botocore treats it as a connection error, and may retry.
        """
        try:
            called = self._client.invoke(FunctionName=self._function, Payload=json.dumps(request))
            payload = called["Payload"].read()
        except (BotoCoreError, ClientError) as error:
            raise HTTPClientError(error=f"the function was not called: {type(error).__name__}") from None
        if "FunctionError" in called:
            raise HTTPClientError(error="the function failed")
        answer: RelayResponse = json.loads(payload)
        if "failure" in answer:
            raise HTTPClientError(error=answer["failure"])
        return answer


class Relay:
    """The end outside the VPC.

    Args:
        origins: `scheme://host[:port]` of where requests may go.
    """

    def __init__(self, origins: Collection[str]) -> None:
        self._origins = origins
        self._session = URLLib3Session(timeout=cast(Any, (CONNECT_SECONDS, READ_SECONDS)))

    def forward(self, request: RelayRequest) -> RelayResponse:
        """Forward the request.

        Raises:
            PermissionError: its origin is not allowed.
        """
        parts = urlsplit(request["url"])
        if f"{parts.scheme}://{parts.netloc}" not in self._origins:
            raise PermissionError("origin not allowed")
        body = b64decode(request["body"])
        made = AWSRequest(method=request["method"], url=request["url"], headers=request["headers"], data=body)
        try:
            answer = self._session.send(made.prepare())
            brought = b64encode(answer.content).decode()
        except BotoCoreError as error:
            return {"failure": type(error).__name__}
        return {"status": answer.status_code, "headers": dict(answer.headers.items()), "body": brought}


class _Raw(BytesIO):
    def stream(self) -> "_Raw":
        return self


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
