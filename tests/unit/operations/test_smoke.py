"""Each smoke check can fail: a deployment with one thing wrong does not pass."""

import json
import re
import sys
import uuid

import httpx
import pytest

from operations import smoke
from project.errors import StackError

URL = "https://app.example.com"
HEADERS = {
    "Content-Type": "text/html",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
}
JAVASCRIPT = {"Content-Type": "text/javascript"}
PROBLEM = {"Content-Type": "application/problem+json"}
OPENAPI = {"openapi": "3.1.0"}


class Deployment:
    """A small one, good until `wrong` replaces an answer of it. It takes any token that it has given."""

    def __init__(self) -> None:
        self.wrong: dict[str, httpx.Response] = {}
        self.todos: dict[str, dict] = {}
        self.refused: set[str] = set()
        """The clients whose tokens are not taken."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = f"{request.method} {re.sub(r'/v1/todos/.*', '/v1/todos/id', request.url.path)}"
        good = self.good(name, request)
        return self.wrong.get(name, good)

    def good(self, name: str, request: httpx.Request) -> httpx.Response:
        if "/todos" in name and request.headers.get("Authorization") != "Bearer good":
            return httpx.Response(401, json={"message": "Unauthorized"})
        if name == "POST /v1/auth/login":
            return self.log_in(json.loads(request.content))
        if name in ("PUT /v1/todos/id", "GET /v1/todos/id", "DELETE /v1/todos/id", "GET /v1/todos"):
            return self.todo(request)
        return {
            "GET /healthz": httpx.Response(200, json={"status": "ok"}),
            "GET /openapi.json": httpx.Response(200, json=OPENAPI),
            "GET /docs": httpx.Response(200, text="Swagger UI"),
            "GET /config.js": httpx.Response(
                200, headers=JAVASCRIPT, text='export default {"userPoolClientId": ""}'
            ),
        }.get(name, httpx.Response(200, headers=HEADERS, text="<!doctype html>"))

    def log_in(self, body: dict) -> httpx.Response:
        if body.get("password"):
            token = "good" if body.get("client") not in self.refused else "bad"
            return httpx.Response(200, json={"access_token": token})
        return httpx.Response(422, headers=PROBLEM, json={"requestId": str(uuid.uuid4())})

    def todo(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "PUT":
            self.todos[path] = {"id": path, **json.loads(request.content)}
            return httpx.Response(201, json=self.todos[path])
        if request.method == "DELETE":
            return httpx.Response(204 if self.todos.pop(path, None) else 404)
        if path == "/v1/todos":
            return httpx.Response(200, json={"items": list(self.todos.values())})
        return httpx.Response(200 if path in self.todos else 404, json=self.todos.get(path))


@pytest.fixture
def deployment() -> Deployment:
    return Deployment()


def run(deployment: Deployment, *, docs: bool | None = True) -> None:
    with httpx.Client(base_url=URL, transport=httpx.MockTransport(deployment)) as client:
        smoke.smoke(client, smoke.checks(docs=docs, site=True, account=("ada@example.com", "secret")))


def test_a_good_one_passes_and_keeps_nothing(deployment, capsys):
    run(deployment)

    assert "FAILED" not in capsys.readouterr().out
    assert deployment.todos == {}


@pytest.mark.parametrize("client", ["app", "site"])
def test_tokens_of_a_client_that_are_not_accepted_are_found(deployment, capsys, client):
    deployment.refused = {client}

    with pytest.raises(StackError):
        run(deployment)

    assert "FAILED  tokens of both clients are accepted" in capsys.readouterr().out


def test_a_release_from_before_there_were_two_clients_is_as_good(deployment, capsys):
    class Before(Deployment):
        def log_in(self, body: dict) -> httpx.Response:
            return super().log_in({} if "client" in body else body)

    run(Before())

    assert "FAILED" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("where", "answer", "said"),
    [
        ("GET /healthz", httpx.Response(200, json={"status": "sad"}), "it serves"),
        ("GET /v1/todos", httpx.Response(200, json={"items": []}), "requests without a token are refused"),
        ("GET /healthz", httpx.Response(200, text="<!doctype html>"), "it serves"),
        ("POST /v1/auth/login", httpx.Response(422, json={"requestId": "1"}), "errors are problems"),
        ("POST /v1/auth/login", httpx.Response(422, headers=PROBLEM, json={}), "errors are problems"),
        (
            "POST /v1/auth/login",
            httpx.Response(401, headers=PROBLEM, json={"requestId": "1"}),
            "errors are problems",
        ),
        ("POST /v1/auth/login", httpx.Response(500, headers=PROBLEM, json={}), "errors are problems"),
        ("GET /openapi.json", httpx.Response(200, json={}), "it documents itself"),
        ("GET /docs", httpx.Response(200, text="<!doctype html>"), "it documents itself"),
        ("GET /", httpx.Response(403), "the site is there and protected"),
        ("GET /sign-in", httpx.Response(404), "the site is there and protected"),
        (
            "GET /sign-in",
            httpx.Response(200, headers=HEADERS, text="another"),
            "the site is there and protected",
        ),
        ("GET /config.js", httpx.Response(404), "the site is configured"),
        ("GET /config.js", httpx.Response(200, text='"userPoolClientId"'), "the site is configured"),
        (
            "GET /config.js",
            httpx.Response(200, headers=JAVASCRIPT, text="export default {}"),
            "the site is configured",
        ),
        ("POST /v1/auth/login", httpx.Response(200, json={}), "an account keeps to-dos"),
        ("GET /v1/todos", httpx.Response(403, json={"items": []}), "requests without a token are refused"),
        ("PUT /v1/todos/id", httpx.Response(503), "an account keeps to-dos"),
        ("DELETE /v1/todos/id", httpx.Response(503), "an account keeps to-dos"),
        ("GET /v1/todos/id", httpx.Response(200, json={}), "an account keeps to-dos"),
    ],
)
def test_one_with_a_fault_fails_the_check_of_it(deployment, capsys, where, answer, said):
    deployment.wrong[where] = answer

    with pytest.raises(StackError, match=f"of the checks failed at {URL}"):
        run(deployment)

    assert f"  FAILED  {said}: " in capsys.readouterr().out


@pytest.mark.parametrize("missing", [name for name in HEADERS if name != "Content-Type"])
def test_each_header_that_protects_the_site_is_asked_for(deployment, capsys, missing):
    headers = {name: value for name, value in HEADERS.items() if name != missing}
    page = httpx.Response(200, headers=headers, text="<!doctype html>")
    deployment.wrong |= {"GET /": page, "GET /sign-in": page}

    with pytest.raises(StackError):
        run(deployment)

    assert f"{missing.lower()} is 'missing'" in capsys.readouterr().out


def test_documents_that_must_be_hidden_are_looked_for(deployment, capsys):
    with pytest.raises(StackError):
        run(deployment, docs=False)
    assert "FAILED  it hides its documents" in capsys.readouterr().out

    deployment.wrong |= {path: httpx.Response(404) for path in ("GET /openapi.json", "GET /docs")}
    run(deployment, docs=False)


def test_what_never_answers_is_given_up(deployment, monkeypatch):
    monkeypatch.setattr(smoke, "_PATIENCE", 0.0)
    deployment.wrong["GET /healthz"] = httpx.Response(503)

    with pytest.raises(StackError, match="1 of the checks failed"):
        run(deployment)


def test_a_todo_is_deleted_even_when_the_check_fails(deployment):
    deployment.wrong["GET /v1/todos"] = httpx.Response(200, json={"items": []})

    with pytest.raises(StackError, match="2 of the checks failed"):  # strangers get in, too
        run(deployment)

    assert deployment.todos == {}


def test_an_invented_token_is_refused(deployment, capsys):
    strict = deployment.good

    def good(name: str, request: httpx.Request) -> httpx.Response:
        forged = request.headers.get("Authorization") == "Bearer not.a.token"
        return httpx.Response(200, json=[]) if forged else strict(name, request)

    deployment.good = good

    with pytest.raises(StackError, match="1 of the checks failed"):
        run(deployment)

    assert "FAILED  requests without a token are refused" in capsys.readouterr().out


def test_what_is_not_there_yet_is_waited_for(deployment, monkeypatch, capsys):
    monkeypatch.setattr(smoke, "_PAUSE", 0.0)
    strict, before = deployment.good, [httpx.Response(503), httpx.ConnectError("refused")]

    def good(name: str, request: httpx.Request) -> httpx.Response:
        if name == "GET /healthz" and before:
            if isinstance(first := before.pop(0), httpx.Response):
                return first
            raise first
        return strict(name, request)

    deployment.good = good

    run(deployment)

    assert "  ok      it serves" in capsys.readouterr().out


def test_a_connection_that_breaks_fails_one_check_and_the_others_follow(deployment, capsys):
    strict = deployment.good

    def good(name: str, request: httpx.Request) -> httpx.Response:
        if name == "GET /openapi.json":
            raise httpx.ReadTimeout("too slow")
        return strict(name, request)

    deployment.good = good

    with pytest.raises(StackError, match="1 of the checks failed"):
        run(deployment)

    said = capsys.readouterr().out
    assert "FAILED  it documents itself: too slow" in said
    assert "  ok      an account keeps to-dos" in said


def test_every_failure_is_counted(deployment):
    deployment.wrong |= {"GET /docs": httpx.Response(404), "GET /config.js": httpx.Response(404)}

    with pytest.raises(StackError, match="2 of the checks failed"):
        run(deployment)


def test_transport_security_is_asked_for_over_tls_only(deployment):
    headers = {name: value for name, value in HEADERS.items() if name != "Strict-Transport-Security"}
    page = httpx.Response(200, headers=headers, text="<!doctype html>")
    deployment.wrong |= {"GET /": page, "GET /sign-in": page}

    with httpx.Client(base_url="http://127.0.0.1", transport=httpx.MockTransport(deployment)) as client:
        smoke.shows_the_site(client)


@pytest.mark.parametrize("missing", ["SMOKE_EMAIL", "SMOKE_PASSWORD"])
def test_an_account_is_both_an_address_and_a_password(monkeypatch, missing):
    monkeypatch.setenv("SMOKE_EMAIL", "ada@example.com")
    monkeypatch.setenv("SMOKE_PASSWORD", "secret")
    assert smoke.account() == ("ada@example.com", "secret")

    monkeypatch.delenv(missing)

    assert smoke.account() is None


@pytest.mark.parametrize(
    ("arguments", "documents", "site"),
    [
        ([], None, True),
        (["--docs", "on"], "it documents itself", True),
        (["--docs", "off"], "it hides its documents", True),
        (["--api-only"], None, False),
    ],
)
def test_its_arguments_say_what_must_be_there(monkeypatch, arguments, documents, site):
    looked = []
    monkeypatch.setattr(smoke, "account", lambda: None)
    monkeypatch.setattr(smoke, "smoke", lambda client, checks: looked.extend([client.base_url, *checks]))
    monkeypatch.setattr(sys, "argv", ["smoke", URL, *arguments])

    smoke.main()

    url, *titles = [looked[0], *(title for title, _ in looked[1:])]
    always = ["it serves", "requests without a token are refused", "errors are problems"]
    pages = ["the site is there and protected", "the site is configured"]
    assert url == URL
    assert titles == [*always, *([documents] if documents else []), *(pages if site else [])]
