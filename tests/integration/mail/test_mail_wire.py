"""SES over a real connection that fails: what the SDK makes of it, and that it does not try again by itself."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.aws.ses import SesDelivery
from app.config.email_consumer import EmailConsumerSettings
from app.ports.delivery import MailContent, MailDelayed, MailRefused, MailUncertain
from support.clients import clients_for, ses_for
from support.environment import ENVIRONMENT

CONTENT = MailContent("Welcome!", "Hello", "<p>Hello</p>")


class Scripted(ThreadingHTTPServer):
    answer: tuple[int, str] | None = None
    """Status and error code; `None`: the connection is closed without one."""
    asked = 0


class Handler(BaseHTTPRequestHandler):
    server: Scripted

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        if self.server.answer is None:
            return
        status, code = self.server.answer
        self.send_response(status)
        self.send_header("x-amzn-ErrorType", code)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Not to the output of the tests."""


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def delivery(port: int) -> SesDelivery:
    settings = EmailConsumerSettings.from_env({**ENVIRONMENT, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"})
    return ses_for(clients_for(settings), settings, patience=0)


@pytest.mark.parametrize(
    ("answer", "meaning", "reason"),
    [
        (None, MailUncertain, "ses_silent"),
        ((500, "InternalServiceErrorException"), MailUncertain, "ses_InternalServiceErrorException"),
        ((503, "ServiceUnavailableException"), MailUncertain, "ses_ServiceUnavailableException"),
        ((429, "TooManyRequestsException"), MailDelayed, "throttled"),
        ((400, "MessageRejected"), MailRefused, "ses_MessageRejected"),
    ],
)
def test_each_failure_is_asked_for_once_and_understood(server, answer, meaning, reason):
    server.answer = answer

    with pytest.raises(meaning) as error:
        delivery(server.server_port).deliver("ada@example.com", CONTENT)

    assert error.value.reason == reason
    assert server.asked == 1


def test_an_ses_that_is_not_there_has_sent_nothing():
    with socket.socket() as taken:  # so that no other process is given the port
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(MailDelayed) as error:
            delivery(taken.getsockname()[1]).deliver("ada@example.com", CONTENT)

    assert not isinstance(error.value, MailUncertain)
