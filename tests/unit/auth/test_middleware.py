"""The authentication middleware, over ASGI and behind API Gateway."""

import asyncio
import gc
import json
import sys
from collections.abc import Callable
from subprocess import run
from typing import Any

import httpx
import pytest
from mangum import Mangum
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from app.auth.jwks import Jwks
from app.auth.middleware import AuthenticationMiddleware
from app.auth.verifier import TokenVerifier
from unit.auth.hostile_tokens import Make, cases
from unit.auth.token_forge import (
    CLIENT_ID,
    ISSUER,
    JTI,
    SUB,
    Source,
    jwk,
    key_set,
    token,
    verifier,
    with_claims,
)

VALID = token()
PUBLIC = {"/healthz"}
GATEWAY_CLAIMS = {
    "iss": ISSUER,
    "sub": SUB,
    "client_id": CLIENT_ID,
    "token_use": "access",
    "jti": JTI,
    "exp": "1",
}


async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
    """Says whom the middleware let in."""
    if scope["type"] != "http":
        scope["seen"].append(scope["type"])
        return
    principal = getattr(Request(scope).state, "principal", None)
    await JSONResponse({"user": principal and principal.user_id})(scope, receive, send)


def guarded(given_verifier: TokenVerifier | None = None) -> AuthenticationMiddleware:
    built = given_verifier or verifier()
    return AuthenticationMiddleware(endpoint, verifier=lambda: built, is_public=PUBLIC.__contains__)


GUARDED = guarded()


def get(
    path: str = "/v1/todos",
    *authorization: str | bytes,
    app: AuthenticationMiddleware = GUARDED,
    method: str = "GET",
    root_path: str = "",
) -> httpx.Response:
    values = [value if isinstance(value, bytes) else value.encode() for value in authorization]

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app, root_path=root_path)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.example") as client:
            return await client.request(method, path, headers=[(b"Authorization", value) for value in values])

    return asyncio.run(call())


def facts(response: httpx.Response) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    return response.status_code, response.content, response.headers.raw


REFUSAL = facts(get())


def test_a_valid_token_is_served_as_its_user() -> None:
    response = get("/v1/todos", f"Bearer {VALID}")

    assert (response.status_code, response.json()) == (200, {"user": SUB})


def test_no_token_is_a_problem_with_a_challenge() -> None:
    response = get("/v1/todos?secret=1")

    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["code"] == "unauthenticated"
    assert response.json()["instance"] == "/v1/todos"


@pytest.mark.parametrize("make", cases())
def test_every_hostile_token_gets_the_same_answer_as_none(make: Make) -> None:
    authorization = b"Bearer " + make().encode("utf-8", "surrogatepass")

    assert facts(get("/v1/todos", authorization)) == REFUSAL


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        VALID,
        f"Basic {VALID}",
        f"Token {VALID}",
        f"BearerX {VALID}",
        f"Bearer{VALID}",
        f"Bearer\t{VALID}",
        f"Bearer: {VALID}",
        f" Bearer {VALID}",
        f"Bearer {VALID} ",
        f"Bearer {VALID} {VALID}",
        f"Bearer {VALID},Bearer {VALID}",
        f"Bearer {VALID}, x",
        f'Bearer "{VALID}"',
        f"Bearer {VALID}\n",
        b"Bearer \xff\xfe",
        "Bearer " + "a" * 100_000,
    ],
)
def test_an_authorization_that_is_not_one_bearer_token_is_refused(authorization: str | bytes) -> None:
    assert facts(get("/v1/todos", authorization)) == REFUSAL


def test_two_authorization_headers_are_refused_even_when_equal() -> None:
    assert facts(get("/v1/todos", f"Bearer {VALID}", f"Bearer {VALID}")) == REFUSAL
    assert facts(get("/v1/todos", f"Bearer {VALID}", "Basic x")) == REFUSAL


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_the_scheme_is_case_insensitive_and_may_be_followed_by_spaces(scheme: str) -> None:
    assert get("/v1/todos", f"{scheme} {VALID}").status_code == 200


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD", "POST", "DELETE", "TRACE", "X"])
def test_every_method_needs_a_token(method: str) -> None:
    assert get("/v1/todos", method=method).status_code == 401


@pytest.mark.parametrize(
    "path", ["/", "/unknown", "/healthz/", "/healthz/x", "//healthz", "/HEALTHZ", "/healthz%00"]
)
def test_every_path_that_is_not_public_needs_a_token(path: str) -> None:
    assert get(path).status_code == 401


@pytest.mark.parametrize("authorization", [[], [f"Bearer {VALID}"], ["nonsense"], ["a", "b"]])
def test_on_a_public_path_no_token_is_read(authorization: list[str]) -> None:
    response = get("/healthz", *authorization)

    assert (response.status_code, response.json()) == (200, {"user": None})


def test_the_root_path_is_no_part_of_the_route() -> None:
    assert get("/prod/healthz", root_path="/prod").status_code == 200
    assert get("/prod/v1/todos", root_path="/prod").status_code == 401
    assert get("/prod/healthz").status_code == 401


