"""The embedded AWS's mail, in one shape."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from devstack import mailbox

SIMPLE = {
    "MessageId": "1@email.amazonses.com",
    "Source": "no-reply@example.com",
    "To": ["ada@example.com"],
    "CC": [],
    "BCC": [],
    "Subject": "Welcome!",
    "BodyText": "Hello",
    "BodyHtml": "<p>Hello</p>",
    "Timestamp": 1_790_000_000.25,
    "Type": "v2.SendEmail",
}
RAW = {
    **SIMPLE,
    "To": ["bob@example.com"],
    "BodyHtml": None,
    "Timestamp": 1_790_000_002,
    "Type": "SendRawEmail",
}
TEMPLATED = {
    "Source": "no-reply@example.com",
    "To": ["ada@example.com", "bob@example.com"],
    "RenderedSubject": "From a template",
    "RenderedBodyText": "Text",
    "RenderedBodyHtml": "<p>Html</p>",
    "Timestamp": 1_790_000_001,
}
UNDATED: dict[str, Any] = {"To": None, "Source": None, "Subject": None}


@pytest.fixture
def endpoint() -> Iterator[str]:
    document = json.dumps({"messages": {"000000000000": [SIMPLE, RAW], "111111111111": [UNDATED, TEMPLATED]}})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert (self.path, self.headers["X-Control-Token"]) == ("/_ministack/ses/messages", "token")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(document.encode())

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_newest_is_first_for_every_sender_and_api(endpoint: str) -> None:
    assert mailbox.messages(endpoint, "token") == [
        {
            "to": ["bob@example.com"],
            "from": "no-reply@example.com",
            "subject": "Welcome!",
            "text": "Hello",
            "html": "",
            "sentAt": "2026-09-21T14:13:22.000Z",
        },
        {
            "to": ["ada@example.com", "bob@example.com"],
            "from": "no-reply@example.com",
            "subject": "From a template",
            "text": "Text",
            "html": "<p>Html</p>",
            "sentAt": "2026-09-21T14:13:21.000Z",
        },
        {
            "to": ["ada@example.com"],
            "from": "no-reply@example.com",
            "subject": "Welcome!",
            "text": "Hello",
            "html": "<p>Hello</p>",
            "sentAt": "2026-09-21T14:13:20.250Z",
        },
        {"to": [], "from": "", "subject": "", "text": "", "html": "", "sentAt": None},
    ]


def test_one_reader_s_mail_can_be_asked_for(endpoint: str) -> None:
    subjects = [mail["subject"] for mail in mailbox.messages(endpoint, "token", "ada@example.com")]

    assert subjects == ["From a template", "Welcome!"]
    assert mailbox.messages(endpoint, "token", "ada@example") == []
