"""A TCP relay before a server, that loses answers or falls silent when a test says so."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


class Relay(socketserver.ThreadingTCPServer):
    """`lose(text)`: of the next request that holds this text, wait for the answer, and end the connection instead.
    `silent`: forward nothing while it is set."""

    daemon_threads = True

    def __init__(self, target: int) -> None:
        self.target = target
        self.silent = False
        self.closing = threading.Event()
        self._losing: bytes | None = None
        self.lost = 0
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)

    @property
    def port(self) -> int:
        return self.server_address[1]

    def lose(self, text: bytes) -> None:
        self._losing = text

    def finish_request(self, request: Any, client_address: Any) -> None:
        losing = threading.Event()
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            answers = threading.Thread(target=self._pump, args=(server, request, losing), daemon=True)
            answers.start()
            with suppress(OSError):
                self._forward(request, server, losing)
            server.close()

    def _forward(self, client: socket.socket, server: socket.socket, losing: threading.Event) -> None:
        while data := client.recv(1 << 20):
            if self.silent:
                self.closing.wait(60)
                return
            if self._losing is not None and self._losing in data:
                self._losing = None
                self.lost += 1
                losing.set()
            server.sendall(data)

    def _pump(self, server: socket.socket, client: socket.socket, losing: threading.Event) -> None:
        with suppress(OSError):
            while (data := server.recv(1 << 20)) and not losing.is_set():
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay_to(target: int) -> Iterator[Relay]:
    with Relay(target) as relay:
        thread = threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield relay
        finally:
            relay.closing.set()
            relay.shutdown()
            thread.join()
