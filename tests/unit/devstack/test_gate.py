"""Who may call the embedded AWS: signatures are made by botocore's own signers, as SDKs make them."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4PostAuth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Signer
from ministack.services import sts

from devstack.credentials import Credentials
from devstack.emulator.gate.app import Gate

OWN = Credentials.generate()
SIGNER = Signer(OWN.access_key_id, OWN.secret_access_key)
APP = "http://127.0.0.1:8000"
ENDPOINT = "http://127.0.0.1:4566"
TARGET = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
SIGN_UP = {"X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp"}
BODY = b'{"Limit": 1}'


class MiniStack:
    """Notes what is passed on, and answers as MiniStack does: to everybody."""

    def __init__(self) -> None:
        self.passed: list[tuple[str, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        self.passed.append((scope["path"], body))
        headers = [
            (b"access-control-allow-origin", b"*"),
            (b"access-control-allow-headers", b"*"),
            (b"access-control-expose-headers", b"*"),
            (b"etag", b"1"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"done"})


@pytest.fixture
def ministack() -> MiniStack:
    return MiniStack()


Call = Callable[..., httpx.Response]


@pytest.fixture
def call(ministack: MiniStack) -> Call:
    gate = Gate(ministack, OWN, [APP])

    def request(method: str, url: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(gate)
            async with httpx.AsyncClient(transport=transport, base_url=ENDPOINT) as client:
                return await client.request(method, url, **options)

        return asyncio.run(send())

    return request


def signed(
    method: str = "POST",
    path: str = "/",
    headers: dict[str, str] | None = None,
    body: bytes = BODY,
    signer: Signer = SIGNER,
    service: str = "dynamodb",
) -> dict[str, str]:
    """The headers of a request that an SDK has signed."""
    request = AWSRequest(method, f"{ENDPOINT}{path}", dict(TARGET if headers is None else headers), body)
    auth = S3SigV4Auth if service == "s3" else SigV4Auth
    auth(signer, service, "us-east-1").add_auth(request)
    return dict(request.headers.items())


def link(path: str, *, service: str = "s3", method: str = "GET", expires: int = 300) -> str:
    request = AWSRequest(method, f"{ENDPOINT}{path}")
    auth = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
    auth(SIGNER, service, "us-east-1", expires=expires).add_auth(request)
    return str(request.url)


def form(signer: Signer = SIGNER) -> dict[str, str]:
    request = AWSRequest("POST", f"{ENDPOINT}/bucket")
    expiration = datetime.now(UTC) + timedelta(minutes=5)
    request.context["s3-presign-post-policy"] = {
        "expiration": f"{expiration:%Y-%m-%dT%H:%M:%SZ}",
        "conditions": [],
    }
    S3SigV4PostAuth(signer, "s3", "us-east-1").add_auth(request)
    fields: dict[str, str] = request.context["s3-presign-post-fields"]
    return {"key": "a.txt", **fields}


@pytest.fixture
def session() -> Iterator[Signer]:
    """What STS has issued to a function's role."""
    sts.register_session(
        "ASIAROLE00000001",
        {
            "Arn": "arn:aws:sts::000000000000:assumed-role/mailer/mailer",
            "UserId": "mailer:mailer",
            "SecretAccessKey": "of the role",
            "SessionToken": "token of the role",
        },
    )
    yield Signer("ASIAROLE00000001", "of the role", "token of the role")
    del sts._sessions["ASIAROLE00000001"]


# ---------------------------------------------------------------- signatures


@pytest.mark.parametrize(
    ("method", "path", "service", "body"),
    [
        ("POST", "/", "dynamodb", BODY),
        ("GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3A%3A%3Afunction%3Aa/policy", "lambda", b""),
        ("GET", "/v1//twice/./x/../y?b=2&a=1&a=0&empty=", "execute-api", b""),
        ("PUT", "/bucket/a%20b/%C3%BC+~.txt", "s3", b"\x00\xff"),
        ("GET", "/bucket//a//b?list-type=2&prefix=%2F", "s3", b""),
    ],
)
def test_what_the_owner_signs_is_passed_on_with_its_body(call, ministack, method, path, service, body):
    answer = call(method, path, headers=signed(method, path, {}, body, service=service), content=body)

    assert (answer.status_code, answer.text) == (200, "done")
    assert [passed for _, passed in ministack.passed] == [body]


def test_what_a_role_signs_with_its_session_is_passed_on(call, session):
    assert call("POST", "/", headers=signed(signer=session), content=BODY).status_code == 200


