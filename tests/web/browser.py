"""A real browser, and everything in it that no page may do."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    Response,
    sync_playwright,
)

from support.people import Person

SECONDS = 60
"""For what takes a moment: two cores start Python for each function that is new, and may have other work, too."""

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first one draws no window, which takes half of the time."""
EVIL = "evil.example"
"""A foreign domain that leads to this machine, as its owner can make it."""
_SWITCHES = (
    "--no-sandbox",  # it runs as root in containers, and opens nothing but the local stack
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    f"--host-resolver-rules=MAP {EVIL} 127.0.0.1",
    # Not every browser protects local servers; ours have to do so themselves.
    "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
)

_REPORT = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber, sample }) =>
  reportViolation(`${violatedDirective} ${blockedURI} at ${sourceFile}:${lineNumber} ${sample}`));
"""


@contextmanager
def chromium(**env: str) -> Iterator[Browser]:
    """The system's Chromium, or the one that CHROMIUM names."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    assert path, "There is no Chromium: run tests/web/install, or name one with CHROMIUM=/path/to/chrome"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=list(_SWITCHES), env={**os.environ, **env}
        )
        yield browser
        browser.close()


@dataclass
class Watch:
    """Events in a browser context that should not happen: scripts' errors, broken policies, strangers, dialogs."""

    context: BrowserContext
    origins: tuple[str, ...]
    complaints: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """The calls of the API that were tried, as `GET /v1/todos`."""
    answered: list[str] = field(default_factory=list)
    """Those that the API has answered with success."""

    def __post_init__(self) -> None:
        self.context.expose_binding("reportViolation", lambda _, text: self._complain(f"policy: {text}"))
        self.context.add_init_script(_REPORT)
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self._complain(f"uncaught: {error.error}"))
        self.context.on("request", self._request)
        self.context.on("response", self._response)
        self.context.on("dialog", self._dialog)

    def settle(self) -> list[str]:
        """The complaints, after everything that the pages have reported has arrived."""
        for page in self.context.pages:
            page.evaluate("0")
        return self.complaints

    def count(self, call: str) -> int:
        return self.calls.count(call)

    def _complain(self, text: str) -> None:
        self.complaints.append(text)

    def _console(self, message: ConsoleMessage) -> None:
        """A refusal by the API or by S3 is an answer, and a lost network no fault: the browser writes both down."""
        url = message.location["url"]
        lost = "ERR_INTERNET_DISCONNECTED" in message.text
        known = message.text.startswith("Failed to load resource") and (lost or self._is_service(url))
        if message.type == "error" and not known:
            self._complain(f"console: {message.text} ({url})")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and _origin(request.url) not in self.origins:
            self._complain(f"stranger: {request.method} {request.url}")
        if url.path.startswith("/v1/"):
            self.calls.append(f"{request.method} {url.path}")

    def _response(self, response: Response) -> None:
        """A 503 is the API's word for "later", which a busy machine may bring about; the page has to cope with it."""
        path = urlsplit(response.url).path
        if response.ok and path.startswith("/v1/"):
            self.answered.append(f"{response.request.method} {path}")
        if response.status >= 500 and response.status != 503:
            self._complain(f"{response.status}: {response.request.method} {response.url}")

    def _dialog(self, dialog: Dialog) -> None:
        if dialog.type == "beforeunload":
            dialog.accept()
            return
        self._complain(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _is_service(self, url: str) -> bool:
        app, aws = self.origins
        return url.startswith((f"{app}/v1/", aws))


@dataclass
class Visits:
    """The browser contexts of one test: each has its own storage, as another person's browser has."""

    browser: Browser
    origins: tuple[str, str]
    """The app's and the AWS endpoint's."""
    watches: dict[BrowserContext, Watch] = field(default_factory=dict)

    def open(self, path: str = "/", person: Person | None = None, **options: Any) -> Page:
        """A page at `path` in a new context; `person` is signed in."""
        context = self.browser.new_context(
            base_url=self.origins[0],
            storage_state=self._signed_in(person) if person else None,
            locale="en-GB",
            timezone_id="Europe/Berlin",
            reduced_motion=options.pop("reduced_motion", "reduce"),
            **options,
        )
        context.set_default_timeout(SECONDS * 1000)
        self.watches[context] = Watch(context, self.origins)
        page = context.new_page()
        page.goto(path)
        return page

    def watch(self, page: Page) -> Watch:
        return self.watches[page.context]

    def pages(self) -> list[Page]:
        return [page for context in self.watches for page in context.pages]

    def close(self) -> list[str]:
        """The faults in any of them."""
        try:
            return [text for watch in self.watches.values() for text in watch.settle()]
        finally:
            for context in self.watches:
                context.close()

    def _signed_in(self, person: Person) -> Any:
        session = {"name": "session", "value": json.dumps(person.tokens)}
        return {"cookies": [], "origins": [{"origin": self.origins[0], "localStorage": [session]}]}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
