"""Refresh tokens of clients that rotate them and of those that do not, as Cognito has it."""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError

from support.stack import RunningStack
from support.tokens import MANGLED

PASSWORD = "Correct-Horse-7"

Refresh = Callable[[str], dict[str, Any]]


class Device:
    """Of one user, at one client of the stack's pool."""

    def __init__(self, stack: RunningStack, rotation: dict[str, Any] | None) -> None:
        self.stack = stack
        self.cognito = stack.local.aws.client("cognito-idp")
        self.pool = stack.env["USER_POOL_ID"]
        given = {} if rotation is None else {"RefreshTokenRotation": rotation}
        made = self.cognito.create_user_pool_client(
            UserPoolId=self.pool,
            ClientName=uuid4().hex,
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"],
            **given,
        )["UserPoolClient"]
        self.client = made["ClientId"]
        assert made.get("RefreshTokenRotation") == rotation
        self.email = f"{uuid4().hex}@example.com"
        self.cognito.sign_up(ClientId=self.client, Username=self.email, Password=PASSWORD)
        self.cognito.admin_confirm_sign_up(UserPoolId=self.pool, Username=self.email)
        self.token: str = self.sign_in("USER_PASSWORD_AUTH", USERNAME=self.email, PASSWORD=PASSWORD)[
            "RefreshToken"
        ]

    def sign_in(self, flow: str, **parameters: str) -> dict[str, Any]:
        answer = self.cognito.initiate_auth(ClientId=self.client, AuthFlow=flow, AuthParameters=parameters)
        return answer["AuthenticationResult"]

    def refresh(self, token: str) -> dict[str, Any]:
        answer = self.cognito.get_tokens_from_refresh_token(ClientId=self.client, RefreshToken=token)
        return answer["AuthenticationResult"]

    def refresh_at_endpoint(self, token: str) -> dict[str, Any]:
        """As the hosted page's clients do."""
        form = {"grant_type": "refresh_token", "client_id": self.client, "refresh_token": token}
        answer = httpx.post(f"{self.stack.endpoint}/oauth2/token", data=form, timeout=30, trust_env=False)
        if answer.status_code != 200:
            raise LookupError(answer.json()["error"])
        return {"RefreshToken": answer.json().get("refresh_token")}


def rotating(seconds: int) -> dict[str, Any]:
    return {"Feature": "ENABLED", "RetryGracePeriodSeconds": seconds}


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises((ClientError, LookupError)) as raised:
        call()
    return (
        raised.value.response["Error"]["Code"] if isinstance(raised.value, ClientError) else str(raised.value)
    )


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def end(token: str) -> int:
    return claims(token)["exp"]


@pytest.mark.parametrize("rotation", [None, rotating(60)])
def test_a_refresh_keeps_the_time_of_the_sign_in(
    stack: RunningStack, rotation: dict[str, Any] | None
) -> None:
    device = Device(stack, rotation)
    signed_in = claims(device.token)["iat"]
    time.sleep(1.1)

    once = device.refresh(device.token)
    twice = device.refresh(once.get("RefreshToken", device.token))

    assert claims(twice["AccessToken"])["auth_time"] == claims(twice["IdToken"])["auth_time"] == signed_in
    assert claims(twice["AccessToken"])["iat"] > signed_in


@pytest.mark.parametrize(
    ("variable", "rotation", "days"),
    [("USER_POOL_CLIENT_ID", {"Feature": "DISABLED"}, 365), ("USER_POOL_SITE_CLIENT_ID", rotating(60), 30)],
)
def test_the_template_s_clients_are_as_it_says(stack, variable, rotation, days):
    client = stack.local.aws.client("cognito-idp").describe_user_pool_client(
        UserPoolId=stack.env["USER_POOL_ID"], ClientId=stack.env[variable]
    )["UserPoolClient"]

    assert client["RefreshTokenRotation"] == rotation
    assert int(client["RefreshTokenValidity"]) == days


@pytest.mark.parametrize("way", ["refresh", "refresh_at_endpoint"])
def test_each_refresh_gives_a_new_token_that_ends_with_the_first(stack, way):
    device = Device(stack, rotating(60))
    time.sleep(1.1)

    second = getattr(device, way)(device.token)["RefreshToken"]
    third = getattr(device, way)(second)["RefreshToken"]

    assert len({device.token, second, third}) == 3
    assert end(device.token) == end(second) == end(third)


@pytest.mark.parametrize(
    ("way", "code"), [("refresh", "RefreshTokenReuseException"), ("refresh_at_endpoint", "invalid_grant")]
)
def test_a_replaced_token_is_good_for_the_grace_period(stack, way, code):
    device = Device(stack, rotating(2))
    refresh: Refresh = getattr(device, way)
    second = refresh(device.token)["RefreshToken"]

    retried = refresh(device.token)["RefreshToken"]
    time.sleep(2.1)

    assert refusal(lambda: refresh(device.token)) == code
    assert refresh(retried)["RefreshToken"]
    assert refresh(second)["RefreshToken"]


def test_without_a_grace_period_a_token_is_good_once(stack):
    device = Device(stack, rotating(0))
    device.refresh(device.token)

    assert refusal(lambda: device.refresh(device.token)) == "RefreshTokenReuseException"


