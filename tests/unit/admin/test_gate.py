"""Access to `/v1/admin`: administrators only, on each of its routes."""

import asyncio
from typing import Any

import pytest

from app.auth.admin_gate import AdminGateMiddleware
from app.auth.principal import Principal


def principal(*groups: str) -> Principal:
    return Principal(
        user_id="u",
        username="u",
        groups=frozenset(groups),
        client_id="c",
        token_id="t",
        issued_at=0,
        signed_in_at=0,
        expires_at=1,
        token="token",
    )


def status(path: str, who: Principal | None, root_path: str = "") -> int:
    """Of the gate, before an application that would take anyone."""
    statuses: list[int] = []

    async def open_house(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {"type": "http", "method": "GET", "path": path, "root_path": root_path, "headers": []}
    state = {} if who is None else {"principal": who}
    asyncio.run(AdminGateMiddleware(open_house)({**scope, "state": state}, None, send))  # type: ignore[arg-type]
    return statuses[0]


@pytest.mark.parametrize("path", ["/v1/admin", "/v1/admin/", "/v1/admin/users", "/v1/admin/x/../y"])
@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (None, 403),
        (principal(), 403),
        (principal("admins", "Admin", "administrator"), 403),
        (principal("admin"), 200),
        (principal("beta", "admin"), 200),
    ],
)
def test_only_administrators_pass(path: str, who: Principal | None, expected: int) -> None:
    assert status(path, who) == expected


@pytest.mark.parametrize("path", ["/v1/todos", "/v1/administration", "/healthz", "/docs"])
def test_the_rest_is_open_to_others(path: str) -> None:
    assert status(path, principal()) == 200


def test_a_stage_in_front_of_the_path_hides_nothing() -> None:
    assert status("/prod/v1/admin/users", principal(), root_path="/prod") == 403
