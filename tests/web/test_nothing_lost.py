"""Typed text and changes survive the loss of a page or of its storage."""

import pytest
from playwright.sync_api import Page, expect

from support.processes import wait_until
from web.gate import Gate
from web.screens import sign_in
from web.todo_page import TodoPage

BROKEN_DATABASE = "IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError'); };"
FULL_DATABASE = (
    "() => { IDBObjectStore.prototype.add = () => { throw new DOMException('', 'QuotaExceededError'); }; }"
)


@pytest.fixture(params=[360, 1280])
def page(request, visits, ada) -> Page:
    ada.create_todo(title="Buy milk")
    page = visits.open("/account", ada, viewport={"width": request.param, "height": 800})
    page.goto("/")
    expect(TodoPage(page).row("Buy milk")).to_be_visible()
    return page


def composer(page: Page):
    return page.get_by_role("textbox", name="New to-do")


def titles(ada) -> set[str]:
    return {todo["title"] for todo in ada.request("GET", "/v1/todos").json()["items"]}


def test_without_a_database_changes_stay_in_memory_and_are_sent(page, ada):
    page.add_init_script(BROKEN_DATABASE)
    page.reload()
    todos = TodoPage(page)
    page.context.set_offline(True)

    todos.add("Only in memory")

    expect(todos.row("Only in memory")).to_be_visible()
    expect(page.get_by_text("This browser cannot keep changes")).to_be_visible()
    page.context.set_offline(False)
    todos.expect_sent()
    expect(page.get_by_text("This browser cannot keep changes")).to_have_count(0)
    assert titles(ada) == {"Buy milk", "Only in memory"}


def test_text_that_cannot_be_kept_is_given_back(page):
    todos = TodoPage(page)
    page.evaluate(FULL_DATABASE)

    todos.add("One too many")
    expect(page.get_by_text("This browser has no space left")).to_be_visible()
    expect(composer(page)).to_have_value("One too many")

    todos.rename("Buy milk", "Buy oat milk")
    title = page.get_by_role("textbox", name="Title")
    expect(title).to_have_value("Buy oat milk")
    title.press("Escape")

    details = todos.details("Buy milk")
    details.get_by_label("Notes").fill("Two litres")
    details.get_by_role("button", name="Save").click()
    expect(details.get_by_label("Notes")).to_have_value("Two litres")


def test_a_press_on_a_row_counts_while_a_line_is_written(page):
    todos = TodoPage(page)
    composer(page).fill("Half-written")

    todos.complete("Buy milk")

    todos.expect_sent()
    expect(todos.row("Buy milk").get_by_role("checkbox")).to_be_checked()


def test_the_skip_link_redraws_nothing(page):
    composer(page).fill("Half-written")
    page.evaluate("document.querySelector('#main').firstChild.mark = true")

    page.locator("a.skip").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()
    page.go_back()
    assert page.evaluate("document.querySelector('#main').firstChild.mark")
    expect(composer(page)).to_have_value("Half-written")


def test_a_page_that_arrives_during_a_press_does_not_take_its_click(page):
    gate = Gate()
    gate.across(page, "**/pages/files.js")
    page.get_by_role("link", name="Files", exact=True).click()
    page.get_by_role("link", name="Account", exact=True).hover()

    page.mouse.down()
    gate.open()
    page.evaluate("import('/pages/files.js').then(() => new Promise(requestAnimationFrame))")
    page.mouse.up()

    expect(page.get_by_role("heading", name="Account", level=1)).to_be_visible()
    assert page.evaluate("location.pathname") == "/account"


def test_back_closes_a_dialog_and_keeps_its_text(page):
    page.get_by_role("link", name="Files", exact=True).click()
    page.get_by_role("link", name="To-dos", exact=True).last.click()
    todos = TodoPage(page)
    details = todos.details("Buy milk")
    details.get_by_label("Notes").fill("Two litres")

    page.go_back()

    expect(details).to_have_count(0)
    expect(todos.row("Buy milk")).to_be_visible()
    assert page.evaluate("location.pathname") == "/"
    expect(todos.details("Buy milk").get_by_label("Notes")).to_have_value("Two litres")


def test_escape_asks_before_it_drops_text(page):
    todos = TodoPage(page)
    details = todos.details("Buy milk")
    details.get_by_label("Notes").fill("Two litres")

    page.keyboard.press("Escape")
    asked = page.get_by_role("dialog", name="Discard what you typed?")
    asked.get_by_role("button", name="Cancel").click()
    expect(details.get_by_label("Notes")).to_have_value("Two litres")

    details.get_by_role("button", name="Cancel").click()
    asked.get_by_role("button", name="Discard").click()
    expect(details).to_have_count(0)
    again = todos.details("Buy milk")
    expect(again.get_by_label("Notes")).to_have_value("")
    page.keyboard.press("Escape")
    expect(again).to_have_count(0)


def test_a_deletion_reaches_the_server_although_the_page_is_left_at_once(page, ada):
    TodoPage(page).delete("Buy milk")

    page.goto("about:blank")

    assert wait_until(lambda: titles(ada) == set())


def test_a_sign_out_in_another_tab_keeps_drafts_for_their_user(page, ada):
    todos = TodoPage(page)
    composer(page).fill("Half-written")
    details = todos.details("Buy milk")
    details.get_by_label("Notes").fill("Two litres")
    other = page.context.new_page()
    other.goto("/account")

    other.get_by_role("button", name="Sign out", exact=True).click()
    expect(details).to_have_count(0)
    expect(composer(page)).to_have_count(0)
    page.goto("/sign-in")
    sign_in(page, ada.email)

    expect(composer(page)).to_have_value("Half-written")
    expect(todos.details("Buy milk").get_by_label("Notes")).to_have_value("Two litres")


def test_a_half_written_profile_outlives_a_visit_elsewhere(page):
    page.goto("/account")
    page.get_by_label("Name", exact=True).fill("Countess of Lovelace")
    page.get_by_role("link", name="Files", exact=True).click()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()

    page.go_back()

    expect(page.get_by_label("Name", exact=True)).to_have_value("Countess of Lovelace")
