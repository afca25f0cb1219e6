"""The parts common to all answers: headers, problems, CORS, one log line, no internals."""

import json
import logging
import re

import pytest
from fastapi.testclient import TestClient

from app.config.api import Settings
from app.errors import Unavailable
from app.main import create_app
from support.environment import ENVIRONMENT

ORIGIN = "https://app.example.com"
CSP = "Content-Security-Policy"


def test_health_needs_nothing(anonymous):
    response = anonymous.get("/healthz")

    assert response.json() == {"status": "ok"}
    assert response.headers["X-Request-Id"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic dXNlcg==", "Bearer", "user-a"])
def test_without_a_valid_token_there_is_one_answer(anonymous, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}

    response = anonymous.get("/v1/todos", headers=headers)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    problem = response.json()
    problem.pop("requestId")
    assert problem == {
        "type": "urn:problem:unauthenticated",
        "title": "Unauthorized",
        "status": 401,
        "detail": "A valid access token is required.",
        "instance": "/v1/todos",
        "code": "unauthenticated",
    }


def test_a_browser_of_a_known_origin_may_read_every_answer(app, client, anonymous):
    app.state.container.todos = None  # every use of it is a crash
    origin = {"Origin": ORIGIN}

    refused, crashed = anonymous.get("/v1/todos", headers=origin), client.get("/v1/todos", headers=origin)

    assert (refused.status_code, crashed.status_code) == (401, 500)
    for response in (refused, crashed):
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "X-Request-Id" in response.headers["Access-Control-Expose-Headers"]
        assert response.headers["content-type"] == "application/problem+json"


def test_swagger_ui_loads_nothing_from_elsewhere(anonymous):
    page = anonymous.get("/docs")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert len(loaded) == 3
    for url in loaded:
        assert url.startswith("/docs/assets/")
        assert anonymous.get(url).status_code == 200
    assert "/openapi.json" in page.text
    assert anonymous.get("/docs/assets/nothing.js").headers["content-type"] == "application/problem+json"


def test_docs_keep_no_password_and_run_only_their_own_scripts(anonymous):
    page = anonymous.get("/docs")
    policy = {name: sources for name, *sources in (part.split() for part in page.headers[CSP].split(";"))}

    assert '"persistAuthorization": false' in page.text
    assert 'localStorage.removeItem("authorized")' in page.text
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert policy["script-src"][0] == "'self'"
    assert [source[:8] for source in policy["script-src"][1:]] == ["'sha256-", "'sha256-"]
    assert policy["connect-src"] == ["'self'"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/healthz"),
        ("GET", "/docs"),
        ("GET", "/docs/assets/swagger-ui.css"),
        ("GET", "/openapi.json"),
        ("GET", "/v1/todos"),
        ("GET", "/nothing"),
        ("PUT", "/healthz"),
        ("POST", "/v1/auth/login"),
        ("OPTIONS", "/v1/todos"),
    ],
)
def test_every_answer_tells_browsers_to_show_it_in_no_frame_and_guess_no_type(anonymous, method, path):
    preflight = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "GET"}
    headers = anonymous.request(method, path, headers=preflight if method == "OPTIONS" else {}).headers

    assert "frame-ancestors 'none'" in headers[CSP]
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["x-content-type-options"] == "nosniff"


def test_docs_can_be_switched_off():
    app = create_app(Settings.from_env({**ENVIRONMENT, "DOCS_ENABLED": "false"}))
    client = TestClient(app)

    assert [
        client.get(path).status_code for path in ("/docs", "/openapi.json", "/docs/assets/swagger-ui.css")
    ] == [404] * 3


def test_a_preflight_is_answered_without_a_token(anonymous):
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "If-Match",
    }

    assert anonymous.options("/v1/todos", headers=headers).status_code == 200
    assert (
        anonymous.options("/v1/todos", headers={**headers, "Origin": "https://evil.example"}).status_code
        == 400
    )


def test_a_crash_says_nothing_of_itself(app, client, lines):
    def crash(*_):
        raise RuntimeError("password=hunter2 for ada@example.com")

    app.state.container.todo_repository.get = crash

    response = client.get("/v1/todos/3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a")

    assert response.status_code == 500
    assert "hunter2" not in response.text
    assert not any("hunter2" in line for line in lines())
    crashes = [json.loads(line) for line in lines() if "exception" in line]
    assert crashes[0]["exception"] == "RuntimeError"
    assert "crash" in crashes[0]["stack"][-1]


def test_a_failing_dependency_is_a_503_to_try_again(app, client):
    def fail(*_, **__):
        raise Unavailable

    app.state.container.todo_repository.list = fail

    response = client.get("/v1/todos")

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0


def test_one_line_per_request_with_the_route_and_nothing_of_the_caller(client, lines):
    body = {"title": "a secret plan", "notes": "call ada@example.com"}
    todo_id = client.post("/v1/todos", json=body).json()["id"]
    client.get(f"/v1/todos/{todo_id}?q=ada%0d%0a", headers={"User-Agent": "x\ty"})
    client.get("/v1/not%0d%0a{forged}")

    entries = [json.loads(line) for line in lines()]
    requests = [entry for entry in entries if entry["message"] == "request"]
    assert [(e["method"], e["route"], e["status"]) for e in requests] == [
        ("POST", "/v1/todos", 201),
        ("GET", "/v1/todos/{id}", 200),
        ("GET", None, 404),
    ]
    assert all(e["requestId"] and e["durationMs"] >= 0 for e in requests)
    for leak in ("ada@", "secret plan", "user-a", "forged", todo_id):
        assert not any(leak in line for line in lines())


def test_line_breaks_cannot_forge_a_log_line(lines):
    logging.getLogger("app").warning('x\r\n{"message": "forged"}\u2028\x85')

    assert len(lines()) == 1
