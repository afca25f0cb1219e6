"""Answers and log lines when something behind the API fails or is in the way."""

import json
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient
from starlette.responses import Response

from app import deadline
from app.config.api import Settings
from app.errors import Contention
from app.main import create_app
from app.request_log import RequestLogMiddleware
from support.environment import ENVIRONMENT
from support.http_service import Answer, Asked, Hanging, service


class Behind(Hanging):
    """AWS, as far as the API knows: it answers what the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = Answer()
        self.answers: dict[str, Answer] = {}
        self.hanging = False

    def __call__(self, asked: Asked) -> Answer:
        if self.hanging:
            return super().__call__(asked)
        return self.answers.get(asked.headers["x-amz-target"].partition(".")[2], self.answer)

    def cancel(self, *reasons: str) -> None:
        """Know `user-a`, and cancel each transaction for these reasons."""
        moment = {"S": "2026-11-28T09:00:00.000Z"}
        user = {
            "userId": {"S": "user-a"},
            "email": {"S": "a@example.com"},
            "status": {"S": "active"},
            "revision": {"N": "1"},
            "todoCount": {"N": "0"},
            "tokensValidAfter": {"N": "0"},
            "createdAt": moment,
            "updatedAt": moment,
        }
        cancelled = {
            "__type": "prefix#TransactionCanceledException",
            "CancellationReasons": [{"Code": reason} for reason in reasons],
        }
        self.answers = {
            "GetItem": Answer(200, json.dumps({"Item": user}).encode()),
            "BatchGetItem": Answer(
                200, json.dumps({"Responses": {"UsersTable": [user], "TodosTableV2": []}}).encode()
            ),
            "TransactWriteItems": Answer(400, json.dumps(cancelled).encode()),
        }

    def refuse(self, code: str, status: int = 400) -> None:
        self.answer = Answer(status, json.dumps({"__type": f"prefix#{code}", "message": "no"}).encode())


@pytest.fixture
def behind():
    return Behind()


@pytest.fixture
def over_aws(app, behind):
    """Signed in, over the real repositories and clients."""
    with service(behind) as running:
        real = create_app(Settings.from_env({**ENVIRONMENT, "AWS_ENDPOINT_URL": running.url}))
        real.state.container.verifier = app.state.container.verifier
        assert real.state.container.clients.dynamodb  # building it takes a while
        yield TestClient(real, headers={"Authorization": "Bearer user-a"}, raise_server_exceptions=False)


def warnings(lines):
    return [line for line in map(json.loads, lines()) if line["level"] in ("WARNING", "ERROR")]


def test_contention_is_the_clients_to_repeat_and_no_server_error(app, client, monkeypatch):
    def collide(*_args: object, **_options: object) -> None:
        raise Contention

    monkeypatch.setattr(app.state.container.todo_repository, "change", collide)

    response = client.post("/v1/todos", json={"title": "Buy milk"})

    assert response.status_code == 429
    assert response.json()["code"] == "contention"
    assert response.json()["title"] == "Too Many Requests"
    assert response.headers["Retry-After"] == "1"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_each_change_of_a_todo_documents_429(app, method):
    paths = app.openapi()["paths"]
    path = "/v1/todos" if method == "POST" else "/v1/todos/{id}"

    assert "429" in paths[path][method.lower()]["responses"]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("InternalServerError", 500),
        ("ExpiredTokenException", 400),
        ("LimitExceededException", 400),
        ("ThrottlingException", 400),
    ],
)
def test_an_outage_is_a_503_whose_cause_is_in_the_log(over_aws, behind, lines, code, status):
    behind.refuse(code, status)

    response = over_aws.get("/v1/todos")

    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    answered = next(line for line in warnings(lines) if line["message"] == "request")
    assert answered["status"] == 503
    assert answered["problem"] == "unavailable"
    assert (answered["service"], answered["operation"], answered["error"]) == ("dynamodb", "GetItem", code)
    assert answered["attempt"] >= 1
    assert answered["callMs"] > 0
    assert answered["requestId"] == response.headers["X-Request-Id"]


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ValidationException", "ResourceNotFoundException"]
)
def test_a_defect_of_ours_is_a_500_whose_cause_is_in_the_log(over_aws, behind, lines, code):
    behind.refuse(code)

    response = over_aws.get("/v1/todos")

    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    answered = next(line for line in warnings(lines) if line["message"] == "request")
    assert (answered["service"], answered["operation"], answered["error"]) == ("dynamodb", "GetItem", code)


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [
        ("ItemCollectionSizeLimitExceeded", 409, "quota_exceeded"),
        ("ValidationError", 422, "not_storable"),
        ("ThrottlingError", 503, "unavailable"),
        ("InternalServerError", 503, "unavailable"),
        ("TransactionConflict", 429, "contention"),
    ],
)
def test_a_cancelled_transaction_means_what_it_says(over_aws, behind, lines, reason, status, code):
    behind.cancel("None", reason)

    response = over_aws.post("/v1/todos", json={"title": "Buy milk"})

    assert (response.status_code, response.json()["code"]) == (status, code)
    causes = [(line["error"], line["callMs"] > 0) for line in warnings(lines)]
    expected = (f"TransactionCanceledException: {reason}", True)
    assert set(causes) == (set() if code == "contention" else {expected})


def test_a_request_that_succeeds_is_no_warning(client, lines):
    assert client.get("/v1/todos").status_code == 200

    assert warnings(lines) == []


def test_a_refusal_of_the_clients_is_no_warning(client, lines):
    assert client.get("/v1/todos/8f14e45f-ceea-467f-a0e6-000000000000").status_code == 404

    assert warnings(lines) == []


def test_a_request_ends_with_its_deadline(over_aws, behind, lines, monkeypatch):
    behind.hanging = True
    monkeypatch.setattr(deadline, "SECONDS", 2)

    response = over_aws.get("/v1/todos")

    assert behind.answered == 0
    assert (response.status_code, response.json()["code"]) == (503, "timeout")
    assert response.headers["Retry-After"]
    answered = next(line for line in warnings(lines) if line["message"] == "request")
    assert (answered["problem"], answered["error"]) == ("timeout", "ReadTimeoutError")


@pytest.mark.parametrize(
    ("ago", "left"), [(0, 25), (3, 22), (3600, 15), (-3600, 25)], ids=["now", "cold", "clock off", "ahead"]
)
def test_the_time_counts_from_the_arrival_at_the_gateway(ago, left):
    """A cold start counts. A clock that is far off takes ten seconds away, at most."""
    seen = []

    async def application(scope, receive, send):
        seen.append(deadline.left())
        await Response()(scope, receive, send)

    async def gateway(scope, receive, send):
        event = {"requestContext": {"timeEpoch": int((time.time() - ago) * 1000)}}
        await RequestLogMiddleware(application)({**scope, "aws.event": event}, receive, send)

    TestClient(gateway).get("/")

    assert seen == [pytest.approx(left, abs=0.5)]


def test_a_request_does_not_inherit_the_deadline_of_one_before_it_on_its_connection(monkeypatch):
    """uvicorn stops reading at a large body and goes on in the context of that request, with all that follow."""
    seen = []

    async def application(scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        seen.append(deadline.left())
        await Response()(scope, receive, send)

    with served(RequestLogMiddleware(application)) as url, httpx.Client(trust_env=False) as client:
        for seconds in (100, 1000):
            monkeypatch.setattr(deadline, "SECONDS", seconds)
            client.post(url, content=b"x" * 2_000_000)

    assert seen == [pytest.approx(100, abs=50), pytest.approx(1000, abs=50)]


@contextmanager
def served(application):
    """The URL of the application under uvicorn."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield "http://{}:{}/".format(*listener.getsockname())
    finally:
        server.should_exit = True
        thread.join()


def test_a_token_without_a_username_and_without_a_record_is_401(app, over_aws, monkeypatch):
    """DynamoDB has no such item; Cognito, where every account has a name, is not asked."""
    verifier = app.state.container.verifier
    nameless = replace(verifier.verify("user-a"), username="")
    monkeypatch.setattr(verifier, "verify", lambda _token: nameless)

    response = over_aws.get("/v1/todos")

    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