def test_a_token_is_verified_once_and_then_recalled(monkeypatch: pytest.MonkeyPatch) -> None:
    counted, calls = verifier(), []
    verify = counted.verify
    monkeypatch.setattr(counted, "verify", lambda text: calls.append(text) or verify(text))
    app = guarded(counted)

    answers = [get("/v1/todos", f"Bearer {VALID}", app=app).json() for _ in range(3)]

    assert answers == [{"user": SUB}] * 3
    assert calls == [VALID]


def test_verifying_waits_off_the_event_loop() -> None:
    source = Source(jwk())
    app = guarded(verifier(jwks=Jwks("", fetch=source)))
    loops: list[bool] = []
    source.during = lambda: loops.append(_has_loop())

    assert get("/v1/todos", f"Bearer {VALID}", app=app).status_code == 200
    assert loops == [False]


def test_a_refusal_leaves_nothing_for_the_garbage_collector() -> None:
    """A thread's future, its exception and the frames of that would hold each other, and the request."""
    refused = f"Bearer {VALID[:-8]}AAAAAAAA"

    async def call(scope: Scope) -> None:
        statuses = list[int]()

        async def send(message: Message) -> None:
            statuses.append(message.get("status", 0))

        await GUARDED(scope, _never, send)
        assert statuses[0] == 401

    async def left_by(calls: int) -> int:
        for _ in range(calls):
            await call({**_REQUEST, "headers": [(b"authorization", refused.encode())]})
        return gc.collect()

    async def measure() -> int:
        await left_by(1)
        gc.disable()
        try:
            return await left_by(50)
        finally:
            gc.enable()

    assert asyncio.run(measure()) < 50


_REQUEST: Scope = {"type": "http", "method": "GET", "path": "/v1/todos", "root_path": ""}


async def _never() -> Message:
    raise AssertionError("no body is read")


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def test_an_outage_of_the_issuer_is_the_same_answer() -> None:
    source = Source()
    source.error = TimeoutError()

    response = get("/v1/todos", f"Bearer {VALID}", app=guarded(verifier(jwks=Jwks("", fetch=source))))

    assert facts(response) == REFUSAL


def test_the_verifier_is_not_built_for_public_paths_or_missing_tokens() -> None:
    def build() -> TokenVerifier:
        raise AssertionError("built")

    app = AuthenticationMiddleware(endpoint, verifier=build, is_public=PUBLIC.__contains__)

    assert get("/healthz", app=app).status_code == 200
    assert facts(get("/v1/todos", app=app)) == REFUSAL


def call_asgi(scope: dict[str, Any]) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": f"{scope['type']}.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(GUARDED(scope, receive, send))
    return sent


def test_a_websocket_is_closed_before_it_opens() -> None:
    seen: list[str] = []

    sent = call_asgi({"type": "websocket", "path": "/healthz", "headers": [], "seen": seen})

    assert sent == [{"type": "websocket.close", "code": 1008}]
    assert seen == []


def test_lifespan_passes_and_an_unknown_protocol_does_not() -> None:
    seen: list[str] = []

    call_asgi({"type": "lifespan", "seen": seen})
    sent = call_asgi({"type": "gopher", "path": "/healthz", "headers": [], "seen": seen})

    assert seen == ["lifespan"]
    assert sent == []


# Behind API Gateway


def event(authorizer: object = None, **changes: Any) -> dict[str, Any]:
    """An API Gateway HTTP API event, payload version 2.0."""
    context: dict[str, Any] = {
        "http": {"method": "GET", "path": "/v1/todos", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
        "requestId": "id=",
        "stage": "$default",
    }
    if authorizer is not None:
        context["authorizer"] = authorizer
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/v1/todos",
        "rawQueryString": "",
        "headers": {"authorization": f"Bearer {VALID}", "host": "api.example"},
        "requestContext": context,
        "isBase64Encoded": False,
        **changes,
    }


@pytest.fixture
def invoke() -> Callable[[dict[str, Any]], dict[str, Any]]:
    mangum = Mangum(GUARDED, lifespan="off", text_mime_types=["application/json", "application/problem+json"])
    return lambda given_event: mangum(given_event, None)  # type: ignore[arg-type]


Invoke = Callable[[dict[str, Any]], dict[str, Any]]


def jwt_authorizer(claims: object) -> dict[str, object]:
    return {"jwt": {"claims": claims, "scopes": None}}


def without(name: str) -> dict[str, str]:
    return {claim: value for claim, value in GATEWAY_CLAIMS.items() if claim != name}


