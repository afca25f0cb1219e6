"""TCP servers that are not the Redis they should be, on free ports of 127.0.0.1."""

import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

Behaviour = Callable[[socket.socket, Event], None]
"""What is done with an accepted connection; the event ends it."""


@contextmanager
def broken_server(behaviour: Behaviour) -> Iterator[int]:
    """Serves connections one after another; gives the port."""
    stop = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=_serve, args=(listener, behaviour, stop), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, behaviour: Behaviour, stop: Event) -> None:
    while not stop.is_set():
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            try:
                behaviour(connection, stop)
            except OSError:
                continue


def black_hole(_connection: socket.socket, stop: Event) -> None:
    """Accepts and never answers."""
    stop.wait()


def reset(connection: socket.socket, _stop: Event) -> None:
    """Ends each connection with RST."""
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close(connection: socket.socket, _stop: Event) -> None:
    connection.recv(1)


def answering(answer: bytes) -> Behaviour:
    """Says the same to everything."""

    def behave(connection: socket.socket, _stop: Event) -> None:
        while connection.recv(4096):
            connection.sendall(answer)

    return behave


def together(*parts: bytes) -> Behaviour:
    """Says these to everything. Over TLS each is a record; all of them arrive at once."""

    def behave(connection: socket.socket, _stop: Event) -> None:
        while connection.recv(4096):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            for part in parts:
                connection.sendall(part)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)

    return behave


def dripping(answer: bytes, *, every: float) -> Behaviour:
    """Says a byte every so many seconds, without end."""

    def behave(connection: socket.socket, stop: Event) -> None:
        connection.recv(1)
        for byte in answer:
            connection.sendall(bytes([byte]))
            stop.wait(every)

    return behave


def over_tls(behaviour: Behaviour, certificate: Path) -> Behaviour:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def behave(accepted: socket.socket, stop: Event) -> None:
        with context.wrap_socket(accepted, server_side=True) as secure:
            behaviour(secure, stop)

    return behave


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port without a listener, which no other process is given meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