@pytest.mark.parametrize(
    "signer",
    [
        Signer(OWN.access_key_id, "guessed"),
        Signer(OWN.access_key_id, OWN.secret_access_key, "token"),
        Signer("test", "test"),
        Signer("test", OWN.secret_access_key),
        Signer("000000000000", OWN.secret_access_key),
        Signer("123456789012", "test"),
        Signer("AKIAUNKNOWN", "test"),
        Signer("ASIAROLE00000001", "of the role"),
        Signer("ASIAROLE00000001", "of the role", "another"),
        Signer("ASIAROLE00000001", "another", "token of the role"),
    ],
)
def test_other_keys_secrets_and_sessions_are_refused(call, ministack, session, signer):
    answer = call("POST", "/", headers=signed(signer=signer), content=BODY)

    assert answer.status_code in (400, 403)
    assert not ministack.passed


def test_a_session_is_refused_once_it_has_expired(call, ministack, session):
    sts._sessions[session.access_key]["Expiration"] = 1.0

    assert "Expired" in call("POST", "/", headers=signed(signer=session), content=BODY).text
    assert not ministack.passed


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"url": "/?a=1"},
        {"url": "/other"},
        {"content": b'{"Limit": 2}'},
        {"headers": {**signed(), "X-Amz-Target": "DynamoDB_20120810.DeleteTable"}},
        {"headers": {**signed(), "Host": "localhost:4566"}},
        {"headers": {**signed(), "X-Amz-Security-Token": "t"}},
        {"headers": {**signed(headers={}), **TARGET}},
        {"headers": {**signed(), "Authorization": signed()["Authorization"][:-1]}},
        {"headers": {**signed(), "Authorization": signed()["Authorization"].replace("host;", "")}},
        {"headers": {**signed(), "Authorization": "AWS4-HMAC-SHA256"}},
        {
            "headers": {
                **signed(),
                "Authorization": "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=, Signature=",
            }
        },
        {
            "headers": {
                **signed(),
                "Authorization": "AWS4-ECDSA-P256-SHA256 Credential=a, SignedHeaders=b, Signature=c",
            }
        },
        {"headers": {**signed(), "Authorization": f"AWS {OWN.access_key_id}:signature"}},
        {"headers": {**signed(), "Authorization": "Bearer anything"}},
        {"headers": TARGET},
        {"headers": {}},
        {"url": f"/?AWSAccessKeyId={OWN.access_key_id}&Signature=x&Expires=9999999999"},
        {"url": f"/?X-Amz-Credential={OWN.access_key_id}%2F20260101%2Fus-east-1%2Fdynamodb%2Faws4_request"},
    ],
)
def test_what_is_not_exactly_what_was_signed_is_refused(call, ministack, change):
    request = {"method": "POST", "url": "/", "headers": signed(), "content": BODY, **change}

    assert call(**request).status_code in (400, 403)
    assert not ministack.passed


def test_a_second_credential_makes_nobody_another(call, ministack, session):
    """MiniStack takes the first one it finds: a role would become the account's owner."""
    headers = signed(signer=session)
    scheme, fields = headers["Authorization"].split(" ", 1)
    root = "Credential=test/20260101/us-east-1/dynamodb/aws4_request"

    for text in (f"{scheme} {root}, {fields}", f"{scheme} {fields}, {root}", f"{scheme} a={root}, {fields}"):
        assert call("POST", "/", headers={**headers, "Authorization": text}, content=BODY).status_code in (
            400,
            403,
        )
    assert not ministack.passed


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_signature_is_good_for_a_quarter_of_an_hour(call, ministack, monkeypatch, minutes):
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment)
    headers = signed()

    assert call("POST", "/", headers=headers, content=BODY).status_code in (400, 403)
    assert not ministack.passed


def test_only_s3_may_leave_its_body_unsigned(call, ministack):
    unsigned = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    headers = signed(headers={**TARGET, **unsigned})

    assert call("POST", "/", headers=headers, content=BODY).status_code == 403
    assert not ministack.passed


# ---------------------------------------------------------------- links and forms


