"""Two tabs of one browser share what is unsent: nothing of either is lost, and nothing is sent twice."""

import pytest
from playwright.sync_api import Page, Route, expect

from support.processes import wait_until
from web.browser import Visits
from web.gate import Gate
from web.tabs import at_once, stored
from web.todo_page import CHANGES

EACH = 20

ADD = """
() => {
  const form = document.querySelector("form.composer");
  for (const number of Array(%d).keys()) {
    form.elements.title.value = `%s ${number}`;
    form.requestSubmit();
  }
}
"""

CHANGE = "() => { for (const todo of todos().rows()) todos().change(todo, (%s)(todo)); }"


def arrived(visits: Visits, page: Page) -> int:
    """How many requests with changes the API has taken, of all tabs."""
    visits.watch(page).settle()
    return visits.watch(page).answered.count("POST /v1/sync")


def test_what_both_tabs_add_at_once_is_sent_once(visits, ada, tabs):
    first, second = tabs
    first.page.context.set_offline(True)

    at_once((first, ADD % (EACH, "First")), (second, ADD % (EACH, "Second")))

    for tab in tabs:
        tab.expect_pending(2 * EACH)
        expect(tab.row("First 0").get_by_text("Pending")).to_be_visible()
        expect(tab.row("Second 0").get_by_text("Pending")).to_be_visible()

    first.page.context.set_offline(False)

    for tab in tabs:
        tab.expect_sent()
    after = stored(ada)
    made = {f"{tab} {number}" for tab in ("First", "Second") for number in range(EACH)}
    assert set(after) == {"Buy milk", "Call Grace"} | made
    assert {todo["version"] for todo in after.values()} == {1}
    assert arrived(visits, first.page) == 1


def test_what_both_tabs_change_of_the_same_todos_at_once_is_kept(visits, ada, tabs):
    first, second = tabs
    first.page.context.set_offline(True)

    at_once(
        (first, CHANGE % "({ title }) => ({ title: `${title} today` })"),
        (second, CHANGE % "() => ({ notes: 'Before noon', completed: true })"),
    )
    for tab in tabs:
        expect(tab.row("Buy milk today").get_by_text("Pending")).to_be_visible()
        expect(tab.row("Call Grace today").get_by_text("Pending")).to_be_visible()
    first.page.context.set_offline(False)

    for tab in tabs:
        tab.expect_sent()
        expect(tab.conflict()).to_have_count(0)
    after = stored(ada)
    assert set(after) == {"Buy milk today", "Call Grace today"}
    assert {(todo["completed"], todo["notes"]) for todo in after.values()} == {(True, "Before noon")}
    assert arrived(visits, first.page) == 1


def test_changes_of_one_todo_go_in_order_whichever_tab_made_them(ada, tabs):
    first, second = tabs
    first.page.context.set_offline(True)

    first.rename("Buy milk", "Buy oat milk")
    second.rename("Buy oat milk", "Buy soy milk")
    second.complete("Buy soy milk")
    first.rename("Buy soy milk", "Buy rice milk")
    expect(second.row("Buy rice milk").get_by_text("Pending")).to_be_visible()
    first.page.context.set_offline(False)

    for tab in tabs:
        tab.expect_sent()
        expect(tab.conflict()).to_have_count(0)
    after = stored(ada)
    assert set(after) == {"Buy rice milk", "Call Grace"}
    assert after["Buy rice milk"]["completed"]
    assert after["Buy rice milk"]["version"] <= 3  # what was changed while the first was tried is one change


def test_the_tabs_send_one_after_the_other(visits, ada, tabs):
    first, second = tabs
    gate = Gate()
    first.page.context.route(CHANGES, lambda route: gate.hold(route))

    first.add("From the first")
    assert wait_until(lambda: first.page.evaluate("true") and len(gate.waiting) == 1)
    second.add("From the second")
    expect(first.row("From the second")).to_be_visible()
    expect(second.row("From the first")).to_be_visible()
    assert len(gate.waiting) == 1
    gate.open()

    for tab in tabs:
        tab.expect_sent()
    assert set(stored(ada)) == {"Buy milk", "Call Grace", "From the first", "From the second"}
    assert arrived(visits, first.page) == 2


@pytest.mark.parametrize("has_arrived", [False, True])
def test_what_a_closed_tab_was_sending_the_other_sends(ada, tabs, has_arrived):
    first, second = tabs
    held: list[Route] = []

    def hold(route: Route) -> None:
        if has_arrived:
            assert route.fetch().ok
        held.append(route)

    first.page.route(CHANGES, hold)
    first.rename("Buy milk", "Buy oat milk")
    assert wait_until(lambda: first.page.evaluate("true") and len(held) == 1)
    first.add("Written on the train")
    first.rename("Call Grace", "Call Ada")
    expect(second.row("Written on the train")).to_be_visible()
    expect(second.row("Call Ada")).to_be_visible()

    first.page.close()

    second.expect_sent()
    expect(second.conflict()).to_have_count(0)
    after = stored(ada)
    assert set(after) == {"Buy oat milk", "Call Ada", "Written on the train"}
    assert [after[title]["version"] for title in ("Buy oat milk", "Call Ada", "Written on the train")] == [
        2,
        2,
        1,
    ]


def test_a_busy_server_is_not_asked_for_each_change_of_each_tab(tabs):
    first, second = tabs
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.method)
        route.fulfill(
            status=503, headers={"Retry-After": "600"}, json={"detail": "Busy.", "code": "unavailable"}
        )

    first.page.context.route(CHANGES, refuse)

    first.rename("Buy milk", "Buy oat milk")
    first.expect_pending(1)
    second.expect_pending(1)
    second.add("Afterwards")

    first.expect_pending(2)
    second.expect_pending(2)
    assert refused in (
        ["POST"],
        ["POST", "POST"],
    )  # the second may not have heard of it when its turn came
