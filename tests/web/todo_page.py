"""The to-dos as a person works with them: by the names that are on the screen."""

import re

from playwright.sync_api import Locator, Page, expect

from support.processes import wait_until
from web.browser import SECONDS
from web.gate import Gate
from web.screens import settled

CHANGES = "**/v1/sync"
"""The calls that send changes, and the first one of a browser that asks for them, for `Page.route`."""

_KEEP_MESSAGES = """
() => {
  const later = window.setTimeout;
  window.setTimeout = (run, wait, ...given) => later(run, run.name === "expire" ? wait * 20 : wait, ...given);
}
"""
_IS_SENT = "import('/app/outbox.js').then(({ read }) => read().length === 0)"


class TodoPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        settled(page)

    def row(self, title: str) -> Locator:
        """The to-do that is called exactly so."""
        checkbox = self.page.get_by_role("checkbox", name=title, exact=True)
        return self.page.get_by_role("listitem").filter(has=checkbox)

    def titles(self) -> list[str]:
        return (
            self.page.locator("#main")
            .get_by_role("checkbox")
            .evaluate_all(
                "boxes => boxes.map((box) => box.getAttribute('aria-label') ?? box.labels[0]?.textContent)"
            )
        )

    def add(self, text: str) -> None:
        self.page.get_by_label("New to-do").fill(text)
        self.page.get_by_label("New to-do").press("Enter")

    def rename(self, old: str, new: str) -> None:
        self.row(old).get_by_role("button", name=old, exact=True).click()
        self.page.get_by_role("textbox", name="Title").fill(new)
        self.page.get_by_role("textbox", name="Title").press("Enter")

    def complete(self, title: str) -> None:
        self.row(title).get_by_role("checkbox").click()

    def details(self, title: str) -> Locator:
        self.row(title).get_by_role("button", name=f"Details of {title}", exact=True).click()
        return self.page.get_by_role("dialog", name="Details")

    def delete(self, title: str) -> None:
        self.row(title).get_by_role("button", name=f"Delete {title}", exact=True).click()

    def keep_messages(self) -> None:
        """Messages stay for as long as a busy machine needs to press their buttons."""
        self.page.evaluate(_KEEP_MESSAGES)

    def conflict(self) -> Locator:
        return self.page.get_by_role("dialog", name="Changed in two places")

    def send_now(self) -> None:
        """Have the network back once the button is pressed: before, a try of the page's own may take it away."""
        gate = Gate()
        gate.across(self.page, CHANGES)
        self.page.get_by_role("button", name="Send now").click()
        gate.open()

    def expect_pending(self, count: int) -> None:
        waiting = "1 change waits" if count == 1 else f"{count} changes wait"
        expect(self.page.get_by_text(re.compile(f"{waiting} for the network"))).to_be_visible()

    def expect_sent(self) -> None:
        """Nothing waits any more, to be seen or not."""
        assert wait_until(lambda: self.page.evaluate(_IS_SENT), SECONDS)
        expect(self.page.get_by_text(re.compile("for the network"))).to_have_count(0)
        expect(self.page.get_by_text("Pending", exact=True)).to_have_count(0)
