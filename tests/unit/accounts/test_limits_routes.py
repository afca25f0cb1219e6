"""The limits over HTTP, behind the gateway, with accounts and counters in memory."""

import time

import pytest
from fastapi.testclient import TestClient

from app.client_address import network_of
from app.config.api import Settings
from app.errors import Unavailable
from app.main import create_app
from app.models.users import User
from app.ports.identity import Account
from app.services.accounts import Accounts
from support.clock import Clock
from support.environment import ENVIRONMENT
from support.mail import Outbox
from support.memory import MemoryUsers
from support.memory.identity import CODE, MemoryIdentity
from support.memory.storage import MemoryStorage
from support.memory_app import FixedSecret
from unit.accounts.doubles import EMAIL, PASSWORD, USER_ID, KnownTokens

HOME, ELSEWHERE = "198.51.100.4", "203.0.113.9"
NEW = "Another-Horse-8"


class BehindTheGateway:
    """Adds the event of API Gateway, with the address of its peer."""

    def __init__(self, app, address: str) -> None:
        self._app = app
        self._address = address

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "http":
            event = {"requestContext": {"http": {"sourceIp": self._address}}}
            scope = {**scope, "aws.event": event}
        await self._app(scope, receive, send)


class OriginSecret:
    def values(self) -> dict[str, str]:
        return {"originKey": "of the distribution"}


@pytest.fixture
def clock() -> Clock:
    return Clock(time.time())


@pytest.fixture
def application(clock):
    app = create_app(Settings.from_env({**ENVIRONMENT, "LIMITS": ""}))
    identity, container = MemoryIdentity(), app.state.container
    identity.put(Account(USER_ID, EMAIL, "Ada"), PASSWORD)
    container.verifier = KnownTokens()
    container.storage = MemoryStorage(clock)
    container.secret, container.limits.origin_secret = FixedSecret(), OriginSecret()
    users = MemoryUsers()
    users.create(User(id=USER_ID, email=EMAIL, name="Ada"))

    def sleep(seconds: float) -> None:
        clock.now += seconds

    container.accounts = Accounts(users, identity, Outbox(), clock=clock, sleep=sleep)
    return app


@pytest.fixture
def client(application):
    def at(address: str = HOME, **headers: str) -> TestClient:
        return TestClient(
            BehindTheGateway(application, address), headers=headers, raise_server_exceptions=False
        )

    return at


def log_in(client: TestClient, password: str = "Wrong-Horse-7", email: str = EMAIL):
    return client.post("/v1/auth/login", json={"email": email, "password": password})


def statuses(answers) -> dict[int, int]:
    codes = [answer.status_code for answer in answers]
    return {code: codes.count(code) for code in sorted(set(codes))}


def test_an_owner_signs_in_while_a_stranger_guesses(client, clock):
    stranger, owner, answers = client(ELSEWHERE), client(HOME), []
    for _ in range(1000):
        answers.append(log_in(stranger))
        clock.now += 0.1

    assert statuses(answers) == {401: 10, 429: 990}
    assert log_in(owner, PASSWORD).status_code == 200


def test_the_answer_is_a_problem_with_the_fields_of_the_draft(client):
    for _ in range(5):
        assert log_in(client()).status_code == 401

    refused = log_in(client(), PASSWORD)

    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "too_many_attempts"
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["ratelimit-policy"] == '"passwords";q=10;w=900'
    assert refused.headers["ratelimit"] == '"passwords";r=0;t=1'


def test_a_browser_may_read_the_fields(client):
    answer = client(Origin="https://app.example.com").get("/healthz")

    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= set(
        answer.headers["access-control-expose-headers"].split(", ")
    )


def test_both_ways_to_sign_in_share_a_counter(client):
    form = {"username": EMAIL, "password": "Wrong-Horse-7", "grant_type": "password"}
    answers = [client().post("/v1/auth/token", data=form) for _ in range(3)]
    answers += [log_in(client()) for _ in range(3)]

    assert statuses(answers) == {401: 5, 429: 1}


@pytest.mark.parametrize("path", ["confirm", "reset-password"])
def test_wrong_codes(client, path):
    body = {"email": EMAIL, "code": "000000", **({"password": NEW} if path == "reset-password" else {})}

    answers = [client().post(f"/v1/auth/{path}", json=body) for _ in range(6)]

    assert statuses(answers) == {400: 5, 429: 1}


