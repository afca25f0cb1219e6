"""A user's day with their to-dos."""

from datetime import UTC, datetime

from playwright.sync_api import expect

from web.todo_page import CHANGES, TodoPage


def items(person, query=""):
    return person.request("GET", f"/v1/todos?limit=100{query}").json()["items"]


def test_a_todo_from_its_first_word_to_its_last(visits, ada, page):
    todos = TodoPage(page)
    expect(page.get_by_label("New to-do")).to_be_visible()

    todos.add("Buy milk")
    expect(todos.row("Buy milk")).to_be_visible()
    expect(page.get_by_label("New to-do")).to_have_value("")
    expect(page.get_by_label("New to-do")).to_be_focused()
    todos.rename("Buy milk", "Buy oat milk")

    details = todos.details("Buy oat milk")
    details.get_by_label("Notes").fill("Two litres,\nunsweetened")
    details.get_by_label("Due date").fill("2040-05-17")
    details.get_by_label("Priority").select_option("high")
    details.get_by_label("Tags").fill("shop, home")
    details.get_by_label("List").fill("Errands")
    details.get_by_role("button", name="Save").click()
    expect(details).to_have_count(0)

    row = todos.row("Buy oat milk")
    for shown in ("17 May 2040", "High", "shop", "home"):
        expect(row).to_contain_text(shown)
    todos.expect_sent()
    (saved,) = items(ada)
    assert (saved["title"], saved["notes"]) == ("Buy oat milk", "Two litres,\nunsweetened")
    assert (saved["dueOn"], saved["dueAt"], saved["priority"]) == ("2040-05-17", None, "high")
    assert (saved["tags"], saved["list"], saved["completed"]) == (["shop", "home"], "Errands", False)

    page.reload()
    todos.complete("Buy oat milk")
    todos.expect_sent()
    assert [todo["completed"] for todo in items(ada)] == [True]

    page.goto("/?show=done")
    expect(todos.row("Buy oat milk").get_by_role("checkbox")).to_be_checked()
    todos.keep_messages()
    with page.expect_response(CHANGES) as gone:
        todos.delete("Buy oat milk")
        expect(todos.row("Buy oat milk")).to_have_count(0)
        page.get_by_role("button", name="Dismiss").click()
    assert [one["result"] for one in gone.value.json()["results"]] == ["applied"]
    assert items(ada) == []


def test_a_due_time_is_kept_in_utc_and_shown_in_local_time(ada, page):
    todos = TodoPage(page)
    todos.add("Call Grace")

    details = todos.details("Call Grace")
    details.get_by_label("Due date").fill("2040-07-01")
    details.get_by_label("Due time").fill("09:30")
    details.get_by_role("button", name="Save").click()

    todos.expect_sent()
    expect(todos.row("Call Grace")).to_contain_text("09:30")
    due = datetime.fromisoformat(items(ada)[0]["dueAt"])
    assert due == datetime(2040, 7, 1, 7, 30, tzinfo=UTC)


def test_a_line_says_it_all(ada, page):
    todos = TodoPage(page)

    todos.add("Buy milk #shop #home !high @2040-05-17")

    expect(todos.row("Buy milk")).to_be_visible()
    todos.expect_sent()
    (saved,) = items(ada)
    assert (saved["title"], saved["tags"]) == ("Buy milk", ["shop", "home"])
    assert (saved["priority"], saved["dueOn"]) == ("high", "2040-05-17")


def test_deleting_can_be_undone(ada, page):
    todos = TodoPage(page)
    todos.add("Buy milk")
    todos.expect_sent()
    todos.keep_messages()

    todos.delete("Buy milk")
    expect(todos.row("Buy milk")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()

    expect(todos.row("Buy milk")).to_be_visible()
    todos.expect_sent()
    assert [todo["title"] for todo in items(ada)] == ["Buy milk"]
