"""A to-do that a second client has changed between what a page shows and what it saves."""

import pytest
from playwright.sync_api import expect

from support.processes import wait_until
from web.accessibility import assert_accessible
from web.gate import Gate
from web.todo_page import CHANGES, TodoPage


@pytest.fixture
def todo(ada):
    return ada.create_todo(title="Buy milk")


@pytest.fixture
def todos(visits, ada, todo) -> TodoPage:
    page = TodoPage(visits.open(person=ada))
    expect(page.row("Buy milk")).to_be_visible()
    return page


def changed_elsewhere(ada, todo, **fields):
    response = ada.request("PATCH", f"/v1/todos/{todo['id']}", json=fields)
    assert response.status_code == 200, response.text


def stored(ada, todo):
    return ada.request("GET", f"/v1/todos/{todo['id']}").json()


@pytest.mark.parametrize(("choice", "kept"), [("Keep mine", "Buy soy milk"), ("Keep theirs", "Buy oat milk")])
def test_both_versions_are_shown_and_either_may_be_kept(ada, todo, todos, choice, kept):
    changed_elsewhere(ada, todo, title="Buy oat milk")

    todos.rename("Buy milk", "Buy soy milk")

    conflict = todos.conflict()
    expect(conflict.get_by_role("columnheader", name="Yours")).to_be_visible()
    expect(conflict.get_by_role("columnheader", name="Theirs")).to_be_visible()
    expect(conflict).to_contain_text("Buy soy milk")
    expect(conflict).to_contain_text("Buy oat milk")
    assert stored(ada, todo)["title"] == "Buy oat milk"

    conflict.get_by_role("button", name=choice).click()

    expect(conflict).to_have_count(0)
    expect(todos.row(kept)).to_have_count(1)
    todos.expect_sent()
    assert wait_until(lambda: stored(ada, todo)["title"] == kept)
    assert todos.titles() == [kept]


@pytest.mark.parametrize("width", [360, 1280])
def test_changes_of_different_fields_are_merged_without_a_question(ada, todo, todos, width):
    todos.page.set_viewport_size({"width": width, "height": 800})
    changed_elsewhere(ada, todo, notes="Two litres", priority="high")

    todos.complete("Buy milk")

    todos.expect_sent()
    expect(todos.conflict()).to_have_count(0)
    expect(todos.row("Buy milk")).to_contain_text("Two litres")
    after = stored(ada, todo)
    assert (after["completed"], after["notes"], after["priority"], after["version"]) == (
        True,
        "Two litres",
        "high",
        3,
    )


def test_what_waits_behind_a_merged_change_still_asks_when_it_overlaps(ada, todo, todos):
    changed_elsewhere(ada, todo, title="Buy oat milk")
    gate = Gate()
    gate.across(todos.page, CHANGES)
    todos.complete("Buy milk")
    assert wait_until(lambda: todos.page.evaluate("true") and len(gate.waiting) == 1)
    todos.rename("Buy milk", "Buy soy milk")
    gate.open()

    expect(todos.conflict()).to_be_visible()
    assert stored(ada, todo)["title"] == "Buy oat milk"


def test_the_choice_is_accessible_and_can_wait(ada, todo, todos):
    changed_elsewhere(ada, todo, title="Buy oat milk")
    todos.rename("Buy milk", "Buy soy milk")
    expect(todos.conflict()).to_be_visible()
    assert_accessible(todos.page)

    todos.page.keyboard.press("Escape")
    expect(todos.conflict()).to_have_count(0)
    todos.page.reload()

    todos.page.get_by_role("button", name="Needs your decision").click()
    todos.conflict().get_by_role("button", name="Keep theirs").click()
    expect(todos.row("Buy oat milk")).to_be_visible()
    assert stored(ada, todo)["title"] == "Buy oat milk"