def test_a_password_is_guessed_no_more_often_beside_a_code(client):
    body = {"email": EMAIL, "code": "000000", "password": "Wrong-Horse-7"}
    for _ in range(5):
        client().post("/v1/auth/confirm", json=body)

    assert log_in(client(), PASSWORD).status_code == 429


def test_a_deletion_asks_for_the_password_no_more_often_than_the_sign_in(client):
    def delete(password: str):
        headers = {"Authorization": f"Bearer {USER_ID}"}
        return client().request("DELETE", "/v1/users/me", headers=headers, json={"password": password})

    answers = [delete("Wrong-Horse-7") for _ in range(5)] + [delete(PASSWORD)]

    assert statuses(answers) == {422: 5, 429: 1}
    assert log_in(client(), PASSWORD).status_code == 429


def test_a_new_password_that_is_refused_is_no_wrong_one(client):
    headers = {"Authorization": f"Bearer {USER_ID}"}
    body = {"currentPassword": PASSWORD, "newPassword": "Password-1234"}
    answers = [client().post("/v1/users/me/password", headers=headers, json=body) for _ in range(8)]

    assert statuses(answers) == {422: 8}


def test_a_reset_lets_the_owner_in_who_had_forgotten_the_password(client):
    for _ in range(6):
        log_in(client())
    client().post("/v1/auth/reset-password", json={"email": EMAIL, "code": CODE, "password": NEW})

    assert log_in(client(), NEW).status_code == 200


def test_the_current_password_is_guessed_no_more_often_than_at_the_sign_in(client):
    for _ in range(5):
        log_in(client())

    answer = client(Authorization=f"Bearer {USER_ID}").post(
        "/v1/users/me/password", json={"currentPassword": PASSWORD, "newPassword": NEW}
    )

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")


def test_sign_ups(client):
    answers = [
        client().post("/v1/auth/signup", json={"email": f"u{n}@example.com", "password": PASSWORD})
        for n in range(300)
    ]

    assert statuses(answers) == {201: 20, 429: 280}
    assert answers[-1].json()["code"] == "rate_limited"


def test_mails_of_one_person(client):
    answers = [
        client(f"198.51.{n}.4").post(f"/v1/auth/{path}", json={"email": EMAIL})
        for n in range(60)
        for path in ("forgot-password", "resend")
    ]

    assert statuses(answers) == {202: 10, 429: 110}


def test_who_asks_for_mails_that_are_not_sent_keeps_no_owner_from_a_reset(client):
    resent = [client(f"198.51.{n}.4").post("/v1/auth/resend", json={"email": EMAIL}) for n in range(6)]
    reset = client().post("/v1/auth/forgot-password", json={"email": EMAIL})

    assert statuses(resent) == {202: 5, 429: 1}
    assert reset.status_code == 202


def test_a_free_and_a_taken_address_are_refused_alike(client):
    def answers(email: str) -> list:
        return [client(ELSEWHERE).post("/v1/auth/forgot-password", json={"email": email}) for _ in range(7)]

    assert statuses(answers(EMAIL)) == statuses(answers("nobody@example.com"))


def test_a_caller_cannot_choose_its_address(client):
    spoofed = [
        {
            "X-Forwarded-For": f"192.0.{n}.1",
            "CloudFront-Viewer-Address": f"192.0.{n}.1:443",
            "X-Viewer-Address": f"192.0.{n}.1",
            "X-Origin-Key": "guessed",
        }
        for n in range(60)
    ]
    answers = [
        log_in(client(HOME, **headers), email=f"u{n}@example.com") for n, headers in enumerate(spoofed)
    ]

    assert statuses(answers) == {401: 50, 429: 10}


def test_viewers_of_the_site_are_told_apart_behind_one_edge(client):
    def viewer(address: str) -> TestClient:
        return client("130.176.1.1", **{"X-Viewer-Address": address, "X-Origin-Key": "of the distribution"})

    for _ in range(6):
        log_in(viewer("198.51.100.4"))

    assert log_in(viewer("198.51.100.200"), PASSWORD).status_code == 429
    assert log_in(viewer("2001:db8::1"), PASSWORD).status_code == 200
    assert network_of("198.51.100.4") == network_of("198.51.100.200")


def test_counters_that_do_not_answer_let_everyone_in(application, client):
    class Silent:
        def take(self, key, limit) -> float:
            raise Unavailable

        give_back = clear = take

    application.state.container.storage.limits = Silent()

    assert {log_in(client()).status_code for _ in range(20)} == {401}
    assert log_in(client(), PASSWORD).status_code == 200
