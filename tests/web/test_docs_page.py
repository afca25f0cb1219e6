"""Swagger UI at `/docs`: it works under its policy, and leaves no password behind."""

from playwright.sync_api import Page, expect

from support.people import PASSWORD
from web.browser import Visits

STORED = (
    "JSON.stringify([...Object.entries(localStorage), ...Object.entries(sessionStorage), document.cookie])"
)


def authorized(page: Page, email: str, password: str) -> Page:
    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".dialog-ux")
    dialog.locator("input[type=text]").first.fill(email)
    dialog.locator("input[type=password]").first.fill(password)
    dialog.locator("button.authorize").first.click()
    expect(
        dialog.get_by_role("button", name="Logout").or_(dialog.get_by_role("button", name="Remove"))
    ).to_be_visible()
    dialog.locator("button.btn-done").first.click()
    return page


def test_a_password_is_used_and_not_kept(visits: Visits, ada) -> None:
    page = authorized(visits.open("/docs"), ada.email, PASSWORD)

    kept = page.evaluate(STORED)
    assert PASSWORD not in kept
    assert "eyJ" not in kept, "a token is kept"

    page.get_by_role("button", name="GET /v1/users/me", exact=False).first.click()
    page.get_by_role("button", name="Try it out").first.click()
    with page.expect_response("**/v1/users/me") as called:
        page.get_by_role("button", name="Execute").click()
    assert called.value.json()["email"] == ada.email

    page.reload()
    page.get_by_role("button", name="Authorize").first.click()
    expect(page.locator(".dialog-ux input[type=password]").first).to_have_value("")


def test_what_an_earlier_version_kept_is_removed(visits: Visits) -> None:
    page = visits.open("/docs")
    page.evaluate("localStorage.setItem('authorized', 'a password')")

    page.reload()

    expect(page.get_by_role("button", name="Authorize").first).to_be_visible()
    assert page.evaluate("localStorage.getItem('authorized')") is None


def test_the_dialog_asks_for_user_name_and_password_and_for_no_client(visits: Visits) -> None:
    page = visits.open("/docs")
    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".dialog-ux")

    expect(dialog.get_by_label("username:")).to_be_visible()
    expect(dialog.get_by_label("password:")).to_be_visible()
    for name in ("client_id:", "client_secret:", "Client credentials location:"):
        expect(dialog.get_by_text(name)).to_be_attached()
        expect(dialog.get_by_text(name)).to_be_hidden()
    expect(dialog.locator("input:visible")).to_have_count(3)  # user name, password, and a token of one's own
    expect(dialog.locator("select:visible")).to_have_count(0)
