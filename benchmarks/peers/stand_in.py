"""DynamoDB, and the keys of a user pool, that answer at once and always the same: what is measured is the caller.

python stand_in.py          prints {"port", "token"} as JSON, and serves until it is ended
"""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwt
from jose.utils import long_to_base64

from app.models import Todo, now, timestamp
from app.repositories.dynamodb.todo_items import live_item

USER = "user-a"
TODO = "3f0e7a52-6b1c-4d0e-9d0a-000000000000"
_MOMENT = timestamp(now())
_ACCOUNT: dict[str, Any] = {
    "userId": {"S": USER},
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


def _account_or_todo(key: dict[str, Any]) -> dict[str, Any]:
    return _TODOS[0] if "todoId" in key else _ACCOUNT


def _batch(request: dict[str, Any]) -> dict[str, Any]:
    tables = request["RequestItems"]
    found = {name: [_account_or_todo(key) for key in asked["Keys"]] for name, asked in tables.items()}
    return {"Responses": found, "UnprocessedKeys": {}}


def _transaction_get(request: dict[str, Any]) -> dict[str, Any]:
    keys = [item["Get"]["Key"] for item in request["TransactItems"]]
    return {"Responses": [{"Item": _account_or_todo(key)} for key in keys]}


_ANSWERS = {
    "GetItem": lambda request: {"Item": _account_or_todo(request["Key"])},
    "BatchGetItem": _batch,
    "TransactGetItems": _transaction_get,
    "Query": lambda _request: {"Items": _TODOS, "Count": 50, "ScannedCount": 50},
    "UpdateItem": lambda request: {"Attributes": _account_or_todo(request["Key"])},
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # one packet, which waits for no acknowledgement
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        numbers = _KEY.public_key().public_numbers()
        key = {
            "kid": "k1",
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "n": long_to_base64(numbers.n).decode(),
            "e": long_to_base64(numbers.e).decode(),
        }
        self._answer({"keys": [key]})

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        found = _ANSWERS[operation](request) if operation in _ANSWERS else {}
        self._answer({"ConsumedCapacity": [], **found} if operation == "TransactWriteItems" else found)

    def _answer(self, body: object) -> None:
        encoded = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(encoded)))
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, *_args: Any) -> None:
        pass


def _token(issuer: str) -> str:
    moment = int(time.time())
    claims = {
        "sub": USER,
        "username": USER,
        "client_id": "client",
        "token_use": "access",
        "iss": issuer,
        "iat": moment,
        "auth_time": moment,
        "exp": moment + 36_000,
        "jti": "1",
        "scope": "aws.cognito.signin.user.admin",
    }
    pem = _KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return jwt.encode(claims, pem.decode(), algorithm="RS256", headers={"kid": "k1"})


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    port = server.server_port
    print(json.dumps({"port": port, "token": _token(f"http://127.0.0.1:{port}/pool")}), flush=True)
    server.serve_forever()
