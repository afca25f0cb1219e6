"""Cognito's refresh tokens where MiniStack differs: it models no rotation, and takes what it has not issued.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html

A token is one text. MiniStack decodes base64 leniently, so that other texts pass for the token, and those would also
get around its replacement; and `/oauth2/token` takes a token of the hosted page at any client.

Where a client rotates, each refresh gives a new refresh token that ends when the first one would have; the one it
replaces is good for the client's grace period, so that a lost answer can be asked for again, and is refused then.
`REFRESH_TOKEN_AUTH` is refused. The code and message of that refusal have not been compared with AWS's.
"""

import hashlib
import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import parse_qs

from ministack.core.responses import error_response_json
from ministack.services import cognito

from app.auth import compact

Answer = tuple[int, dict[str, str], Any]
Handler = Callable[[dict[str, Any]], Answer]
Pool = dict[str, Any]

_SETTING = "RefreshTokenRotation"
_REPLACED = "_replaced_refresh_tokens"
"""Of a pool: hash of a replaced token -> until when it is good, and when it would have ended anyway. MiniStack saves
it with the pool."""
_LOCK = threading.Lock()

Replacement = Literal["now", "again", "over"]
"""Of a refresh token: by this refresh, before but within the grace period, or too long ago."""


def install() -> None:
    """Replace the handlers that keep a client's settings and refresh; MiniStack looks them up by name."""
    for name in ("_create_user_pool_client", "_update_user_pool_client"):
        setattr(cognito, name, keeping_setting(getattr(cognito, name)))
    cognito._auth_flow_error = refusing_refresh(cognito._auth_flow_error)
    cognito._refresh_auth_user = refusing_mangled(cognito._refresh_auth_user)
    cognito._refresh_auth_result = keeping_sign_in(cognito._refresh_auth_result)
    cognito._get_tokens_from_refresh_token = rotating(cognito._get_tokens_from_refresh_token)
    cognito._oauth2_token = rotating_at_endpoint(cognito._oauth2_token)


def keeping_setting(change: Handler) -> Handler:
    def change_and_keep(data: dict[str, Any]) -> Answer:
        answer = change(data)
        if answer[0] != 200 or _SETTING not in data:
            return answer
        client_id = json.loads(answer[2])["UserPoolClient"]["ClientId"]
        _pool(data)["_clients"][client_id][_SETTING] = data[_SETTING]
        described: Answer = cognito._describe_user_pool_client({**data, "ClientId": client_id})
        return described

    return change_and_keep


def refusing_refresh(check: Callable[[str, dict[str, Any]], Answer | None]) -> Any:
    def check_flow(action: str, data: dict[str, Any]) -> Answer | None:
        is_refresh = action.endswith("InitiateAuth") and data.get("AuthFlow") in (
            "REFRESH_TOKEN_AUTH",
            "REFRESH_TOKEN",
        )
        if is_refresh and _grace(_pool(data), data.get("ClientId")) is not None:
            return _error("InvalidParameterException", "Auth flow not enabled for this client")
        return check(action, data)

    return check_flow


def refusing_mangled(find_user: Callable[..., Any]) -> Callable[..., Any]:
    def find_user_of_issued(pool: Pool, pool_id: str, client_id: str, token: str) -> Any:
        return find_user(pool, pool_id, client_id, token) if is_issued(token) else (None, _invalid_token())

    return find_user_of_issued


def keeping_sign_in(refresh: Callable[..., Any]) -> Callable[..., Any]:
    def refresh_of_session(pool: Pool, pool_id: str, client_id: str, token: str) -> Any:
        result, error = refresh(pool, pool_id, client_id, token)
        return (result if error else _as_signed_in(pool_id, token, result)), error

    return refresh_of_session


def rotating(refresh: Handler) -> Handler:
    def refresh_and_rotate(data: dict[str, Any]) -> Answer:
        pool, token = _pool(data), str(data.get("RefreshToken", ""))
        if not is_issued(token):
            return _invalid_token()
        if _has_expired(token):
            return _error("NotAuthorizedException", "Refresh Token has expired")
        grace = _grace(pool, data.get("ClientId"))
        if grace is None:
            return refresh(data)
        replacement = _replace(pool, token, grace)
        if replacement == "over":
            return _error("RefreshTokenReuseException", "Refresh token has been rotated")
        answer = refresh(data)
        if answer[0] != 200:
            return _taken_back(pool, token, replacement, answer)
        body = json.loads(answer[2])
        body["AuthenticationResult"]["RefreshToken"] = _successor(pool, token)
        return answer[0], answer[1], json.dumps(body).encode()

    return refresh_and_rotate


