"""What people do on many pages, by the names that are on the screen."""

from playwright.sync_api import Page, expect

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


def confirm(page: Page, action: str) -> None:
    """Press a button of the dialog that asks."""
    page.get_by_role("dialog").last.get_by_role("button", name=action, exact=True).click()
