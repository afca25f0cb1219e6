"""From the sign-in to a to-do that is done, without a mouse, and with the focus in sight all the way."""

from playwright.sync_api import Locator, Page, expect

from support.people import PASSWORD
from web.browser import Visits
from web.screens import settled
from web.todo_page import CHANGES, TodoPage

OUTLINE = """
(element) => {
  const width = (box) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(box);
    return outlineStyle === "none" ? 0 : parseFloat(outlineWidth);
  };
  return Math.max(width(element), width(element.parentElement));
}
"""
"""How thick the line around the focus is; it may be around a field and its button together."""


def tab_to(target: Locator) -> None:
    """Press Tab until the focus is there, as a sighted user does."""
    expect(target).to_be_visible()
    for _ in range(80):
        if target.evaluate("(element) => element === document.activeElement"):
            assert target.evaluate(OUTLINE) >= 2, f"the focus on {target} cannot be seen"
            return
        target.page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {target}")


def type_into(target: Locator, text: str) -> None:
    tab_to(target)
    target.page.keyboard.type(text)


def press(target: Locator, key: str = "Enter") -> None:
    tab_to(target)
    target.page.keyboard.press(key)


def signed_in_by_keyboard(visits: Visits, email: str) -> TodoPage:
    page = visits.open("/")
    settled(page)
    press(page.locator("#main").get_by_role("link", name="Sign in"))
    type_into(page.get_by_label("Email"), email)
    type_into(page.get_by_label("Password", exact=True), PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("New to-do")).to_be_visible()
    return TodoPage(page)


def test_from_sign_in_to_done(visits: Visits, ada):
    todos = signed_in_by_keyboard(visits, ada.email)

    type_into(todos.page.get_by_label("New to-do"), "Buy milk")
    todos.page.keyboard.press("Enter")
    todos.expect_sent()
    checkbox = todos.row("Buy milk").get_by_role("checkbox")
    with todos.page.expect_response(CHANGES) as saved:
        press(checkbox, "Space")

    assert [one["result"] for one in saved.value.json()["results"]] == ["applied"]
    (todo,) = ada.request("GET", "/v1/todos").json()["items"]
    assert todo["completed"] is True


def test_details_open_close_and_give_the_focus_back(visits: Visits, ada):
    ada.create_todo(title="Buy milk")
    todos = signed_in_by_keyboard(visits, ada.email)
    button = todos.row("Buy milk").get_by_role("button", name="Details of Buy milk")

    press(button)
    dialog = todos.page.get_by_role("dialog", name="Details")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("(element) => element.contains(document.activeElement)")
    todos.page.keyboard.press("Escape")

    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()

    press(button)
    type_into(dialog.get_by_label("Notes"), "Two litres")
    press(dialog.get_by_role("button", name="Save"))
    expect(dialog).to_have_count(0)
    todos.expect_sent()
    assert ada.request("GET", "/v1/todos").json()["items"][0]["notes"] == "Two litres"


def test_a_deleted_todo_comes_back(visits: Visits, ada):
    ada.create_todo(title="Buy milk")
    todos = signed_in_by_keyboard(visits, ada.email)
    todos.keep_messages()

    press(todos.row("Buy milk").get_by_role("button", name="Delete Buy milk"))
    expect(todos.row("Buy milk")).to_have_count(0)
    press(todos.page.get_by_role("button", name="Undo"))

    expect(todos.row("Buy milk")).to_be_visible()


def test_the_first_tab_skips_to_the_content(visits: Visits, ada):
    page: Page = settled(visits.open(person=ada))
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()

    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"
