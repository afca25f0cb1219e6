"""The RDS Data API as AWS's SDK speaks to it: `rest-json` over HTTP."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.config.reader import AuroraCluster
from support.data_api.errors import ApiError
from support.data_api.results import MAX_ANSWER
from support.data_api.service import Service

_MAX_REQUEST = 4 * 1024 * 1024


class FakeDataApi(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, url: str, cluster: AuroraCluster) -> None:
        self.service = Service(url, cluster)
        self.requests: list[str] = []
        """The path of each request."""
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def port(self) -> int:
        return self.server_port


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FakeDataApi

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(self.path)
        try:
            self._answer(200, self._served(body))
        except ApiError as error:
            self._answer(error.status, json.dumps({"message": error.message}).encode(), error.code)

    def _served(self, body: bytes) -> bytes:
        if "/rds-data/aws4_request" not in self.headers.get("Authorization", ""):
            raise ApiError("AccessDeniedException", "Missing Authentication Token")
        if len(body) + len(bytes(self.headers)) > _MAX_REQUEST:
            raise ApiError("BadRequestException", "Request size limit exceeded")
        answer = json.dumps(
            self.server.service.call(self.path, json.loads(body)), ensure_ascii=False
        ).encode()
        if len(answer) > MAX_ANSWER:
            raise ApiError("UnsupportedResultException", "Database response exceeded size limit")
        return answer

    def _answer(self, status: int, body: bytes, error: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if error is not None:
            self.send_header("x-amzn-ErrorType", error)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server names it
        """Quiet."""