@pytest.mark.parametrize(
    "path", ["/bucket/a.txt", "/bucket/a%20b?response-content-disposition=attachment%3B%20x"]
)
def test_a_signed_link_can_be_followed_from_anywhere(call, path):
    assert call("GET", link(path), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_link_of_another_service_covers_its_body(call, ministack):
    url = link("/?Action=GetCallerIdentity&Version=2011-06-15", service="sts")

    assert call("GET", url).status_code == 200
    assert call("GET", url, content=b"Action=other").status_code == 403
    assert len(ministack.passed) == 1


@pytest.mark.parametrize(
    ("method", "url", "headers"),
    [
        ("GET", "/bucket/a.txt", {}),
        ("PUT", link("/bucket/a.txt"), {}),
        ("GET", link("/bucket/a.txt").replace("a.txt", "b.txt"), {}),
        ("GET", link("/bucket/a.txt") + "&versionId=1", {}),
        ("GET", link("/bucket/a.txt")[:-1], {}),
        ("GET", link("/bucket/a.txt").replace("Expires=300", "Expires=900"), {}),
        ("GET", link("/bucket/a.txt", expires=8 * 24 * 3600), {}),
        ("GET", link("/bucket/a.txt", expires=-1), {}),
        ("GET", link("/bucket/a.txt"), TARGET),
        ("GET", link("/bucket/a.txt"), {"Host": "bucket.localhost:4566"}),
        (
            "GET",
            link("/bucket/a.txt") + "&x-amz-credential=test%2F20260101%2Fus-east-1%2Fs3%2Faws4_request",
            {},
        ),
        ("GET", link("/bucket/a.txt"), {"Authorization": "AWS4-HMAC-SHA256 Credential=test/a/b/c/d, a=b"}),
        ("POST", link("/", service="dynamodb", method="POST"), TARGET),
    ],
)
def test_a_link_is_good_for_what_it_was_signed_for_alone(call, ministack, method, url, headers):
    assert call(method, url, headers=headers).status_code in (400, 403)
    assert not ministack.passed


def test_an_expired_link_says_so(call, monkeypatch):
    moment = datetime.now(UTC) - timedelta(minutes=6)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment)

    answer = call("GET", link("/bucket/a.txt"), headers={"Origin": APP})

    assert answer.status_code == 403
    assert "expired" in answer.text
    assert answer.headers["access-control-allow-origin"] == APP


def test_a_signed_form_is_passed_on(call, ministack):
    assert call("POST", "/bucket", data=form(), files={"file": b"hello"}).status_code == 200
    assert b"hello" in ministack.passed[0][1]


@pytest.mark.parametrize(
    "fields",
    [
        {"key": "a.txt"},
        {**form(), "x-amz-signature": "0" * 64},
        {**form(), "policy": "e30="},
        {**form(), "x-amz-credential": form()["x-amz-credential"].replace(OWN.access_key_id, "test")},
        {**form(), "X-Amz-Credential": "test/20260101/us-east-1/s3/aws4_request"},
        {**form(), "x-amz-algorithm": "none"},
        {"AWSAccessKeyId": "test", **form()},
        form(Signer("test", "test")),
        form(Signer(OWN.access_key_id, "guessed")),
    ],
)
def test_other_forms_are_refused(call, ministack, fields):
    assert call("POST", "/bucket", data=fields, files={"file": b"hello"}).status_code in (400, 403)
    assert not ministack.passed


@pytest.mark.parametrize(("url", "headers"), [("/?Action=CreateUser", {}), ("/bucket", TARGET)])
def test_what_could_be_taken_for_another_call_is_no_form(call, ministack, url, headers):
    encoded = httpx.Request("POST", ENDPOINT, data=form(), files={"file": b"hello"})
    content, kind = encoded.read(), encoded.headers["content-type"]

    assert call("POST", url, content=content, headers={**headers, "Content-Type": kind}).status_code in (
        400,
        403,
    )
    assert not ministack.passed


# ---------------------------------------------------------------- what needs no signature


@pytest.mark.parametrize(
    ("method", "url", "headers"),
    [
        ("POST", "/", SIGN_UP),
        ("POST", "/", {"X-Amz-Target": "AWSCognitoIdentityService.GetId"}),
        ("GET", "/us-east-1_Abc123/.well-known/jwks.json", {}),
        ("GET", "/oauth2/authorize?client_id=1", {}),
        ("POST", "/oauth2/token", {}),
        (
            "POST",
            "/event",
            {"Host": "abc.appsync-api.us-east-1.localhost:4566", "Content-Type": "application/json"},
        ),
    ],
)
def test_what_aws_serves_unsigned_is_passed_on(call, method, url, headers):
    assert call(method, url, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("method", "url", "headers"),
    [
        ("POST", "/", {"X-Amz-Target": "AWSCognitoIdentityProviderService.AdminCreateUser"}),
        ("POST", "/?Action=CreateUser", SIGN_UP),
        ("POST", "/bucket", SIGN_UP),
        ("GET", "/oauth2/token", {}),
        ("GET", "/oauth2/authorize", TARGET),
        ("GET", "/us-east-1_Abc123/.well-known/jwks.json?Action=CreateUser", {}),
        ("GET", "/us-east-1_Abc123/.well-known/jwks.json", TARGET),
        ("POST", "/event", {"Host": "abc.appsync-api.us-east-1.localhost", **TARGET}),
        ("POST", "/event", {"Host": "abc.appsync-api.us-east-1.localhost"}),
        ("POST", "/", {"Host": "abc.appsync-api.us-east-1.localhost", "Content-Type": "application/json"}),
    ],
)
def test_what_could_be_taken_for_another_call_is_not_public(call, ministack, method, url, headers):
    assert call(method, url, headers={"Authorization": "anything", **headers}).status_code in (400, 403)
    assert not ministack.passed


