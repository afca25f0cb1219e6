"""Tokens in the browser: renewed once, however many calls and tabs find them expired, and given up when refused."""

import json
from base64 import urlsafe_b64decode

import pytest
from playwright.sync_api import Page, expect

from support.people import PASSWORD
from support.processes import wait_until
from web.browser import Visits
from web.gate import Gate
from web.screens import settled, sign_in

REFRESH = "POST /v1/auth/refresh"

THREE_CALLS = """
window.answers = import("/app/api.js").then(({ get }) =>
  Promise.all(["/v1/users/me", "/v1/todos", "/v1/files"].map((path) => get(path).then(() => path, String))));
null
"""

SPOILT = "() => JSON.parse(localStorage.getItem('session')).access_token === 'a.b.c'"
"""What one tab keeps reaches the others a moment later."""


def spoil(page: Page, *names: str) -> None:
    """Make tokens what they are to the API once they have expired: not valid."""
    page.evaluate(
        """(names) => {
          const session = JSON.parse(localStorage.getItem("session"));
          for (const name of names) session[name] = "a.b.c";
          localStorage.setItem("session", JSON.stringify(session));
        }""",
        names,
    )


def test_calls_that_expire_together_are_repeated_after_one_refresh(visits, page):
    settled(page)
    spoil(page, "access_token")

    page.evaluate(THREE_CALLS)

    assert page.evaluate("answers") == ["/v1/users/me", "/v1/todos", "/v1/files"]
    assert visits.watch(page).count(REFRESH) == 1
    kept = json.loads(page.evaluate("localStorage.getItem('session')"))
    assert kept["access_token"] != "a.b.c"
    assert kept["refresh_token"]


@pytest.mark.parametrize(("client", "rotates"), [("app", False), ("site", True)])
def test_a_session_is_renewed_at_its_own_client(visits: Visits, api, ada, client, rotates):
    """Also one from before the site had a client of its own."""
    credentials = {"email": ada.email, "password": PASSWORD, "client": client}
    tokens = api.post("/v1/auth/login", json=credentials).json()
    page = settled(visits.open("/welcome"))
    page.evaluate("(tokens) => localStorage.setItem('session', JSON.stringify(tokens))", tokens)
    settled(page)
    spoil(page, "access_token")

    page.evaluate(THREE_CALLS)

    assert page.evaluate("answers") == ["/v1/users/me", "/v1/todos", "/v1/files"]
    kept = json.loads(page.evaluate("localStorage.getItem('session')"))
    assert (kept["refresh_token"] != tokens["refresh_token"]) is rotates


def test_signing_in_makes_a_session_of_the_site(visits: Visits, ada, env):
    page = visits.open("/sign-in")
    sign_in(page, ada.email)
    expect(page).to_have_url("/")
    settled(page)

    kept = json.loads(page.evaluate("localStorage.getItem('session')"))
    claims = json.loads(urlsafe_b64decode(kept["access_token"].split(".")[1] + "=="))
    assert claims["client_id"] == env["USER_POOL_SITE_CLIENT_ID"]


def test_tabs_share_one_refresh(visits, page):
    other = page.context.new_page()
    other.goto("/account")
    settled(page), settled(other)
    spoil(page, "access_token")
    other.wait_for_function(SPOILT)
    gate = Gate()
    page.context.route("**/v1/auth/refresh", lambda route: gate.hold(route))

    with page.expect_request("**/v1/auth/refresh"):
        page.evaluate(THREE_CALLS)
    with other.expect_response(lambda response: response.status == 401):
        other.evaluate(THREE_CALLS)
    assert wait_until(lambda: other.evaluate("true") and len(gate.waiting) == 1)
    gate.open()

    assert page.evaluate("answers") == other.evaluate("answers") == ["/v1/users/me", "/v1/todos", "/v1/files"]
    assert visits.watch(page).count(REFRESH) == 1


def test_a_refused_refresh_leads_to_the_sign_in_page_and_back(visits: Visits, ada):
    page = settled(visits.open("/account", ada))
    spoil(page, "access_token", "refresh_token")

    page.reload()

    expect(page).to_have_url("/sign-in?then=%2Faccount")
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    sign_in(page, ada.email)
    expect(page).to_have_url("/account")
    expect(settled(page).get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize("status", [0, 503])
def test_a_refresh_that_gets_no_answer_keeps_the_session(visits: Visits, ada, status):
    page = settled(visits.open("/files", ada))
    spoil(page, "access_token")
    page.route("**/v1/auth/refresh", lambda route: route.fulfill(status=503) if status else route.abort())

    page.reload()

    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert page.evaluate("localStorage.getItem('session')") is not None
    page.unroute("**/v1/auth/refresh")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    expect(page).to_have_url("/files")


def test_signing_out_in_one_tab_signs_out_the_others(visits, page):
    other = page.context.new_page()
    other.goto("/account")
    settled(page), settled(other)

    with page.expect_response("**/v1/auth/logout") as logout:
        page.get_by_role("button", name="Sign out", exact=True).first.click()

    assert logout.value.status == 204
    for tab in (page, other):
        expect(tab.get_by_role("link", name="Sign up")).to_be_visible()
        assert tab.evaluate("localStorage.getItem('session')") is None


@pytest.mark.parametrize("path", ["/files", "/account", "/admin/users", "/admin/costs"])
def test_who_is_not_signed_in_is_asked_to_sign_in(visits: Visits, path):
    page = visits.open(path)

    expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    assert page.evaluate("new URLSearchParams(location.search).get('then')") == path
    assert [call for call in visits.watch(page).calls if call != REFRESH] == []


@pytest.mark.parametrize(
    "then",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example/",
        "\\\\elsewhere.example/",
        "/%09/elsewhere.example/",
        "/%0A/elsewhere.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        " //elsewhere.example",
        "///elsewhere.example",
    ],
)
def test_a_link_to_the_sign_in_page_cannot_lead_elsewhere(visits: Visits, ada, then):
    page = visits.open(f"/sign-in?then={then}", ada)

    expect(page).not_to_have_url("**/sign-in**")
    assert page.evaluate("location.origin") == visits.origins[0]
    expect(settled(page).get_by_role("navigation", name="Main")).to_be_visible()


@pytest.mark.parametrize(
    "page_name", ["users", "stats", "imports", "dead-letters", "alarms", "costs", "audit"]
)
def test_the_console_is_closed_to_everybody_else(visits: Visits, ada, page_name):
    page = settled(visits.open(f"/admin/{page_name}", ada))

    expect(page).to_have_url("/")
    expect(page.get_by_role("link", name="Console")).to_have_count(0)
    assert not [call for call in visits.watch(page).calls if "/v1/admin" in call]
    refused = page.evaluate(
        "(path) => import('/app/api.js').then(({ get }) => get(path)).catch(({ status }) => status)",
        f"/v1/admin/{page_name}",
    )
    assert refused == 403