@pytest.mark.parametrize(
    "authorizer",
    [
        pytest.param(None, id="no authorizer"),
        pytest.param({}, id="an empty authorizer"),
        pytest.param({"iam": {"userId": "x"}}, id="IAM"),
        pytest.param(jwt_authorizer(GATEWAY_CLAIMS), id="the same claims"),
        pytest.param(jwt_authorizer(without("jti")), id="no jti"),
        pytest.param(jwt_authorizer({"sub": SUB}), id="only sub"),
        pytest.param({"lambda": GATEWAY_CLAIMS}, id="the same claims by a function"),
        pytest.param({"lambda": {"sub": SUB}}, id="only sub by a function"),
        pytest.param({**jwt_authorizer(GATEWAY_CLAIMS), "lambda": GATEWAY_CLAIMS}, id="both"),
    ],
)
def test_the_gateway_agrees_or_has_no_say(invoke: Invoke, authorizer: object) -> None:
    answer = invoke(event(authorizer))

    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"user": SUB})


@pytest.mark.parametrize(
    "authorizer",
    [
        *(
            pytest.param(jwt_authorizer({**GATEWAY_CLAIMS, name: value}), id=f"{name}={value!r}")
            for name in ("iss", "sub", "client_id", "token_use", "jti")
            for value in ("other", "", None, 1, [GATEWAY_CLAIMS[name]], {})
        ),
        *(
            pytest.param({"lambda": {**GATEWAY_CLAIMS, name: value}}, id=f"lambda {name}={value!r}")
            for name in ("iss", "sub", "client_id", "token_use", "jti")
            for value in ("other", "", None, 1)
        ),
        pytest.param({"lambda": without("sub")}, id="no sub by a function"),
        pytest.param({"lambda": {}}, id="no claims by a function"),
        pytest.param({"lambda": None}, id="null by a function"),
        pytest.param({"lambda": "sub"}, id="text by a function"),
        pytest.param(
            {**jwt_authorizer(GATEWAY_CLAIMS), "lambda": {"sub": "other"}}, id="a function that disagrees"
        ),
        pytest.param(
            {**jwt_authorizer({"sub": "other"}), "lambda": GATEWAY_CLAIMS}, id="a gateway that disagrees"
        ),
        pytest.param(jwt_authorizer(without("sub")), id="no sub"),
        pytest.param(jwt_authorizer({}), id="no claims"),
        pytest.param(jwt_authorizer(None), id="null claims"),
        pytest.param(jwt_authorizer([]), id="a list of claims"),
        pytest.param(jwt_authorizer("sub"), id="claims as text"),
        pytest.param({"jwt": None}, id="null jwt"),
        pytest.param({"jwt": []}, id="a list as jwt"),
        pytest.param({"jwt": "x"}, id="text as jwt"),
        pytest.param({"jwt": {}}, id="an empty jwt"),
        pytest.param([], id="a list as authorizer"),
        pytest.param("jwt", id="text as authorizer"),
        pytest.param(["jwt"], id="a list naming jwt"),
        pytest.param(0, id="a number as authorizer"),
    ],
)
def test_a_gateway_that_saw_another_token_is_refused(invoke: Invoke, authorizer: object) -> None:
    answer = invoke(event(authorizer))

    assert answer["statusCode"] == 401
    assert answer["isBase64Encoded"] is False
    assert answer["headers"]["www-authenticate"] == "Bearer"
    assert answer["body"].encode() == REFUSAL[1]


def test_the_gateway_s_word_does_not_replace_the_token(invoke: Invoke) -> None:
    for headers in ({}, {"authorization": f"Bearer {token(key='evil')}"}):
        answer = invoke(event(jwt_authorizer(GATEWAY_CLAIMS), headers=headers))

        assert answer["statusCode"] == 401


def test_a_recalled_token_is_compared_as_well(invoke: Invoke) -> None:
    assert invoke(event(jwt_authorizer(GATEWAY_CLAIMS)))["statusCode"] == 200
    assert invoke(event(jwt_authorizer({**GATEWAY_CLAIMS, "sub": "other"})))["statusCode"] == 401


def test_a_jti_the_token_lacks_is_a_disagreement(invoke: Invoke) -> None:
    headers = {"authorization": f"Bearer {with_claims(jti='other')}"}

    assert invoke(event(jwt_authorizer(GATEWAY_CLAIMS), headers=headers))["statusCode"] == 401


@pytest.mark.parametrize("aws_event", [None, [], "x", {}, {"requestContext": None}, {"requestContext": []}])
def test_an_event_of_no_known_shape_is_refused(aws_event: object) -> None:
    headers = [(b"authorization", f"Bearer {VALID}".encode())]
    sent = call_asgi(
        {"type": "http", "method": "GET", "path": "/v1/todos", "headers": headers, "aws.event": aws_event}
    )

    assert sent[0]["status"] == 401


# Cold start


def test_importing_costs_no_cryptography_and_using_never_loads_jwe() -> None:
    script = """
import sys
import app.auth.middleware
early = [m for m in sys.modules if m.split(".")[0] in ("jose", "cryptography")]
from app.auth.jwks import Jwks
Jwks("", fetch=lambda url: sys.argv[1].encode()).key("key-1")
print(early, "jose.jwk" in sys.modules, "jose.jwe" in sys.modules)
"""
    command = [sys.executable, "-c", script, key_set(jwk()).decode()]

    done = run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)})

    assert done.stdout.split() == ["[]", "True", "False"]