@pytest.mark.parametrize(
    "path",
    [
        "/_ministack/reset",
        "/_ministack/config",
        "/_ministack/ses/messages",
        "/_ministack/lambda-code/000000000000/us-east-1/api",
        "/_ministack/cfn-response/1",
        "/%5Fministack/reset",
        "/_localstack/health",
        "/health",
    ],
)
def test_the_emulator_s_own_routes_ask_for_their_token(call, ministack, path):
    assert call("POST", path).status_code == 403
    assert call("POST", path, headers=signed(path=path, headers={}), content=BODY).status_code == 403
    assert call("POST", path, headers={"X-Control-Token": "guessed"}).status_code == 403
    assert not ministack.passed
    assert call("POST", path, headers=OWN.control_headers).status_code == 200


# ---------------------------------------------------------------- pages

FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:9999"},
    {"Origin": "https://127.0.0.1:8000"},
    {"Origin": f"{APP}, {APP}"},
    {"Origin": APP.upper()},
    {"Sec-Fetch-Site": "cross-site"},
    {"Host": "evil.example:4566"},
    {"Host": "localhost.evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "evil.example@127.0.0.1"},
    {"Host": ""},
]


@pytest.mark.parametrize("page", FOREIGN)
def test_a_foreign_page_is_refused_whatever_else_it_sends(call, ministack, page):
    for headers in ({**signed(), **page}, {**SIGN_UP, **page}, {**OWN.control_headers, **page}):
        answer = call("POST", "/", headers=headers, content=BODY)
        assert answer.status_code == 403
        assert not any(name.startswith("access-control") for name in answer.headers)
    preflight = {"Access-Control-Request-Method": "POST", "Origin": "http://evil.example", **page}
    assert call("OPTIONS", "/bucket", headers=preflight).status_code == 403
    assert not ministack.passed


@pytest.mark.parametrize(
    "host", ["localhost:4566", "127.0.0.1", "[::1]:4566", "bucket.localhost:4566", "10.0.2.2:4566"]
)
def test_a_local_name_is_none_that_dns_could_redirect(call, host):
    assert call("POST", "/", headers={**SIGN_UP, "Host": host}).status_code == 200


def test_the_app_s_pages_may_ask_and_read_and_nobody_else_may(call):
    page = {"Origin": APP, "Sec-Fetch-Site": "cross-site", "Access-Control-Request-Headers": "x-amz-target"}

    answer = call("POST", "/", headers={**SIGN_UP, **page})

    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["access-control-allow-headers"] == "x-amz-target"
    assert answer.headers["access-control-expose-headers"] == "etag"
    assert answer.headers["vary"] == "Origin"
    preflight = call("OPTIONS", "/bucket", headers={**page, "Access-Control-Request-Method": "POST"})
    assert preflight.headers["access-control-allow-origin"] == APP


def test_a_program_is_told_nothing_about_origins(call):
    assert not any(name.startswith("access-control") for name in call("POST", "/", headers=SIGN_UP).headers)


# ---------------------------------------------------------------- WebSockets


@pytest.mark.parametrize(
    ("headers", "is_open"),
    [
        ({"Origin": APP}, True),
        ({}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Host": "abc.appsync-realtime-api.evil.example"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Host": "127.0.0.1:4566"}, False),
        ({"Host": "abcdef01.execute-api.localhost:4566"}, False),
    ],
)
def test_a_websocket_is_opened_by_our_pages_and_to_events_alone(headers, is_open):
    sent: list[dict[str, Any]] = []

    async def accept(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})

    async def connect() -> None:
        given = {"Host": "abc.appsync-realtime-api.us-east-1.localhost:4566", **headers}
        scope = {
            "type": "websocket",
            "path": "/event/realtime",
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await Gate(accept, OWN, [APP])(scope, receive, send)

    asyncio.run(connect())
    assert sent[0]["type"] == ("websocket.accept" if is_open else "websocket.close")


# ---------------------------------------------------------------- how it is said


def test_a_refusal_comes_in_the_words_of_the_service(call):
    guessed = Signer(OWN.access_key_id, "guessed")

    table = call("POST", "/", headers=signed(signer=guessed), content=BODY)
    queue = call(
        "POST",
        "/",
        headers=signed(signer=guessed, headers={"X-Amz-Target": "AmazonSQS.ListQueues"}, service="sqs"),
        content=BODY,
    )
    bucket = call("GET", "/bucket/a.txt", headers=signed("GET", "/bucket/a.txt", {}, b"", guessed, "s3"))

    assert json.loads(table.content)["__type"].endswith("InvalidSignatureException")
    assert "SignatureDoesNotMatch" in queue.text
    assert "<Code>SignatureDoesNotMatch</Code>" in bucket.text
