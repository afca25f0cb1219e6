"""The to-dos that are shown: filtered, searched, sorted, many, none."""

import uuid

from playwright.sync_api import expect

from web.todo_page import TodoPage

DRAW_ANEW = """
import("/app/todos.js").then(({ todos }) => {
  todos().changed();
  return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
})
"""


def test_what_is_not_wanted_now_is_filtered_out(visits, ada):
    ada.create_todo(title="Milk", tags=["shop"], list="home", priority="high", dueOn="2020-01-01")
    ada.create_todo(title="Bread", tags=["shop"], list="home")
    ada.create_todo(title="Slides", tags=["talk"], list="work", priority="high", dueOn="2040-01-01")
    ada.create_todo(title="Old", completed=True)
    todos = TodoPage(visits.open(person=ada))
    page = todos.page

    def shows(*titles: str) -> None:
        expect(
            page.locator("#main").get_by_role("listitem").filter(has=page.get_by_role("checkbox"))
        ).to_have_count(len(titles))
        assert sorted(todos.titles()) == sorted(titles)

    shows("Milk", "Bread", "Slides")
    page.get_by_role("combobox", name="Show").select_option(label="Done")
    shows("Old")
    page.get_by_role("combobox", name="Show").select_option(label="All")
    shows("Milk", "Bread", "Slides", "Old")
    page.get_by_role("combobox", name="Show").select_option(label="Open")
    page.get_by_role("combobox", name="Priority").select_option(label="High")
    shows("Milk", "Slides")
    views = page.get_by_role("navigation", name="Views")
    views.get_by_role("link", name="Overdue").click()
    shows("Milk")
    expect(todos.row("Milk")).to_contain_text("verdue")
    page.reload()
    shows("Milk")
    page.goto("/")
    views.get_by_role("link", name="work", exact=True).click()
    shows("Slides")
    page.goto("/")
    views.get_by_role("link", name="shop", exact=True).click()
    shows("Milk", "Bread")
    views.get_by_role("link", name="All to-dos").click()
    shows("Milk", "Bread", "Slides")


def test_a_press_ends_where_it_began_although_the_list_is_redrawn(visits, ada):
    ada.create_todo(title="Milk", tags=["shop"])
    todos = TodoPage(visits.open(person=ada))
    expect(todos.row("Milk")).to_be_visible()
    views, mouse = todos.page.get_by_role("navigation", name="Views"), todos.page.mouse

    for link, path in (
        (views.get_by_role("link", name="Overdue"), "/?due=overdue"),
        (todos.row("Milk").get_by_role("link", name="#shop"), "/?tag=shop"),
    ):
        todos.page.goto("/")
        link.hover()
        mouse.down()
        todos.page.evaluate(DRAW_ANEW)
        mouse.up()

        expect(todos.page).to_have_url(path)


def test_a_search_finds_words_and_tells_when_it_finds_none(visits, ada):
    ada.create_todo(title="Buy milk")
    ada.create_todo(title="Call Grace", notes="about the milk")
    ada.create_todo(title="Sleep")
    todos = TodoPage(visits.open(person=ada))
    search = todos.page.get_by_role("searchbox", name="Search")

    search.fill("milk")
    expect(todos.row("Sleep")).to_have_count(0)
    assert sorted(todos.titles()) == ["Buy milk", "Call Grace"]

    search.fill("nothing has this")
    expect(todos.row("Buy milk")).to_have_count(0)
    expect(todos.page.locator("#main").get_by_role("heading", level=2).first).to_be_visible()

    search.fill("")
    for title in ("Buy milk", "Call Grace", "Sleep"):
        expect(todos.row(title)).to_be_visible()


def test_the_order_is_by_due_date_or_by_age(visits, ada):
    for title, due in (
        ("Third", "2040-03-03"),
        ("First", "2040-01-01"),
        ("Never", None),
        ("Second", "2040-02-02"),
    ):
        ada.create_todo(title=title, **({"dueOn": due} if due else {}))
    todos = TodoPage(visits.open(person=ada))
    expect(todos.row("Never")).to_be_visible()
    assert todos.titles() == ["First", "Second", "Third", "Never"]

    todos.page.get_by_role("combobox", name="Sort by").select_option(label="By date added")

    expect(todos.page.locator("#main").get_by_role("checkbox").first).to_have_accessible_name("Third")
    assert todos.titles() == ["Third", "First", "Never", "Second"]


def test_the_list_goes_on_as_one_scrolls(visits, ada):
    made = [
        {"id": str(uuid.uuid4()), "title": f"Task {number}", "createdAt": f"2026-01-01T00:00:00.{number:03}Z"}
        for number in range(120)
    ]
    assert ada.request("POST", "/v1/todos/import", json={"todos": made}).json()["imported"] == 120
    todos = TodoPage(visits.open("/?sort=created", ada))
    boxes = todos.page.locator("#main").get_by_role("checkbox")
    expect(boxes.first).to_be_visible()

    for _ in range(12):
        if (seen := boxes.count()) == 120:
            break
        boxes.last.scroll_into_view_if_needed()
        todos.page.mouse.wheel(0, 4000)
        expect(boxes.nth(seen)).to_be_attached()

    assert sorted(todos.titles()) == sorted(todo["title"] for todo in made)
    expect(todos.page.get_by_role("button", name="Load more")).to_have_count(0)
    assert visits.watch(todos.page).count("GET /v1/sync") == 1


def test_an_empty_list_invites_to_begin(page):
    expect(page.locator("#main").get_by_role("heading", level=2).first).to_be_visible()
    expect(page.get_by_label("New to-do")).to_be_visible()


def test_a_list_that_cannot_be_loaded_says_so_and_can_be_tried_again(visits, ada):
    ada.create_todo(title="Buy milk")
    page = visits.open("/account", ada)
    problem = {"detail": "Try again later.", "code": "unavailable", "requestId": "req-12345"}
    page.route("**/v1/sync", lambda route: route.fulfill(status=503, json=problem))

    page.goto("/")

    failure = page.get_by_role("alert")
    expect(failure).to_contain_text("Try again later.")
    expect(failure).to_contain_text("req-12345")
    page.unroute("**/v1/sync")
    failure.get_by_role("button", name="Try again").click()
    expect(TodoPage(page).row("Buy milk")).to_be_visible()
