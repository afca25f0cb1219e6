"""Actions of people on many pages, by the names that are on the screen."""

from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

from support.people import PASSWORD


def settled(page: Page) -> Page:
    """The page when it has drawn what it loads."""
    expect(page.locator("#main h1").first).to_be_attached()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    return page


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.locator("#main").get_by_role("button", name="Sign in", exact=True).click()


def user_details(page: Page, email: str) -> Locator:
    """Search for a user in the console, and open the entry once the list is the one asked for. Return its text."""
    asked = f"email={quote(email, safe='')}"
    with page.expect_response(lambda response: "/v1/admin/users?" in response.url and asked in response.url):
        page.get_by_role("searchbox", name="Search by e-mail").fill(email)
    settled(page).get_by_role("button", name=f"Details of {email}").click()
    return page.get_by_role("dialog", name=email)


def confirm(page: Page, action: str) -> None:
    """Press a button of the dialog that asks."""
    page.get_by_role("dialog").last.get_by_role("button", name=action, exact=True).click()
