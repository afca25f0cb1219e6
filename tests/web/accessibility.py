"""Rules for each page, in each of its states."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NARROW = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 900}
WIDTHS = (360, 768, 1024, 1280, 1600)

_AXE = Axe()
_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


def assert_accessible(page: Page) -> None:
    """No finding of axe, in light and dark, on a phone and on a desk."""
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function("() => document.getAnimations().length === 0")
            found = _AXE.run(page, options=_RULES)
            assert not found.response["violations"], (
                f"{size['width']} px, {scheme}: {found.generate_report()}"
            )


def assert_fits(page: Page) -> None:
    """Nothing extends beyond the screen, be it a phone's or a wide desk's."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        needed, there = page.evaluate(
            "[document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]"
        )
        assert needed <= there, f"{page.url}: {needed} px on {there}"
