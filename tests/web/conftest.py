"""A browser on a running stack. Each test also fails on what no page may ever do: see `Watch`."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Error, Page, expect

from devstack.aws import Aws
from devstack.ports import HOST
from devstack.seed import ADMIN
from support.launch import Launch, launcher
from support.people import Person, sign_up
from web.browser import SECONDS, Visits, chromium
from web.todo_page import TodoPage

expect.set_options(timeout=SECONDS * 1000)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """One stack for all tests of a worker: each uses people of its own, and none stops it."""
    with launcher(tmp_path_factory.mktemp("app")) as start:
        yield start().wait_ready()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def visits(browser: Browser, app: Launch) -> Iterator[Visits]:
    opened = Visits(browser, (app.api, f"http://{HOST}:{app.aws_port}"))
    yield opened
    complaints = opened.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture(scope="session")
def api(app: Launch) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=app.api, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def ada(api: httpx.Client) -> Person:
    return sign_up(api, name="Ada Lovelace")


@pytest.fixture(scope="session")
def admin(api: httpx.Client) -> Person:
    login = api.post("/v1/auth/login", json={"email": ADMIN.email, "password": ADMIN.password})
    assert login.status_code == 200, login.text
    return Person(api, ADMIN.email, "", login.json())


@pytest.fixture
def page(visits: Visits, ada: Person) -> Page:
    """Ada's to-dos, in her browser."""
    return visits.open(person=ada)


@pytest.fixture
def tabs(visits: Visits, ada: Person) -> tuple[TodoPage, TodoPage]:
    """Ada's to-dos, in two tabs of her browser."""
    ada.create_todo(title="Buy milk")
    ada.create_todo(title="Call Grace")
    page = visits.open(person=ada)
    other = page.context.new_page()
    other.goto("/")
    both = TodoPage(page), TodoPage(other)
    for tab in both:
        expect(tab.row("Buy milk")).to_be_visible()
    return both


@pytest.fixture(scope="session")
def aws(app: Launch) -> Aws:
    return app.aws


@pytest.fixture(scope="session")
def env(app: Launch) -> dict[str, str]:
    return app.env


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """A failed test tells what its pages showed."""
    report = yield
    visits = getattr(item, "funcargs", {}).get("visits")
    if report.when == "call" and report.failed and visits is not None:
        for page in visits.pages():
            report.sections.append((page.url, shown(page)))
    return report


def shown(page: Page) -> str:
    try:
        return page.locator("body").aria_snapshot(timeout=5000)
    except Error as error:
        return f"nothing that can be read: {error.message}"
