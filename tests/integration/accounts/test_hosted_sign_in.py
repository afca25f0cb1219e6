"""The hosted sign-in page, used as AppAuth does it, with the requests of docs/clients.md as they stand there."""

import hashlib
import html
import json
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest

from project import paths

CALLBACK, SIGNED_OUT = "myapp://callback", "myapp://signed-out"
PAGE = (paths.PROJECT / "docs" / "clients.md").read_text()


def documented(name: str) -> tuple[str, str, str]:
    """Method, URL and body of one request, with `<names>` of what is different each time."""
    block = re.search(rf"<!-- sign-in: {name} -->\s+```\n(.*?)```", PAGE, re.DOTALL)
    assert block, name
    head, _, body = block[1].partition("\n\n")
    method, url = re.sub(r"\s+&", "&", head).split("\n")[0].split()
    return method, url, re.sub(r"\s+", "", body)


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def query(url: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


@dataclass
class App:
    """An app on a phone with the browser of its system."""

    browser: httpx.Client
    domain: str
    client_id: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    code: str = ""
    tokens: dict[str, Any] = field(default_factory=dict)

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()

    def send(self, name: str, **changes: str) -> httpx.Response:
        method, url, body = documented(name)
        known = {
            "SignInDomain": self.domain,
            "UserPoolClientId": self.client_id,
            "state": self.state,
            "nonce": self.nonce,
            "challenge": self.challenge,
            "verifier": self.verifier,
            "code": self.code,
            "refresh_token": self.tokens.get("refresh_token", ""),
            **changes,
        }
        url, body = (re.sub(r"<(\w+)>", lambda found: known[found[1]], text) for text in (url, body))
        for old, new in changes.items():
            url, body = url.replace(old, new), body.replace(old, new)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        return self.browser.request(method, url, content=body, headers=headers)

    def sign_in(self, email: str, password: str, **changes: str) -> str:
        """Open the page and fill in its form. Return where it leads."""
        page = self.send("authorize", **changes)
        assert page.status_code == 200, page.text
        (action,) = re.findall(r'<form method="POST" action="([^"]+)"', page.text)
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        form = {name: html.unescape(value) for name, value in hidden}
        answer = self.browser.post(
            urljoin(self.domain, action), data={**form, "username": email, "password": password}
        )
        return answer.headers.get("location", "")

    def come_back(self, email: str, password: str) -> None:
        """Sign in and take the code, as long as the state is the app's own."""
        location = self.sign_in(email, password)
        assert location.startswith(f"{CALLBACK}?")
        answer = query(location)
        assert answer["state"] == self.state
        self.code = answer["code"]

    def exchange(self) -> None:
        answer = self.send("exchange")
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()


@pytest.fixture
def phone(stack):
    with httpx.Client(timeout=60, trust_env=False) as browser:
        yield App(browser, stack.endpoint, stack.env["USER_POOL_CLIENT_ID"])


@pytest.fixture
def signed_in(phone, confirmed):
    phone.come_back(confirmed.email, confirmed.password)
    phone.exchange()
    return phone


def status(http, token: str) -> int:
    return http.get("/v1/users/me", headers={"Authorization": f"Bearer {token}"}).status_code


def test_an_app_signs_in_on_the_hosted_page_and_uses_the_api(signed_in, confirmed, http, stack, user_id_of):
    tokens = signed_in.tokens
    about = claims(tokens["id_token"])

    assert tokens["token_type"] == "Bearer"
    assert about["nonce"] == signed_in.nonce
    assert about["aud"] == stack.env["USER_POOL_CLIENT_ID"]
    assert about["iss"] == stack.env["TOKEN_ISSUER"]
    assert (about["sub"], about["email"]) == (user_id_of(confirmed), confirmed.email)
    assert status(http, tokens["access_token"]) == 200
    assert status(http, tokens["id_token"]) == 401


def test_it_refreshes_at_the_page_and_at_the_api_alike(signed_in, http):
    answer = signed_in.send("refresh")
    own = http.post("/v1/auth/refresh", json={"refresh_token": signed_in.tokens["refresh_token"]})

    assert "refresh_token" not in answer.json()
    assert own.json()["refresh_token"] == signed_in.tokens["refresh_token"]
    for tokens in (answer.json(), own.json()):
        assert status(http, tokens["access_token"]) == 200


def test_its_owner_sees_the_sign_in_and_no_refresh(signed_in, http):
    signed_in.send("refresh")
    bearer = {"Authorization": f"Bearer {signed_in.tokens['access_token']}"}

    listed = http.get("/v1/users/me/activity", headers=bearer).json()["items"]

    assert [(entry["kind"], entry["client"]) for entry in listed] == [("signed_in", "app")]


def test_it_signs_out_by_revoking(signed_in):
    revoked = signed_in.send("revoke")
    again = signed_in.send("revoke")

    assert [(answer.status_code, answer.content) for answer in (revoked, again)] == [(200, b"")] * 2
    refused = signed_in.send("refresh")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_logging_out_everywhere_ends_its_session_and_its_access_token(signed_in, http):
    bearer = {"Authorization": f"Bearer {signed_in.tokens['access_token']}"}

    assert http.post("/v1/auth/logout-all", headers=bearer).status_code == 204

    assert status(http, signed_in.tokens["access_token"]) == 401
    assert signed_in.send("refresh").json()["error"] == "invalid_grant"


def test_the_browser_forgets_its_session_and_leads_back_to_the_app(phone):
    answer = phone.send("logout")

    assert (answer.status_code, answer.headers["location"]) == (302, SIGNED_OUT)


def test_what_was_intercepted_is_worth_nothing_without_the_verifier(phone, confirmed):
    phone.come_back(confirmed.email, confirmed.password)
    own, phone.verifier = phone.verifier, secrets.token_urlsafe(48)

    refused = phone.send("exchange")

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    phone.verifier = own
    phone.exchange()


def test_a_code_is_good_once(signed_in):
    again = signed_in.send("exchange")

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("method", ["plain", ""])
def test_a_challenge_that_is_not_hashed_is_refused(phone, method):
    answer = phone.send("authorize", S256=method)

    assert answer.status_code == 302
    assert query(answer.headers["location"]) == {"error": "invalid_request", "state": phone.state}


def test_the_page_leads_only_to_where_the_template_says(phone, stack):
    site = stack.env["USER_POOL_SITE_CLIENT_ID"]
    elsewhere = phone.send("authorize", **{"myapp%3A%2F%2Fcallback": "evil%3A%2F%2Fcallback"})
    at_the_sites_client = phone.send("authorize", UserPoolClientId=site)
    signing_out = phone.send("logout", **{"myapp%3A%2F%2Fsigned-out": "evil%3A%2F%2Fsigned-out"})

    for answer in (elsewhere, at_the_sites_client, signing_out):
        assert answer.status_code == 400
        assert "location" not in answer.headers


def test_the_sites_client_has_the_page_for_the_site_and_rotates_there_too(phone, stack, confirmed, http):
    phone.client_id = stack.env["USER_POOL_SITE_CLIENT_ID"]
    to_the_site = {"myapp%3A%2F%2Fcallback": "http%3A%2F%2Flocalhost%3A8000%2F"}
    back = phone.sign_in(confirmed.email, confirmed.password, **to_the_site)
    phone.code = query(back)["code"]
    phone.tokens = phone.send("exchange", **to_the_site).json()

    refreshed = phone.send("refresh").json()

    assert back.startswith("http://localhost:8000/?")
    assert refreshed["refresh_token"] != phone.tokens["refresh_token"]
    assert status(http, refreshed["access_token"]) == 200


@pytest.mark.parametrize(
    ("form", "code", "error"),
    [
        ({"client_id": "app"}, 400, "invalid_request"),
        ({"token": "refresh"}, 400, "invalid_request"),
        ({"client_id": "unknown", "token": "refresh"}, 401, "invalid_client"),
        ({"client_id": "site", "token": "refresh"}, 400, "unauthorized_client"),
        ({"client_id": "app", "token": "access"}, 400, "unsupported_token_type"),
    ],
)
def test_what_cannot_be_revoked_is_refused(signed_in, stack, form, code, error):
    known = {
        "app": stack.env["USER_POOL_CLIENT_ID"],
        "site": stack.env["USER_POOL_SITE_CLIENT_ID"],
        "refresh": signed_in.tokens["refresh_token"],
        "access": signed_in.tokens["access_token"],
    }
    sent = {name: known.get(value, value) for name, value in form.items()}

    answer = signed_in.browser.post(f"{signed_in.domain}/oauth2/revoke", data=sent)

    assert (answer.status_code, answer.json()) == (code, {"error": error})
    assert signed_in.send("refresh").status_code == 200


def test_an_administrator_keeps_the_group_after_a_refresh(phone, admin, http):
    phone.come_back(admin.email, admin.password)
    phone.exchange()

    refreshed = phone.send("refresh").json()["access_token"]

    bearer = {"Authorization": f"Bearer {refreshed}"}
    assert http.get("/v1/admin/users", headers=bearer).status_code == 200


def test_discovery_names_the_endpoints(phone, stack):
    url = f"{stack.endpoint}/{stack.env['USER_POOL_ID']}/.well-known/openid-configuration"

    found = phone.browser.get(url).json()

    assert found["issuer"] == stack.env["TOKEN_ISSUER"]
    for name, path in (
        ("authorization_endpoint", "/oauth2/authorize"),
        ("token_endpoint", "/oauth2/token"),
        ("revocation_endpoint", "/oauth2/revoke"),
        ("end_session_endpoint", "/logout"),
    ):
        assert found[name] == f"{stack.endpoint}{path}"
