"""Calls of the gate, signed by botocore's own signers as SDKs sign them."""

import asyncio
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
    """The credentials that STS has issued to a function's role."""
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
