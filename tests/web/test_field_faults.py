"""Faults met in the field: stalled lists, blank pages, stale labels, lost ways."""

import json
import uuid

import pytest
from playwright.sync_api import Page, expect

from support.people import PASSWORD
from web.browser import Visits
from web.screens import settled
from web.todo_page import TodoPage

OLDEST_FIRST = """
globalThis.IntersectionObserver = class extends IntersectionObserver {
  constructor(callback, options) {
    const before = { isIntersecting: false };
    super((entries, self) => callback([before, ...entries], self), options);
  }
};
"""
"""Each report begins with an entry of before, as on a busy machine."""


@pytest.fixture(params=[360, 1280])
def size(request) -> dict[str, int]:
    return {"width": request.param, "height": 800}


@pytest.fixture
def page(visits: Visits, ada, size) -> Page:
    return visits.open("/account", ada, viewport=size)


def test_the_list_of_todos_goes_on_by_the_newest_report(page, ada):
    for number in range(55):
        ada.create_todo(title=f"Task {number}")
    page.add_init_script(OLDEST_FIRST)
    page.goto("/")

    for _ in range(4):
        settled(page)
        page.mouse.wheel(0, 20_000)

    expect(page.locator("#main").get_by_role("checkbox")).to_have_count(55)


def test_an_endless_table_goes_on_by_the_newest_report(page):
    page.add_init_script(OLDEST_FIRST)
    page.reload()
    settled(page)  # what is drawn later would replace the table
    asked = """
    () => import("/app/endless.js").then(({ more }) => new Promise((resolve) => {
      const load = async () => (resolve(true), { items: [], nextCursor: null });
      setTimeout(() => resolve(false), 20_000);
      document.getElementById("main").prepend(
        more({ cursor: "c", load, add: () => undefined, signal: new AbortController().signal }));
    }))
    """
    assert page.evaluate(asked)


def test_an_exception_while_drawing_shows_its_reason_in_the_place_of_the_bars(visits, page):
    page.route(
        "**/v1/users/me", lambda route: route.fulfill(status=400, json={"detail": "No.", "errors": "odd"})
    )
    page.goto("/account")

    expect(page.get_by_role("alert")).to_contain_text("TypeError")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.unroute("**/v1/users/me")
    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_role("heading", name="Profile")).to_be_visible()
    visits.watch(page).settle()
    visits.watch(page).complaints.clear()


def test_a_renamed_profile_has_its_new_initials(page):
    expect(page.locator(".avatar")).to_have_text("AL")

    page.get_by_label("Name", exact=True).fill("Grace Hopper")
    page.get_by_role("button", name="Save profile").click()

    expect(page.locator(".avatar")).to_have_text("GH")
    page.reload()
    expect(page.locator(".avatar")).to_have_text("GH")


def test_a_path_that_cannot_be_decoded_is_no_page(visits, admin, size):
    page = visits.open("/account", admin, viewport=size)
    page.goto("/admin/imports/%zz")

    expect(page.get_by_text("There is no such page")).to_be_visible()


@pytest.mark.parametrize("damaged", ["{", "5", "null", json.dumps({"id_token": "a.NQ.b"})])
def test_a_damaged_session_is_none(page, damaged):
    page.evaluate("(value) => localStorage.setItem('session', value)", damaged)
    page.goto("/")

    expect(page.get_by_role("link", name="Sign up").first).to_be_visible()


def test_the_wanted_page_is_reached_through_a_sign_up(visits, size):
    page = visits.open("/files", viewport=size)
    page.locator("#main").get_by_role("link", name="Create an account").click()
    expect(
        page.get_by_role("heading", name="Create your account")
    ).to_be_visible()  # the last page has an Email, too
    page.get_by_label("Email").fill(f"p{uuid.uuid4().hex[:12]}@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/confirm?**")

    assert "then=%2Ffiles" in page.url
    page.get_by_label("Code").fill("123456")
    page.get_by_role("button", name="Confirm").click()

    page.wait_for_url("**/files")


def test_done_and_overdue_says_what_is_looked_for(page, ada):
    done = ada.create_todo(title="Done already")
    assert ada.request("PATCH", f"/v1/todos/{done['id']}", json={"completed": True}).status_code == 200
    page.goto("/?show=done&due=overdue")

    expect(page.get_by_text("No completed to-do belongs to this view.")).to_be_visible()
    expect(page.get_by_text("Nothing done yet")).to_have_count(0)


def test_pasting_over_the_limit_says_so(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/")
    page.evaluate("() => navigator.clipboard.writeText('x'.repeat(530))")
    page.get_by_role("textbox", name="New to-do").focus()

    page.keyboard.press("Control+v")

    expect(page.get_by_text("30 characters did not fit")).to_be_visible()


def test_a_message_quotes_a_long_title_in_short_and_undo_leads_back_to_its_row(page, ada):
    title = "Long " * 90
    ada.create_todo(title=title.strip())
    page.goto("/")
    todos = TodoPage(page)
    todos.keep_messages()

    todos.delete(title.strip())

    message = page.locator(".toast p")
    expect(message).to_contain_text("Deleted “Long")
    assert len(message.inner_text()) < 100
    page.get_by_role("button", name="Undo").press("Enter")
    expect(todos.row(title.strip()).get_by_role("checkbox")).to_be_focused()


def test_today_is_another_day_after_midnight(visits, ada, size):
    ada.create_todo(title="Buy milk", dueOn="2040-01-02")
    page = visits.open("/account", ada, viewport=size)
    page.clock.install(time="2040-01-01T22:58:00Z")  # 23:58 in Berlin
    page.goto("/")
    todos = TodoPage(page)
    expect(todos.row("Buy milk")).to_contain_text("Tomorrow")

    page.clock.run_for(180_000)

    expect(todos.row("Buy milk")).to_contain_text("Today")
