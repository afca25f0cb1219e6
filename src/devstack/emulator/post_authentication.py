"""Cognito's PostAuthentication trigger, which MiniStack never calls.

It runs for each sign-in, by an operation or on the hosted page, and not for a refresh.
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-authentication.html
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import ministack.app
from ministack.services import cognito

from app.auth import compact
from devstack.emulator.revocation import Route
from devstack.emulator.triggers import Answer, Handler, pool_of, run_trigger

_SOURCE = "PostAuthentication_Authentication"
_REFRESHES = ("REFRESH_TOKEN", "REFRESH_TOKEN_AUTH")


def install() -> None:
    """Replace the handlers that sign a user in; MiniStack looks them up by name for each request."""
    for name in (
        "_initiate_auth",
        "_admin_initiate_auth",
        "_respond_to_auth_challenge",
        "_admin_respond_to_auth_challenge",
    ):
        setattr(cognito, name, with_trigger(getattr(cognito, name)))
    cognito._issue_auth_code_redirect = with_trigger_on_page(cognito._issue_auth_code_redirect)
    ministack.app._handle_cognito_body_request = beside_the_loop(ministack.app._handle_cognito_body_request)


def beside_the_loop(handle: Route) -> Route:
    """The trigger calls back, so the page's form must not block the event loop. Operations have threads already."""

    async def handle_in_thread(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Any
    ) -> Answer | None:
        if method != "POST" or path not in ("/login", "/oauth2/login"):
            return await handle(method, path, headers, body, query)
        answer: Answer = await asyncio.to_thread(
            cognito.handle_login_submit, method, path, headers, body, query
        )
        return answer

    return handle_in_thread


def with_trigger(sign_in: Handler) -> Handler:
    """As on AWS a trigger that fails keeps the user out."""

    def sign_in_then_trigger(data: dict[str, Any]) -> Answer:
        answer = sign_in(data)
        if answer[0] != 200 or data.get("AuthFlow") in _REFRESHES:
            return answer
        result = json.loads(answer[2]).get("AuthenticationResult")
        if not result:  # a challenge comes first
            return answer
        user_id = compact.parse(result["AccessToken"]).payload["sub"]
        return _trigger(pool_of(data), user_id, data) or answer

    return sign_in_then_trigger


def with_trigger_on_page(redirect: Callable[..., Answer]) -> Callable[..., Answer]:
    def trigger_then_redirect(
        client_id: str, pool_id: str, redirect_uri: str, scope: str, username: str, *more: Any, **named: Any
    ) -> Answer:
        failed = _trigger(cognito._resolve_pool(pool_id)[0], username, {"ClientId": client_id})
        return failed or redirect(client_id, pool_id, redirect_uri, scope, username, *more, **named)

    return trigger_then_redirect


def _trigger(pool: dict[str, Any], username: str, data: dict[str, Any]) -> Answer | None:
    user = cognito._resolve_user(pool, username)[0]
    return None if user is None else run_trigger("PostAuthentication", pool, user, data, _SOURCE)
