"""A network that loses, doubles and reorders what goes over it."""

import httpx
from fastapi.testclient import TestClient


class BadNetwork(httpx.BaseTransport):
    """Between a client and the application. `fates` are those of the next requests: `request lost`, `answer lost`, or
    anything else, by which they arrive; then all arrive. Each may also arrive late, or once more."""

    def __init__(self, api: TestClient) -> None:
        self.fates: list[str] = []
        self.sent: list[httpx.Request] = []
        self._api = api

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.sent.append(request)
        fate = self.fates.pop(0) if self.fates else "arrives"
        if fate == "request lost":
            raise httpx.ConnectError("lost", request=request)
        response = self.deliver(request)
        if fate == "answer lost":
            raise httpx.ReadError("lost", request=request)
        return response

    def deliver(self, request: httpx.Request) -> httpx.Response:
        answer = self._api.request(
            request.method, str(request.url), content=request.content, headers=dict(request.headers)
        )
        return httpx.Response(answer.status_code, content=answer.content, request=request)