def rotating_at_endpoint(exchange: Any) -> Any:
    """The same for the hosted pages' `POST /oauth2/token`."""

    def exchange_and_rotate(
        data: Any, query: Any, raw_body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        form = {name: given[0] for name, given in parse_qs(raw_body.decode("utf-8", "replace")).items()}
        if form.get("grant_type") != "refresh_token":
            return exchange(data, query, raw_body, headers)  # type: ignore[no-any-return]
        token, client_id = form.get("refresh_token", ""), cognito._authenticate_client(headers or {}, form)[0]
        if not is_issued(token) or _has_expired(token) or _claims(token).get("client_id") != client_id:
            return answered(400, {"error": "invalid_grant"})
        cognito._refresh_tokens.pop(token, None)  # those listed there are not checked as all others are
        pool = _pool({"ClientId": client_id})
        grace = _grace(pool, client_id)
        if grace is None:
            return exchange(data, query, raw_body, headers)  # type: ignore[no-any-return]
        replacement = _replace(pool, token, grace)
        if replacement == "over":
            return answered(400, {"error": "invalid_grant"})
        answer: Answer = exchange(data, query, raw_body, headers)
        if answer[0] != 200:
            return _taken_back(pool, token, replacement, answer)
        body = {
            **_as_signed_in(pool["Id"], token, json.loads(answer[2])),
            "refresh_token": _successor(pool, token),
        }
        return answer[0], answer[1], json.dumps(body).encode()

    return exchange_and_rotate


def _pool(data: dict[str, Any]) -> Pool:
    """Empty when there is none: MiniStack's own handler says so then."""
    pool = (
        cognito._user_pools.get(data["UserPoolId"])
        if "UserPoolId" in data
        else cognito._pool_for_client(data.get("ClientId"))[0]
    )
    return pool or {}


def _grace(pool: Pool, client_id: Any) -> int | None:
    """Seconds for which a replaced token is good; None where the client does not rotate."""
    setting = pool.get("_clients", {}).get(client_id, {}).get(_SETTING) or {}
    return int(setting.get("RetryGracePeriodSeconds") or 0) if setting.get("Feature") == "ENABLED" else None


def _replace(pool: Pool, token: str, grace: int) -> Replacement:
    """Start the grace period of `token`, if it was not replaced before."""
    now, ends = time.time(), _claims(token).get("exp", 0)
    with _LOCK:
        replaced = pool.setdefault(_REPLACED, {})
        for old in [name for name, (_, end) in replaced.items() if end < now]:
            del replaced[old]
        if _digest(token) in replaced:
            return "again" if now < replaced[_digest(token)][0] else "over"
        replaced[_digest(token)] = (now + grace, ends)
        return "now"


def _taken_back(pool: Pool, token: str, replacement: Replacement, answer: Answer) -> Answer:
    """A refused token replaces nothing. Its second use is refused as the first was."""
    if replacement == "now":
        with _LOCK:
            pool[_REPLACED].pop(_digest(token), None)
    return answer


def _as_signed_in(pool_id: str, token: str, result: dict[str, Any]) -> dict[str, Any]:
    """The tokens of a refresh with `auth_time` as at the sign-in, as Cognito has it."""
    kinds = {"AccessToken": "access", "IdToken": "id", "access_token": "access", "id_token": "id"}
    since = {"auth_time": _auth_time(token)}
    made = {
        name: cognito._signed_jwt({**_claims(given), **since}, pool_id, kinds[name])
        for name, given in result.items()
        if name in kinds
    }
    return {**result, **made}


def _auth_time(token: str) -> int:
    claims = _claims(token)
    return int(claims.get("auth_time", claims.get("iat", 0)))


def _successor(pool: Pool, token: str) -> str:
    """A refresh token of the same session, with the same end."""
    claims = {
        **_claims(token),
        "auth_time": _auth_time(token),
        "iat": int(time.time()),
        "jti": str(uuid.uuid4()),
    }
    made: str = cognito._signed_jwt(claims, pool["Id"], "access")
    return made


def is_issued(token: str) -> bool:
    """Return whether `token` is, to the letter, one that a pool has signed."""
    try:
        compact.parse(token)
    except (ValueError, RecursionError):
        return False
    return bool(cognito._signature_valid(token))


def _has_expired(token: str) -> bool:
    ends = _claims(token).get("exp")
    return isinstance(ends, int | float) and ends <= time.time()


def _claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = cognito._token_claims(token)
    return found


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def answered(status: int, body: dict[str, Any]) -> Answer:
    """An answer of an endpoint. MiniStack adds to its headers, so they are no constant."""
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


def _invalid_token() -> Answer:
    return _error("NotAuthorizedException", "Invalid Refresh Token")


def _error(code: str, message: str) -> Answer:
    answer: Answer = error_response_json(code, message, 400)
    return answer
