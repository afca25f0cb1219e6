"""The product as a person meets it: `make run`, then everything over HTTP, from sign-up to to-dos."""

import json
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from devstack.seed import ADMIN
from support.launch import Launch
from support.people import CODE, PASSWORD, Person, sign_up
from support.processes import wait_until
from support.tokens import spoiled

RESET_CODE = "654321"


def client(run: Launch) -> httpx.Client:
    return httpx.Client(base_url=run.api, timeout=20, trust_env=False)


@pytest.fixture
def api(running) -> Iterator[httpx.Client]:
    with client(running) as api:
        yield api


def test_from_sign_up_to_cached_todos_and_back_after_a_restart(launch):
    first = launch().wait_ready()
    with client(first) as api:
        ada = sign_up(api, name="Ada")
        url, todo = keep_todos(ada)

    # stop, start: everything is still there, the old token included
    assert first.interrupt() == 0
    with client(launch().wait_ready()) as ada.api:
        assert ada.request("GET", "/v1/todos").json()["items"] == [todo]
        ada.sign_in()
        assert ada.request("DELETE", url).status_code == 204
        assert ada.request("GET", url).status_code == 410


def keep_todos(ada: Person) -> tuple[str, dict]:
    """Create, read and change a to-do. Return its URL and its last state."""
    me = ada.request("GET", "/v1/users/me").json()
    assert (me["id"], me["email"], me["name"], me["groups"]) == (ada.id, ada.email, "Ada", [])

    # to-dos, cached until they change
    todo = ada.create_todo(title="Buy oat milk", dueOn="2030-01-31", tags=["shopping"])
    reads = [ada.request("GET", "/v1/todos")]
    assert reads[0].headers["X-Cache"] != "hit"
    assert wait_until(lambda: cached(ada, reads))
    assert all(read.json()["items"] == [todo] for read in reads)

    url = f"/v1/todos/{todo['id']}"
    patched = ada.request("PATCH", url, json={"completed": True}, headers={"If-Match": '"1"'})
    assert patched.json()["completedAt"] is not None
    after = ada.request("GET", "/v1/todos")
    assert after.headers["X-Cache"] != "hit"
    assert after.json()["items"] == [patched.json()]
    assert ada.request("PATCH", url, json={"title": "?"}, headers={"If-Match": '"1"'}).status_code == 412
    return url, patched.json()


def cached(person: Person, reads: list[httpx.Response]) -> bool:
    """True if the list comes from the cache. On a machine that stalls, the cache may be left alone for a while."""
    reads.append(person.request("GET", "/v1/todos"))
    return reads[-1].headers["X-Cache"] == "hit"


