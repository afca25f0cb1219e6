"""DynamoDB, S3, SQS, SES and the keys of a user pool, that answer at once and always the same: what is measured is
the caller.

python -m benchmarks.stand_in [USERS]       prints {"port", "tokens"} as JSON, and serves until it is ended
"""

import asyncio
import json
import re
import sys
import time
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwk, jwt
from jose.utils import long_to_base64

from app.models.moments import now, timestamp
from app.models.todos import Todo
from app.repositories.dynamodb.todo_items import live_item
from benchmarks.messages import take_message

USER = "user-a"
TODO = "3f0e7a52-6b1c-4d0e-9d0a-000000000000"
_MOMENT = timestamp(now())
_ACCOUNT: dict[str, Any] = {
    "cognitoUserSub": {"S": USER},
    "email": {"S": "a@example.com"},
    "status": {"S": "active"},
    "revision": {"N": "7"},
    "todoCount": {"N": "50"},
    "tokensValidAfter": {"N": "0"},
    "createdAt": {"S": _MOMENT},
    "updatedAt": {"S": _MOMENT},
}
_TODOS = [
    live_item(
        USER,
        Todo(
            id=f"{TODO[:-12]}{number:012d}",
            title=f"Number {number}: buy oat milk and something for the evening",
            notes="The barista one, if they have it; else the one with the green cap.",
            tags=("shopping", "home"),
            version=1,
            revision=number,
        ),
    )
    for number in range(50)
]
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_FILE = b"email,name,phone,birthDate,country\n" + b"".join(
    b"person%d@example.com,Person %d,+44207946%04d,1990-02-11,GB\n" % (number, number, number)
    for number in range(10)
)


def _item(key: dict[str, Any]) -> dict[str, Any] | None:
    if "todoId" in key:
        return _TODOS[0]
    return {**_ACCOUNT, **key} if "userId" in key else _OPERATIONS.get(_name(key))


_OPERATIONS: dict[str, dict[str, Any]] = {}
"""Items of the Operations table, by their keys, as they were first put: an import is always under way."""


def _name(key: dict[str, Any]) -> str:
    return " ".join(key[name]["S"] for name in ("pk", "sk") if name in key)


def _put(request: dict[str, Any]) -> dict[str, Any]:
    if name := _name(request["Item"]):
        _OPERATIONS.setdefault(name, request["Item"])
    return {}


def _get(request: dict[str, Any]) -> dict[str, Any]:
    item = _item(request["Key"])
    return {"Item": item} if item else {}


def _batch(request: dict[str, Any]) -> dict[str, Any]:
    tables = request["RequestItems"]
    found = {name: [item for key in asked["Keys"] if (item := _item(key))] for name, asked in tables.items()}
    return {"Responses": found, "UnprocessedKeys": {}}


def _transaction_get(request: dict[str, Any]) -> dict[str, Any]:
    return {"Responses": [_get(item["Get"]) for item in request["TransactItems"]]}


def _query(request: dict[str, Any]) -> dict[str, Any]:
    if not request["TableName"].lower().startswith("todo"):
        return _page([])
    if "ProjectionExpression" not in request:
        return _page(_TODOS)
    names = request["ExpressionAttributeNames"]
    asked = {names.get(name, name) for name in request["ProjectionExpression"].split(", ")}
    return _page([{name: value for name, value in todo.items() if name in asked} for todo in _TODOS])


def _page(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Items": items, "Count": len(items), "ScannedCount": len(items)}


_CLAIM = {"unsettled": {"N": "1"}}
"""Of a mail that is sent for the first time."""
_ANSWERS = {
    "GetItem": _get,
    "PutItem": _put,
    "BatchGetItem": _batch,
    "TransactGetItems": _transaction_get,
    "TransactWriteItems": lambda _request: {"ConsumedCapacity": []},
    "BatchWriteItem": lambda _request: {"UnprocessedItems": {}},
    "Query": _query,
    "UpdateItem": lambda request: {"Attributes": _item(request["Key"]) or {**request["Key"], **_CLAIM}},
    "SendMessage": lambda _request: {"MessageId": "1", "MD5OfMessageBody": "0" * 32},
}
_TARGET = re.compile(rb"\r\nx-amz-target: *\w+\.(\w+)", re.IGNORECASE)


def _answer(head: bytes, body: bytes) -> bytes:
    if target := _TARGET.search(head):
        operation = target[1].decode()
        answer = _ANSWERS[operation](json.loads(body)) if operation in _ANSWERS else {}
        return json.dumps(answer).encode()
    path = head.split(b" ", 2)[1]
    if path.startswith(b"/pool") or path.endswith(b"/jwks"):
        return json.dumps({"keys": [_public_key()]}).encode()
    return json.dumps({"MessageId": "1"}).encode() if path.startswith(b"/v2/email") else _FILE


class _Connection(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._received = bytearray()

    def data_received(self, data: bytes) -> None:
        self._received += data
        while message := take_message(self._received):
            body = _answer(*message)
            self._transport.write(
                b'HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nETag: "1"\r\n'
                b"Content-Length: %d\r\n\r\n" % len(body) + body
            )


def _public_key() -> dict[str, str]:
    numbers = _KEY.public_key().public_numbers()
    return {
        "kid": "k1",
        "kty": "RSA",
        "alg": "RS256",
        "use": "sig",
        "n": long_to_base64(numbers.n).decode(),
        "e": long_to_base64(numbers.e).decode(),
    }


def _token(issuer: str, user: str) -> str:
    moment = int(time.time())
    claims = {
        "sub": user,
        "username": user,
        "client_id": "client",
        "token_use": "access",
        "iss": issuer,
        "iat": moment,
        "auth_time": moment,
        "exp": moment + 36_000,
        "jti": "1",
        "scope": "aws.cognito.signin.user.admin",
    }
    return jwt.encode(claims, _SIGNING_KEY, algorithm="RS256", headers={"kid": "k1"})


_PEM = _KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
_SIGNING_KEY = jwk.construct(_PEM, "RS256")
"""Made once: reading a private key takes many times as long as signing with it."""


async def _serve(users: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0, backlog=512)
    port = server.sockets[0].getsockname()[1]
    names = [USER, *(f"user-{number}" for number in range(1, users))]
    tokens = [_token(f"http://127.0.0.1:{port}/pool", name) for name in names]
    print(json.dumps({"port": port, "tokens": tokens}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
