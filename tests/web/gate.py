"""Requests of a page that come to the network when a test lets them: what takes a moment can be looked at."""

from playwright.sync_api import Page, Route


class Gate:
    """Requests wait until the gate is opened; later ones go through."""

    def __init__(self) -> None:
        self.waiting: list[Route] = []
        self._is_open = False

    def across(self, page: Page, url: str) -> None:
        page.route(url, lambda route: self.hold(route))

    def hold(self, route: Route) -> None:
        if self._is_open:
            route.continue_()
        else:
            self.waiting.append(route)

    def open(self) -> None:
        self._is_open = True
        while self.waiting:
            self.waiting.pop(0).continue_()