def test_wrong_codes_passwords_and_tokens_fail(api):
    email = f"p{uuid.uuid4().hex[:12]}@example.com"
    answer = api.post("/v1/auth/signup", json={"email": email, "password": "short"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/password")
    assert api.post("/v1/auth/signup", json={"email": email, "password": PASSWORD}).status_code == 201
    assert api.post("/v1/auth/signup", json={"email": email, "password": PASSWORD}).status_code == 201

    # an unconfirmed account, a wrong code, an unknown account
    early = api.post("/v1/auth/login", json={"email": email, "password": PASSWORD})
    assert (early.status_code, early.json()["code"]) == (401, "invalid_credentials")
    for who in (email, "nobody@example.com"):
        wrong = api.post("/v1/auth/confirm", json={"email": who, "code": "000000"})
        assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_code")
    assert api.post("/v1/auth/confirm", json={"email": email, "code": CODE}).status_code == 204

    # a wrong password and an unknown user get the same answer
    refusals = [
        api.post("/v1/auth/login", json={"email": who, "password": f"{PASSWORD}x"})
        for who in (email, "nobody@example.com")
    ]
    assert [r.status_code for r in refusals] == [401, 401]
    assert without_request_id(refusals[0]) == without_request_id(refusals[1])

    # forged, foreign and missing tokens
    tokens = api.post("/v1/auth/login", json={"email": email, "password": PASSWORD}).json()
    for token in (
        tokens["id_token"],
        tokens["refresh_token"],
        spoiled(tokens["access_token"]),
        tokens["access_token"].rpartition(".")[0] + ".",
    ):
        assert api.get("/v1/todos", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert api.get("/v1/todos").status_code == 401


def test_text_dates_and_methods_as_the_server_and_the_database_see_them(api):
    ada = sign_up(api, name="Rene\u0301")
    assert ada.request("GET", "/v1/users/me").json()["name"] == "Ren\u00e9"
    todo = ada.create_todo(title="Cafe\u0301 in der Hauptstraße", tags=["Cre\u0300me"])
    assert todo["title"].startswith("Caf\u00e9 ")
    for query in ({"q": "Caf\u00e9"}, {"q": "HAUPTSTRASSE"}, {"tag": "Cr\u00e8me"}, {"tag": "Cre\u0300me"}):
        assert [one["id"] for one in ada.request("GET", "/v1/todos", params=query).json()["items"]] == [
            todo["id"]
        ]

    refused = ada.request("POST", "/v1/todos", json={"title": "x", "dueAt": "0026-11-29T10:00:00Z"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/dueAt")

    url = f"/v1/todos/{todo['id']}"
    asked, got = ada.request("HEAD", url), ada.request("GET", url)
    assert (asked.status_code, asked.content) == (200, b"")
    assert (asked.headers["ETag"], asked.headers["Content-Length"]) == (
        got.headers["ETag"],
        str(len(got.content)),
    )
    assert api.head("/healthz").status_code == 200
    assert ada.request("GET", "/v1/todos/import").headers["Allow"] == "POST"
    lines = [
        ("Authorization", ada.headers["Authorization"]),
        ("If-None-Match", '"a,b", ,'),
        ("If-None-Match", '"1"'),
    ]
    assert api.get(url, headers=lines).status_code == 304


def without_request_id(response: httpx.Response) -> dict:
    return {**response.json(), "requestId": None}


def test_sessions_refresh_and_end(api):
    ada = sign_up(api)
    refreshed = api.post("/v1/auth/refresh", json={"refresh_token": ada.tokens["refresh_token"]})
    assert refreshed.status_code == 200
    assert refreshed.headers["Cache-Control"] == "no-store"
    other_device = Person(api, ada.email, ada.id, refreshed.json())
    assert other_device.request("GET", "/v1/users/me").status_code == 200

    # out of one device: its refresh token is dead
    refresh_token = {"refresh_token": other_device.tokens["refresh_token"]}
    assert api.post("/v1/auth/logout", json=refresh_token).status_code == 204
    assert api.post("/v1/auth/refresh", json=refresh_token).status_code == 401

    # out of all: every access token is dead at once, and a login right after is good
    ada.sign_in()
    assert ada.request("POST", "/v1/auth/logout-all").status_code == 204
    for person in (ada, other_device):
        assert person.request("GET", "/v1/todos").status_code == 401
    ada.sign_in()
    assert ada.request("GET", "/v1/todos").status_code == 200


def test_a_forgotten_password_is_reset_and_ends_what_was_open(api):
    ada = sign_up(api)
    asked = [
        api.post("/v1/auth/forgot-password", json={"email": who}) for who in (ada.email, "no@example.com")
    ]
    assert [(a.status_code, a.text) for a in asked] == [(202, asked[0].text)] * 2
    body = {"email": ada.email, "password": "Another-Horse-8"}
    assert api.post("/v1/auth/reset-password", json={**body, "code": "111111"}).status_code == 400
    assert api.post("/v1/auth/reset-password", json={**body, "code": RESET_CODE}).status_code == 204

    assert ada.request("GET", "/v1/users/me").status_code == 401
    login = {"email": ada.email, "password": "Another-Horse-8"}
    assert api.post("/v1/auth/login", json=login).status_code == 200
    assert api.post("/v1/auth/login", json={**login, "password": PASSWORD}).status_code == 401


def test_an_admin_disables_an_account_at_once(api):
    ada = sign_up(api)
    ada.create_todo()
    login = api.post("/v1/auth/token", data={"username": ADMIN.email, "password": ADMIN.password})
    admin = Person(api, ADMIN.email, "", login.json())
    assert admin.request("GET", f"/v1/admin/users/{ada.id}").json()["email"] == ada.email
    assert ada.request("GET", f"/v1/admin/users/{ada.id}").status_code == 403

    assert admin.request("POST", f"/v1/admin/users/{ada.id}/disable").status_code == 200

    assert ada.request("GET", "/v1/todos").status_code == 401
    assert api.post("/v1/auth/login", json={"email": ada.email, "password": PASSWORD}).status_code == 401

    assert admin.request("POST", f"/v1/admin/users/{ada.id}/enable").status_code == 200
    assert ada.request("GET", "/v1/todos").status_code == 401
    ada.sign_in()
    assert len(ada.request("GET", "/v1/todos").json()["items"]) == 1


def test_racing_writers_lose_nothing_and_a_key_creates_once(api):
    ada = sign_up(api)

    def create(n: int) -> int:
        """As a client does, which tries again when too many others are at work."""
        headers = {"Idempotency-Key": f"key-{n % 4}"}
        while True:
            answer = ada.request("POST", "/v1/todos", json={"title": f"T{n % 4}"}, headers=headers)
            if answer.status_code != 429:
                return answer.status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(create, range(16)))
    assert set(statuses) <= {201, 409}

    items = ada.request("GET", "/v1/todos?limit=100").json()["items"]
    assert sorted(todo["title"] for todo in items) == ["T0", "T1", "T2", "T3"]
    assert sorted(todo["revision"] for todo in items) == [1, 2, 3, 4]


def test_simultaneous_creations_are_stored_or_the_clients_to_repeat(api):
    """Of 32 at once some cannot be stored in time: none of them is a server error."""
    ada = sign_up(api)

    with ThreadPoolExecutor(32) as threads:
        answers = list(
            threads.map(lambda n: ada.request("POST", "/v1/todos", json={"title": f"T{n}"}), range(32))
        )

    refused = [answer for answer in answers if answer.status_code != 201]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} <= {(429, "contention")}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    items = ada.request("GET", "/v1/todos?limit=100").json()["items"]
    assert len(items) == len(answers) - len(refused)


def test_swagger_ui_can_sign_in(api):
    page = api.get("/docs")
    document = api.get("/openapi.json").json()

    assert page.status_code == 200
    flow = document["components"]["securitySchemes"]["Cognito"]["flows"]["password"]
    # Swagger UI takes the URL as relative to the document
    token_url = httpx.URL(f"{api.base_url}/openapi.json").join(flow["tokenUrl"])
    login = api.post(
        token_url, data={"grant_type": "password", "username": ADMIN.email, "password": ADMIN.password}
    )
    assert login.status_code == 200
    assert login.json()["token_type"] == "Bearer"


def test_the_log_has_one_json_line_per_request_and_no_secrets(running, api):
    ada = sign_up(api)
    ada.create_todo(title="a secret plan")
    ada.request("GET", "/v1/todos")

    last = [("POST", "/v1/todos", 201), ("GET", "/v1/todos", 200)]
    assert wait_until(lambda: [summary(line) for line in logged_requests(running)][-2:] == last)
    assert logged_requests(running)[-1]["cache"] in ("miss", "bypass")
    log = running.out.partition("Ctrl-C")[2]
    for secret in (ada.email, PASSWORD, ada.tokens["access_token"][:40], "a secret plan"):
        assert secret not in log
    # by itself: six digits may be part of an id or of a time
    assert re.search(rf"(?<![\w.-]){CODE}(?![\w-])", log) is None


def logged_requests(running: Launch) -> list[dict]:
    """The request lines in the terminal by now: the last ones follow their answers by a moment."""
    whole = [line for line in running.out.split("\n")[:-1] if line.startswith("{")]
    return [entry for entry in map(json.loads, whole) if entry["message"] == "request"]


def summary(entry: dict) -> tuple[str, str, int]:
    return entry["method"], entry["route"], entry["status"]
