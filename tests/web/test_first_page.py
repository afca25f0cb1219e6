"""The cost of the first page, and how soon there is something to see."""

import pytest
from playwright.sync_api import expect

from support.people import PASSWORD
from web.browser import Visits
from web.measure import Measured
from web.screens import settled
from web.todo_page import TodoPage

LIMIT = 60_000
"""Bytes, compressed."""


@pytest.mark.parametrize("width", [360, 1280])
def test_the_welcome_page_is_light_and_still(visits: Visits, width):
    measured = Measured(visits, width=width)

    measured.page.goto("/")
    settled(measured.page)

    assert measured.transferred() < LIMIT, measured.urls
    assert measured.shifts() == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_first_page_with_todos_is_light_and_still(visits: Visits, ada, width):
    for number in range(8):
        ada.create_todo(title=f"Task {number}", dueOn="2040-01-01", tags=["home"], priority="high")
    measured = Measured(visits, ada, width=width)

    measured.page.goto("/")
    expect(TodoPage(measured.page).row("Task 7")).to_be_visible()

    assert measured.transferred() < LIMIT, measured.urls
    assert measured.shifts() == []


def test_one_call_stands_between_the_sign_in_and_the_first_todo(visits: Visits, ada):
    ada.create_todo(title="Buy milk")
    measured = Measured(visits)
    page = measured.page
    page.goto("/sign-in")
    page.get_by_label("Email").fill(ada.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)

    page.get_by_label("Password", exact=True).press("Enter")
    expect(TodoPage(page).row("Buy milk")).to_be_visible()

    assert visits.watch(page).calls == ["POST /v1/auth/login", "GET /v1/sync"]
    assert measured.shifts() == []


def test_console_and_files_are_loaded_when_they_are_visited(visits: Visits, admin):
    measured = Measured(visits, admin)

    measured.page.goto("/")
    settled(measured.page)

    assert measured.transferred() > 0
    assert not [url for url in measured.urls if "/admin" in url or "/files" in url or "/console" in url]
