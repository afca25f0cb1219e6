"""Operations that AWS serves without a signature: sign-up, sign-in, the keys of tokens, the hosted sign-in page."""

import re
from functools import cache

from ministack.core.iam_actions import unsigned_operations

from devstack.emulator.gate.request import SignedRequest

_COGNITO = {
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "AWSCognitoIdentityService": "cognito-identity",
}
"""Targets to the names of their services."""

_KEYS = re.compile(r"/[a-z0-9-]+_[A-Za-z0-9]+/\.well-known/(jwks\.json|openid-configuration)")
_HOSTED_PAGES = frozenset(
    {
        ("GET", "/oauth2/authorize"),
        ("GET", "/oauth2/userInfo"),
        ("GET", "/logout"),
        ("POST", "/oauth2/login"),
        ("POST", "/oauth2/revoke"),
        ("POST", "/oauth2/token"),
        ("POST", "/oauth2/userInfo"),
        ("POST", "/login"),
    }
)
_EVENTS_HOST = re.compile(r"[a-z0-9]+\.appsync-(realtime-)?api\.")
"""Of AppSync Events, which asks each API's own way of authorization: a key, a token, a function or a signature."""


def is_public(request: SignedRequest) -> bool:
    """Only what MiniStack cannot take for anything else: by target, path or query it chooses the service."""
    if "x-amz-target" in request.headers:
        return _is_public_operation(request)
    if (request.method, request.path) in _HOSTED_PAGES:
        return True
    if request.query:
        return False
    return _is_event(request) or (request.method == "GET" and _KEYS.fullmatch(request.path) is not None)


def _is_event(request: SignedRequest) -> bool:
    """A publication or, as the upgrade to a WebSocket, a subscription."""
    if not _EVENTS_HOST.match(request.headers.get("host", "")):
        return False
    is_json = request.headers.get("content-type", "").startswith("application/json")
    return (request.method, request.path) == ("GET", "/event/realtime") or (
        (request.method, request.path) == ("POST", "/event") and is_json
    )


def _is_public_operation(request: SignedRequest) -> bool:
    service, _, operation = request.headers.get("x-amz-target", "").partition(".")
    is_plain = (request.method, request.path, request.query) == ("POST", "/", "")
    return is_plain and service in _COGNITO and operation in _operations(_COGNITO[service])


@cache
def _operations(service: str) -> frozenset[str]:
    """As botocore's model of the service says."""
    found: frozenset[str] = unsigned_operations(service)
    return found
