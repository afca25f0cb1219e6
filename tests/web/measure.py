"""The cost of a page: requests, bytes, and how much it moves while it loads."""

from playwright.sync_api import Page, Request

from support.people import Person
from web.browser import Visits

_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    shifts.push([entry.value, ...entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? String(node))]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""


class Measured:
    """A page in a new context. It has loaded nothing yet."""

    def __init__(self, visits: Visits, person: Person | None = None, *, width: int = 1280) -> None:
        self.page: Page = visits.open("about:blank", person, viewport={"width": width, "height": 800})
        self.page.add_init_script(_SHIFTS)
        self.requests: list[Request] = []
        self.page.on("requestfinished", lambda request: self.requests.append(request))

    @property
    def urls(self) -> list[str]:
        return [request.url for request in self.requests]

    def transferred(self) -> int:
        """The bytes of all bodies as they came, compressed.

        Headers are left out: CloudFront speaks HTTP/2 and 3, which send a repeated header as a reference of a byte.
        """
        self.page.wait_for_load_state("networkidle")
        return sum(request.sizes()["responseBodySize"] for request in self.requests)

    def shifts(self) -> list[list[object]]:
        """The layout shifts without user input until now: by how much, and which elements."""
        self.page.evaluate(
            "new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))"
        )
        return self.page.evaluate("shifts")
