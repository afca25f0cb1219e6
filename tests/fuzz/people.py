"""The callers, and values beyond any schema. Loaded by schemathesis (SCHEMATHESIS_HOOKS), with API, ADMIN_EMAIL and
ADMIN_PASSWORD set.

Most routes are called by the administrator. What ends the caller's session is called by a new person each time.
"""

import os
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any

import requests
import schemathesis

API = os.environ["API"]
PASSWORD = "Correct-Horse-7"
CODE = "123456"
"""What the embedded Cognito always mails at sign-up."""
ENDS_THE_SESSION = {"DELETE /v1/users/me", "POST /v1/auth/logout-all", "POST /v1/users/me/password"}
VALID = {
    "timeZone": "Europe/London",
    "password": PASSWORD,
    "currentPassword": PASSWORD,
    "newPassword": "Correct-Horse-8",
}


@schemathesis.hook
def before_call(_context: Any, case: schemathesis.Case, _kwargs: dict[str, Any]) -> None:
    """In valid requests, replace what is only valid by a rule that no schema states: signed cursors and sync tokens,
    keys that may be used once, and some fields of bodies."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if isinstance(case.query, Mapping):
        for signed in ("cursor", "token"):
            case.query.pop(signed, None)
    if isinstance(case.headers, Mapping) and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    if isinstance(case.body, dict):
        _make_valid(case.body)


def _make_valid(body: dict[str, Any]) -> None:
    """Names of time zones, the password policy, few mutations that are atomic, and one due date of two (`not`
    confuses generators)."""
    for todo in (body, *body.get("todos", ())):
        if todo.get("dueOn") is not None and "dueAt" in todo:
            todo["dueAt"] = None
    if len(body.get("mutations", ())) > 25:
        body["atomic"] = False
    if len(str(body.get("name")).encode()) > 255:
        body["name"] = "holiday.jpg"  # the schema counts characters
    for name in VALID.keys() & body.keys():
        if body[name] is not None:
            body[name] = VALID[name]


@schemathesis.auth(refresh_interval=None)
class Caller:
    def get(self, case: schemathesis.Case, _context: Any) -> str:
        if case.operation.label in ENDS_THE_SESSION:
            return signed_up()
        return signed_in(os.environ["ADMIN_EMAIL"], os.environ["ADMIN_PASSWORD"])

    def set(self, case: schemathesis.Case, data: str, _context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


def signed_up() -> str:
    email = f"p{uuid.uuid4().hex[:12]}@example.com"
    post("signup", email=email, password=PASSWORD)
    post("confirm", email=email, code=CODE)
    return signed_in(email, PASSWORD)


@cache
def signed_in(email: str, password: str) -> str:
    return post("login", email=email, password=password).json()["access_token"]


def post(path: str, **body: str) -> requests.Response:
    answer = requests.post(f"{API}/v1/auth/{path}", json=body, timeout=30)
    answer.raise_for_status()
    return answer
