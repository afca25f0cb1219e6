"""Cognito's revocation of refresh tokens, which MiniStack grants to any client, and its endpoint, which it lacks.

https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html

Only the client of a token revokes it. What is no token is no error (RFC 7009, 2.2). The codes of refusals are among
those that AWS documents; which of them it sends when has not been compared.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import ministack.app
from ministack.core.responses import error_response_json
from ministack.services import cognito

from devstack.emulator.refresh_tokens import Answer, Handler, answered, is_issued

PATH = "/oauth2/revoke"
_ERRORS = {
    "UnauthorizedException": "unauthorized_client",
    "UnsupportedTokenTypeException": "unsupported_token_type",
}
"""Of the operation, to those of the endpoint."""

Route = Callable[[str, str, dict[str, str], bytes, Any], Awaitable[Answer | None]]


def install() -> None:
    cognito._revoke_token = by_its_own_client(cognito._revoke_token)
    cognito.well_known_openid_configuration = naming_endpoint(cognito.well_known_openid_configuration)
    ministack.app._handle_cognito_body_request = with_endpoint(ministack.app._handle_cognito_body_request)


def by_its_own_client(revoke: Handler) -> Handler:
    def revoke_own(data: dict[str, Any]) -> Answer:
        token = str(data.get("Token", ""))
        if not is_issued(token):
            return answered(200, {})
        claims = cognito._token_claims(token)
        if claims.get("token_use") != "refresh":
            return _refusal("UnsupportedTokenTypeException", "Only refresh tokens can be revoked.")
        if claims.get("client_id") != data.get("ClientId"):
            return _refusal("UnauthorizedException", "The refresh token is of another client.")
        return revoke(data)

    return revoke_own


def naming_endpoint(describe: Callable[..., Answer]) -> Callable[..., Answer]:
    def describe_with_endpoint(*args: Any, **options: Any) -> Answer:
        status, headers, body = describe(*args, **options)
        found = json.loads(body)
        token_endpoint = found["token_endpoint"]
        found["revocation_endpoint"] = token_endpoint.removesuffix("/oauth2/token") + PATH
        return status, headers, json.dumps(found).encode()

    return describe_with_endpoint


def with_endpoint(serve: Route) -> Route:
    async def serve_or_revoke(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Any
    ) -> Answer | None:
        if (method, path) == ("POST", PATH):
            return _revoke(headers, body)
        return await serve(method, path, headers, body, query)

    return serve_or_revoke


def _revoke(headers: dict[str, str], body: bytes) -> Answer:
    form = {name: given[0] for name, given in parse_qs(body.decode("utf-8", "replace")).items()}
    client_id, secret = cognito._authenticate_client(headers, form)
    client = cognito._find_pool_by_client_id(client_id)[2]
    if not client_id or "token" not in form:
        return answered(400, {"error": "invalid_request"})
    if client is None or secret != (client.get("ClientSecret") or ""):
        return answered(401, {"error": "invalid_client"})
    status, _, answer = cognito._revoke_token({"ClientId": client_id, "Token": form["token"]})
    if status == 200:
        return 200, {}, b""
    return answered(400, {"error": _ERRORS[json.loads(answer)["__type"]]})


def _refusal(code: str, message: str) -> Answer:
    answer: Answer = error_response_json(code, message, 400)
    return answer
