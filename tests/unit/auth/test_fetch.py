"""The default fetcher against a real HTTP server on the loopback."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Event, Thread, Timer
from threading import enumerate as enumerate_threads

import pytest

from app.auth import fetch
from app.auth.jwks import Jwks, JwksUnavailable
from support import template
from support.processes import wait_until
from unit.auth.token_forge import jwk, key_set

Respond = Callable[[BaseHTTPRequestHandler], None]
FAILURES = (fetch.FetchError, OSError, HTTPException)
TIMEOUT = fetch.TIMEOUT


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take longer than production waits; what is about time chooses its own."""
    monkeypatch.setattr(fetch, "TIMEOUT", 60)


@contextmanager
def serving(respond: Respond) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            respond(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(body: bytes, status: int = 200, **headers: str) -> Respond:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return respond


def test_the_body_at_path_and_query_is_returned() -> None:
    asked = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        asked.append((handler.path, handler.headers["Host"]))
        answer(b"{}")(handler)

    with serving(respond) as url:
        assert fetch.get(f"{url}/pool/jwks.json?a=1#part") == b"{}"
        assert fetch.get(url) == b"{}"

    host = url.removeprefix("http://")
    assert asked == [("/pool/jwks.json?a=1", host), ("/", host)]


def test_keys_come_from_a_real_server() -> None:
    with serving(answer(key_set(jwk()))) as url:
        assert Jwks(url).key("key-1")


def test_a_fetch_takes_half_of_the_time_of_the_authorizer_at_most() -> None:
    """The time-out counts twice: to connect, and for the exchange."""
    authorizer = template.load()["Resources"]["AuthorizerFunction"]["Properties"]
    longest = 2 * TIMEOUT

    assert longest <= authorizer["Timeout"] / 2


@pytest.mark.parametrize(("scheme", "port"), [("http", 80), ("https", 443)])
def test_connecting_is_bounded_too(monkeypatch: pytest.MonkeyPatch, scheme: str, port: int) -> None:
    asked: list[object] = []

    def refuse(address: tuple[str, int], timeout: object = None, *_: object) -> None:
        asked.append((address, timeout))
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)

    with pytest.raises(ConnectionRefusedError):
        fetch.get(f"{scheme}://issuer.example/jwks.json")
    assert asked == [(("issuer.example", port), fetch.TIMEOUT)]


def test_a_server_that_is_not_there_is_an_outage() -> None:
    with closing(socket.socket()) as held:  # bound, so that no other process listens there
        held.bind(("127.0.0.1", 0))
        with pytest.raises(JwksUnavailable):
            Jwks(f"http://127.0.0.1:{held.getsockname()[1]}").key("key-1")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_not_followed(status: int) -> None:
    followed = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/elsewhere":
            followed.append(handler.path)
            answer(b"{}")(handler)
        else:
            answer(b"{}", status, Location="/elsewhere")(handler)

    with serving(respond) as url, pytest.raises(fetch.FetchError, match=f"^status {status}$"):
        fetch.get(url)

    assert followed == []


@pytest.mark.parametrize("status", [201, 204, 400, 404, 500, 503])
def test_only_a_200_counts(status: int) -> None:
    with serving(answer(b"", status)) as url, pytest.raises(fetch.FetchError, match=f"status {status}"):
        fetch.get(url)


def test_nothing_is_left_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "TIMEOUT", 601)

    def limits() -> list[Timer]:
        return [
            thread for thread in enumerate_threads() if isinstance(thread, Timer) and thread.interval == 601
        ]

    with serving(answer(b"{}")) as url:
        fetch.get(url)

    assert wait_until(lambda: limits() == [])


def test_a_refused_answer_ends_the_connection() -> None:
    """Not when the garbage is collected: here the server keeps its end open, and the error is kept, too."""
    received: SimpleQueue[bytes] = SimpleQueue()

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.protocol_version = "HTTP/1.1"
        answer(b"", 500)(handler)
        handler.connection.settimeout(60)
        received.put(handler.connection.recv(1))

    with serving(respond) as url:
        with pytest.raises(fetch.FetchError) as refused:
            fetch.get(url)
        assert received.get(timeout=30) == b""

    assert refused.match("status 500")


def test_a_body_of_64_kib_is_read_and_a_longer_one_refused() -> None:
    with serving(answer(b"x" * 65_536)) as url:
        assert len(fetch.get(url)) == 65_536
    with (
        serving(answer(b"x" * 65_537)) as url,
        pytest.raises(fetch.FetchError, match="too long"),
    ):
        fetch.get(url)


def test_a_body_without_end_is_refused_early() -> None:
    sent = 0

    def respond(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        with suppress(OSError):
            while True:
                sent += handler.connection.send(b"x" * 8192)

    with serving(respond) as url, pytest.raises(fetch.FetchError, match="too long"):
        fetch.get(url)

    assert sent < 32 * 1024 * 1024, "more than the buffers of two sockets was taken"


def drip(head: bytes, drop: bytes) -> tuple[Respond, Event]:
    """A server that never pauses for as long as a time-out, and goes on for 60 s unless stopped."""
    stop = Event()

    def respond(handler: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            handler.wfile.write(head)
            for _ in range(3000):
                if stop.wait(0.02):
                    return
                handler.wfile.write(drop)

    return respond, stop


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        pytest.param(b"", b"", id="nothing at all"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", id="headers letter by letter"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b"x", id="a body letter by letter"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n", b"x", id="a body that ends with the connection"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", id="chunk by chunk"
        ),
    ],
)
def test_a_slow_server_is_given_up(monkeypatch: pytest.MonkeyPatch, head: bytes, drop: bytes) -> None:
    monkeypatch.setattr(fetch, "TIMEOUT", 0.3)
    respond, stop = drip(head, drop)

    with serving(respond) as url:
        try:
            with pytest.raises(FAILURES):
                fetch.get(url)
        finally:
            stop.set()


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/", "data:,{}", "", "jwks.json", "http://", "//127.0.0.1/x"]
)
def test_only_http_addresses_are_fetched(url: str) -> None:
    with pytest.raises(fetch.FetchError, match="only http and https"):
        fetch.get(url)


def test_no_proxy_comes_between(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    with serving(answer(b"{}")) as url:
        assert fetch.get(url) == b"{}"


def test_https_needs_a_server_that_speaks_it() -> None:
    with serving(answer(b"{}")) as url, pytest.raises(OSError, match="SSL"):
        fetch.get(url.replace("http://", "https://"))
