"""The API as the deployed function, which the embedded AWS runs under its own role."""

import json
import uuid
from typing import Any

from devstack.seed import ADMIN
from support.stack import RunningStack

PASSWORD = "Correct-Horse-7"


class Function:
    """Calls the API function with events of an API Gateway HTTP API."""

    def __init__(self, stack: RunningStack) -> None:
        self.client = stack.local.aws.client("lambda")
        self.name = stack.local.physical_id("ApiFunction")
        self.token: str | None = None

    def __call__(
        self, method: str, path: str, body: Any = None, query: str = "", **headers: str
    ) -> dict[str, Any]:
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers.setdefault("content-type", "application/json")
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": headers,
            "requestContext": {
                "http": {"method": method, "path": path, "sourceIp": "127.0.0.1", "protocol": "HTTP/1.1"},
                "stage": "$default",
                "requestId": uuid.uuid4().hex,
            },
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read())


def new_user(stack: RunningStack) -> tuple[Function, str]:
    """Sign up a user. Return the API, signed in as them, and their address."""
    function, email = Function(stack), f"{uuid.uuid4().hex}@example.com"
    assert function("POST", "/v1/auth/signup", {"email": email, "password": PASSWORD})["statusCode"] == 201
    assert function("POST", "/v1/auth/confirm", {"email": email, "code": "123456"})["statusCode"] == 204
    signed_in = function("POST", "/v1/auth/login", {"email": email, "password": PASSWORD})
    function.token = json.loads(signed_in["body"])["access_token"]
    return function, email


def administrator(stack: RunningStack) -> Function:
    function = Function(stack)
    signed_in = function("POST", "/v1/auth/login", {"email": ADMIN.email, "password": ADMIN.password})
    function.token = json.loads(signed_in["body"])["access_token"]
    return function
