"""Check that a deployment serves: `python -m operations.smoke https://...`.

Calls it as a client does, and changes nothing. With SMOKE_EMAIL and SMOKE_PASSWORD, those of an account made for
this, it also signs in, and creates, lists and deletes a to-do.
"""

import argparse
import os
import re
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx

from operations.cloud import run
from project.errors import StackError

_PATIENCE = 60.0
_PAUSE = 2.0
_HEADERS = {
    "content-security-policy": r"default-src 'none'.*frame-ancestors 'none'",
    "x-content-type-options": r"nosniff",
    "referrer-policy": r".+",
}
_TLS_HEADERS = {"strict-transport-security": r"max-age=\d{7,}"}

Check = Callable[[httpx.Client], None]
Account = tuple[str, str]


class Wrong(Exception):
    """An expectation that was not met."""


def expect(condition: bool, message: str) -> None:
    """Raises:
    Wrong: with `message`, unless `condition` holds.
    """
    if not condition:
        raise Wrong(message)


def serves(client: httpx.Client) -> None:
    """The first answer may take a while: a distribution or a function is new."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        with suppress(httpx.TransportError):
            answer = client.get("/healthz")
            if answer.status_code == 200:
                expect(answer.json() == {"status": "ok"}, f"/healthz says {answer.text[:200]}")
                return
        expect(time.monotonic() < deadline, f"/healthz is not 200 after {_PATIENCE:.0f} s")
        time.sleep(_PAUSE)


def refuses_strangers(client: httpx.Client) -> None:
    """The gateway refuses in its own words; on a laptop the application does."""
    for headers in ({}, {"Authorization": "Bearer not.a.token"}):
        answer = client.get("/v1/todos", headers=headers)
        expect(answer.status_code in (401, 403), f"/v1/todos is {answer.status_code} without a good token")
        expect("items" not in answer.text, "/v1/todos shows to-dos without a good token")


def explains_errors(client: httpx.Client) -> None:
    answer = client.post("/v1/auth/login", json={"email": "nobody"})
    expect(answer.status_code == 422, f"a bad sign-in is {answer.status_code}, not 422")
    kind = answer.headers.get("content-type", "")
    expect(kind.startswith("application/problem+json"), f"an error is {kind or 'of no type'}")
    expect(bool(answer.json().get("requestId")), "an error has no requestId")


def documents_itself(client: httpx.Client) -> None:
    expect(
        client.get("/openapi.json").json().get("openapi", "").startswith("3."), "/openapi.json is no OpenAPI"
    )
    expect("swagger" in client.get("/docs").text.lower(), "/docs is not Swagger UI")


def hides_its_documents(client: httpx.Client) -> None:
    for path in ("/openapi.json", "/docs"):
        expect(client.get(path).status_code == 404, f"{path} is not 404")


def shows_the_site(client: httpx.Client) -> None:
    """The front page, and a page that only the browser knows: both are the same file, both well protected."""
    pages = [client.get(path) for path in ("/", "/sign-in")]
    for page in pages:
        expect(page.status_code == 200, f"{page.url.path} is {page.status_code}")
        expect(page.headers.get("content-type", "").startswith("text/html"), f"{page.url.path} is not HTML")
    expect(pages[0].content == pages[1].content, "/sign-in is not the front page")
    tls = _TLS_HEADERS if client.base_url.scheme == "https" else {}
    for name, pattern in (_HEADERS | tls).items():
        value = pages[0].headers.get(name, "")
        expect(re.search(pattern, value) is not None, f"{name} is {value or 'missing'!r}")


def is_configured(client: httpx.Client) -> None:
    answer = client.get("/config.js")
    expect(answer.status_code == 200, f"/config.js is {answer.status_code}: was the site published?")
    expect("javascript" in answer.headers.get("content-type", ""), "/config.js is not JavaScript")
    expect("userPoolClientId" in answer.text, "/config.js does not say where to sign in")


def keeps_todos(email: str, password: str) -> Check:
    def check(client: httpx.Client) -> None:
        answer = client.post("/v1/auth/login", json={"email": email, "password": password})
        expect(answer.status_code == 200, f"signing in is {answer.status_code}: {answer.text[:200]}")
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        todo_id = str(uuid.uuid4())
        path, own_list = f"/v1/todos/{todo_id}", f"smoke test {todo_id}"
        try:
            created = client.put(
                path, json={"title": "It works", "list": own_list}, headers={"If-None-Match": "*"}
            )
            expect(
                created.status_code == 201, f"creating a to-do is {created.status_code}: {created.text[:200]}"
            )
            listed = client.get("/v1/todos", params={"list": own_list}).json()["items"]
            expect(listed == [created.json()], "the new to-do is not in its list")
        finally:
            deleted = client.delete(path).status_code
        expect(deleted == 204, f"deleting the to-do is {deleted}")
        gone = (
            404,
            410,
        )  # 404 of a release from before deleted to-dos answered 410: a rollback is checked, too
        expect(client.get(path).status_code in gone, "the deleted to-do is still there")

    return check


def admits_both_clients(email: str, password: str) -> Check:
    """Tokens of apps and those of the site pass the gateway and the API."""

    def check(client: httpx.Client) -> None:
        for name in ("app", "site"):
            body = {"email": email, "password": password, "client": name}
            signed_in = client.post("/v1/auth/login", json=body)
            if signed_in.status_code == 422:
                return  # a release from before there were two: a rollback is checked, too
            expect(
                signed_in.status_code == 200, f"signing in at the client {name} is {signed_in.status_code}"
            )
            bearer = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
            listed = client.get("/v1/todos", headers=bearer).status_code
            expect(listed == 200, f"/v1/todos is {listed} with a token of the client {name}")

    return check


def checks(*, docs: bool | None, site: bool, account: Account | None) -> Iterator[tuple[str, Check]]:
    yield "it serves", serves
    yield "requests without a token are refused", refuses_strangers
    yield "errors are problems", explains_errors
    if docs is not None:
        yield (
            ("it documents itself", documents_itself)
            if docs
            else ("it hides its documents", hides_its_documents)
        )
    if site:
        yield "the site is there and protected", shows_the_site
        yield "the site is configured", is_configured
    if account:
        yield "tokens of both clients are accepted", admits_both_clients(*account)
        yield "an account keeps to-dos", keeps_todos(*account)


def smoke(client: httpx.Client, todo: Iterator[tuple[str, Check]]) -> None:
    """Raises:
    StackError: with how many of them failed; each has been reported by then.
    """
    failed = 0
    for title, check in todo:
        try:
            check(client)
        except (Wrong, httpx.HTTPError, ValueError, KeyError) as error:
            failed += 1
            print(f"  FAILED  {title}: {error or type(error).__name__}", flush=True)
        else:
            print(f"  ok      {title}", flush=True)
    if failed:
        raise StackError(f"{failed} of the checks failed at {client.base_url}")


def account() -> Account | None:
    """The user to sign in as; None where the environment names none."""
    email, password = os.environ.get("SMOKE_EMAIL"), os.environ.get("SMOKE_PASSWORD")
    return (email, password) if email and password else None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m operations.smoke", description=__doc__)
    parser.add_argument("url", help="where the site is, or the API alone")
    parser.add_argument("--docs", choices=("on", "off"), help="whether /docs must be there; default: either")
    parser.add_argument("--api-only", action="store_true", help="there is no site at this address")
    options = parser.parse_args()
    docs = None if options.docs is None else options.docs == "on"
    with httpx.Client(base_url=options.url, timeout=30) as client:
        smoke(client, checks(docs=docs, site=not options.api_only, account=account()))


if __name__ == "__main__":
    sys.exit(run(main))