def test_what_is_refused_replaces_nothing(stack):
    device, other = Device(stack, rotating(0)), Device(stack, rotating(0))

    assert refusal(lambda: other.refresh(device.token)) == "NotAuthorizedException"
    assert device.refresh(device.token)["RefreshToken"]


def test_what_is_refused_within_the_grace_period_does_not_prolong_it(stack):
    """Neither a mangled token nor one at another client makes the token that was replaced new again."""
    device, other = Device(stack, rotating(2)), Device(stack, rotating(2))
    device.refresh(device.token)

    assert refusal(lambda: other.refresh(device.token)) == "NotAuthorizedException"
    for mangle in MANGLED.values():
        assert refusal(lambda mangle=mangle: device.refresh(mangle(device.token))) == "NotAuthorizedException"
    time.sleep(2.1)

    assert refusal(lambda: device.refresh(device.token)) == "RefreshTokenReuseException"


@pytest.mark.parametrize("way", ["refresh", "refresh_at_endpoint"])
@pytest.mark.parametrize("rotation", [None, rotating(0)], ids=["kept", "rotating"])
def test_a_mangled_token_is_refused_also_when_it_was_replaced(stack, way, rotation):
    device = Device(stack, rotation)
    refresh: Refresh = getattr(device, way)
    refresh(device.token)

    for mangle in MANGLED.values():
        code = refusal(lambda mangle=mangle: refresh(mangle(device.token)))
        assert code == ("NotAuthorizedException" if way == "refresh" else "invalid_grant")


@pytest.mark.parametrize("rotation", [None, rotating(60)], ids=["kept", "rotating"])
def test_the_endpoint_too_takes_a_token_at_its_own_client_only(stack, rotation):
    device, other = Device(stack, rotation), Device(stack, rotation)

    assert refusal(lambda: other.refresh_at_endpoint(device.token)) == "invalid_grant"
    assert "RefreshToken" in device.refresh_at_endpoint(device.token)


@pytest.mark.parametrize("rotation", [None, rotating(60)], ids=["kept", "rotating"])
def test_another_client_revokes_nothing(stack, rotation):
    device, other = Device(stack, rotation), Device(stack, rotation)

    code = refusal(lambda: other.cognito.revoke_token(ClientId=other.client, Token=device.token))

    assert code == "UnauthorizedException"
    assert device.refresh(device.token)["AccessToken"]


def test_an_access_token_is_not_what_is_revoked(stack):
    device = Device(stack, None)
    access = device.refresh(device.token)["AccessToken"]

    code = refusal(lambda: device.cognito.revoke_token(ClientId=device.client, Token=access))

    assert code == "UnsupportedTokenTypeException"


def test_the_way_around_rotation_is_closed_where_it_is_on(stack):
    device = Device(stack, rotating(60))

    assert (
        refusal(lambda: device.sign_in("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=device.token))
        == "InvalidParameterException"
    )
    admin = {"UserPoolId": device.pool, "ClientId": device.client, "AuthFlow": "REFRESH_TOKEN_AUTH"}
    code = refusal(
        lambda: device.cognito.admin_initiate_auth(**admin, AuthParameters={"REFRESH_TOKEN": device.token})
    )
    assert code == "InvalidParameterException"
    assert device.refresh(device.token)["RefreshToken"]


@pytest.mark.parametrize("setting", [None, {"Feature": "DISABLED"}])
def test_a_client_that_does_not_rotate_keeps_its_token(stack, setting):
    device = Device(stack, setting)

    assert "RefreshToken" not in device.refresh(device.token)
    assert device.refresh_at_endpoint(device.token)["RefreshToken"] is None
    assert "RefreshToken" not in device.sign_in("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=device.token)


def test_a_client_can_be_changed_to_rotate_and_back(stack):
    device = Device(stack, None)
    change = {"UserPoolId": device.pool, "ClientId": device.client}

    device.cognito.update_user_pool_client(**change, RefreshTokenRotation=rotating(0))
    second = device.refresh(device.token)["RefreshToken"]
    assert refusal(lambda: device.refresh(device.token)) == "RefreshTokenReuseException"
    device.cognito.update_user_pool_client(**change, RefreshTokenRotation={"Feature": "DISABLED"})

    assert "RefreshToken" not in device.refresh(second)


def test_a_session_that_is_revoked_by_any_of_its_tokens_is_over(stack):
    device = Device(stack, rotating(60))
    second = device.refresh(device.token)["RefreshToken"]

    device.cognito.revoke_token(ClientId=device.client, Token=second)

    for token in (device.token, second):
        assert refusal(lambda token=token: device.refresh(token)) == "NotAuthorizedException"


def test_a_token_ends_when_the_client_s_validity_is_over(stack):
    device = Device(stack, rotating(60))
    short = {"RefreshTokenValidity": 1, "TokenValidityUnits": {"RefreshToken": "seconds"}}
    pool = {"UserPoolId": device.pool, "ClientId": device.client}
    device.cognito.update_user_pool_client(**pool, **short)
    token = device.sign_in("USER_PASSWORD_AUTH", USERNAME=device.email, PASSWORD=PASSWORD)["RefreshToken"]
    time.sleep(1.1)

    assert refusal(lambda: device.refresh(token)) == "NotAuthorizedException"
