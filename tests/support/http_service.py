"""An HTTP server on the loopback that answers as a test says, and remembers what it was asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import NamedTuple


class Asked(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes


class Answer(NamedTuple):
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


@dataclass
class Service:
    url: str
    asked: list[Asked] = field(default_factory=list)


class Hanging:
    """Answers when the test ends: a caller that came back with `answered` at 0 did not wait for the answer."""

    def __init__(self) -> None:
        self.over = Event()
        self.answered = 0

    def __call__(self, _asked: Asked) -> Answer:
        self.over.wait(60)
        self.answered += 1
        return Answer()


@contextmanager
def service(answer: Callable[[Asked], Answer]) -> Iterator[Service]:
    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body)
            running.asked.append(asked)
            said = answer(asked)
            with suppress(ConnectionError):  # the client has given up meanwhile
                self._send(said)

        def _send(self, said: Answer) -> None:
            self.send_response(said.status)
            for name, value in {"Content-Length": str(len(said.body)), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.body)

        do_GET = do_POST = do_PUT = _respond  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = Service(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield running
    finally:
        if isinstance(answer, Hanging):
            answer.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
