"""How a tab learns what other devices have changed, and how both sides' changes come together."""

import re
import time
import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from support.people import sign_up
from support.processes import wait_until
from web.browser import Visits
from web.gate import Gate
from web.screens import sign_in
from web.todo_page import CHANGES, TodoPage

PULLS = re.compile(r"/v1/sync\?token=")
"""The calls of a browser that has a token, for `Page.route`."""

RETURN = "dispatchEvent(new Event('visibilitychange'))"
SHOW = "(isShown) => Object.defineProperty(document, 'hidden', { value: !isShown, configurable: true })"
HAVE_DETAILS = "import('/pages/todos/details.js').then(() => null)"
"""The dialog comes some seconds after the page, or when it is first touched."""

COPIED = "caches.match(`/${id}`).then((copy) => copy?.json()).then((copy) => copy?.todos.length ?? -1)"
TOKEN = "import('/app/replica.js').then(({ token }) => token)"
EXPIRED = {"status": 410, "code": "sync_token_expired", "restart": True, "detail": "Start again."}


@pytest.fixture
def todo(ada):
    return ada.create_todo(title="Buy milk", tags=["home", "shop"])


@pytest.fixture
def todos(visits, ada, todo) -> TodoPage:
    page = TodoPage(visits.open(person=ada))
    expect(page.row("Buy milk")).to_be_visible()
    return page


def pulls(visits: Visits, page: Page) -> int:
    visits.watch(page).settle()
    return visits.watch(page).count("GET /v1/sync")


def changed_elsewhere(ada, todo, **fields):
    response = ada.request("PATCH", f"/v1/todos/{todo['id']}", json=fields)
    assert response.status_code == 200, response.text


def listed(ada) -> dict[str, dict[str, Any]]:
    return {todo["title"]: todo for todo in ada.request("GET", "/v1/todos").json()["items"]}


def wait_for_copy(page: Page, person, count: int) -> None:
    """This browser has kept so many to-dos for the next visit."""
    assert wait_until(lambda: page.evaluate(f"(id) => {COPIED}", person.id) == count)


def open_with_a_clock(visits, person) -> tuple[Page, TodoPage]:
    """The list in a tab whose clock the test moves. The clock has to be there before the page loads."""
    page = visits.open("/account", person)
    page.clock.install()
    page.goto("/")
    todos = TodoPage(page)
    expect(todos.row("Buy milk")).to_be_visible()
    return page, todos


def test_a_visible_tab_asks_every_30_seconds(visits, ada, todo):
    page, todos = open_with_a_clock(visits, ada)
    before = pulls(visits, page)
    changed_elsewhere(ada, todo, title="Buy oat milk")
    ada.create_todo(title="From the phone")

    page.clock.run_for(20_000)  # and the time that the test itself has taken
    assert pulls(visits, page) == before
    page.clock.run_for(10_500)

    expect(todos.row("Buy oat milk")).to_be_visible()
    expect(todos.row("From the phone")).to_be_visible()
    assert pulls(visits, page) == before + 1


def test_a_hidden_tab_asks_when_it_is_looked_at_again(visits, ada, todo):
    page, todos = open_with_a_clock(visits, ada)
    before = pulls(visits, page)
    page.evaluate(SHOW, False)
    assert ada.request("DELETE", f"/v1/todos/{todo['id']}").status_code == 204

    page.clock.run_for(95_000)
    assert pulls(visits, page) == before
    page.evaluate(SHOW, True)
    page.evaluate(RETURN)

    expect(todos.row("Buy milk")).to_have_count(0)


@pytest.mark.parametrize("event", ["visibilitychange", "online"])
def test_a_tab_asks_on_return_and_when_the_network_is_back(ada, todos, todo, event):
    changed_elsewhere(ada, todo, title="Buy oat milk")

    todos.page.evaluate(f"dispatchEvent(new Event('{event}'))")

    expect(todos.row("Buy oat milk")).to_be_visible()


def test_one_tab_learns_what_the_other_has_received(visits, ada, tabs):
    first, second = tabs
    ada.create_todo(title="From the phone")
    before = pulls(visits, first.page)

    first.page.evaluate(RETURN)

    expect(first.row("From the phone")).to_be_visible()
    expect(second.row("From the phone")).to_be_visible()
    assert pulls(visits, first.page) == before + 1


def test_the_next_visit_goes_on_with_the_token_of_the_last(visits, ada, todos):
    asked: list[str] = []
    wait_for_copy(todos.page, ada, 1)
    ada.create_todo(title="From the phone")
    todos.page.on("request", lambda request: "/v1/sync" in request.url and asked.append(request.url))

    todos.page.reload()

    expect(todos.row("From the phone")).to_be_visible()
    expect(todos.row("Buy milk")).to_be_visible()
    assert len(asked) == 1
    assert PULLS.search(asked[0])


def test_what_was_received_is_shown_while_the_server_is_away(ada, todos):
    wait_for_copy(todos.page, ada, 1)
    todos.page.route(PULLS, lambda route: route.abort("internetdisconnected"))

    todos.page.reload()

    expect(todos.row("Buy milk")).to_be_visible()
    expect(todos.page.get_by_text("The server cannot be reached")).to_be_visible()
    todos.page.unroute(PULLS)
    todos.page.get_by_role("button", name="Try again").click()
    expect(todos.page.get_by_text("The server cannot be reached")).to_have_count(0)


@pytest.mark.parametrize(("status", "code"), [(410, "sync_token_expired"), (400, "invalid_sync_token")])
def test_after_a_refused_token_everything_is_asked_for_and_the_outbox_stays(ada, todo, todos, status, code):
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        route.fulfill(status=status, json={**EXPIRED, "status": status, "code": code})

    todos.page.route(CHANGES, lambda route: route.abort("internetdisconnected"))
    todos.add("Only here")
    todos.expect_pending(1)
    ada.create_todo(title="From the phone")
    assert ada.request("DELETE", f"/v1/todos/{todo['id']}").status_code == 204
    todos.page.unroute(CHANGES)
    todos.page.route(PULLS, refuse)
    todos.page.route(
        CHANGES, lambda route: route.continue_() if route.request.method == "GET" else restarted(route, code)
    )

    todos.page.evaluate(RETURN)

    expect(todos.row("From the phone")).to_be_visible()
    expect(todos.row("Only here")).to_be_visible()
    expect(todos.row("Buy milk")).to_have_count(0)
    todos.expect_sent()
    assert set(listed(ada)) == {"From the phone", "Only here"}
    todos.page.evaluate(RETURN)
    assert wait_until(lambda: todos.page.evaluate("true") and len(refused) == 1)
    expect(todos.row("Only here")).to_be_visible()


def test_what_was_edited_before_a_restore_of_data_waits_for_a_decision(ada, todo, todos):
    """A token that the API cannot read stands for one of the data before: see `tests/unit/api/test_push.py`."""
    asked: list[str] = []

    def older(route: Route) -> None:
        asked.append(route.request.method)
        if route.request.method == "POST" and len(asked) == 1:
            route.continue_(post_data={**route.request.post_data_json, "token": "older"})
        else:
            route.continue_()

    todos.page.route(CHANGES, lambda route: route.abort("internetdisconnected"))
    todos.rename("Buy milk", "Buy soy milk")
    todos.expect_pending(1)
    todos.page.unroute(CHANGES)
    todos.page.route(PULLS, lambda route: route.fulfill(status=410, json=EXPIRED))
    todos.page.route(CHANGES, older)
    token = todos.page.evaluate(TOKEN)
    time.sleep(1.1)  # a token tells the second in which it was made

    todos.page.evaluate(RETURN)
    assert wait_until(lambda: todos.page.evaluate(TOKEN) != token)  # else the question is asked once more
    todos.row("Buy soy milk").get_by_role("button", name="Needs your decision").click()
    conflict = todos.conflict()
    expect(conflict).to_contain_text("Buy soy milk")
    assert asked == ["POST", "GET"]
    assert set(listed(ada)) == {"Buy milk"}
    conflict.get_by_role("button", name="Keep mine").click()

    todos.expect_sent()
    assert wait_until(lambda: set(listed(ada)) == {"Buy soy milk"})


def test_what_is_edited_while_all_is_asked_for_is_sent_with_the_token_it_was_made_under(ada, todo, todos):
    sent: list[str | None] = []
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.post_data_json.get("token"))
            restarted(route, "sync_token_expired")
        elif held:
            route.continue_()
        else:
            held.append(route)

    token = todos.page.evaluate(TOKEN)
    todos.page.route(PULLS, lambda route: route.fulfill(status=410, json=EXPIRED))
    todos.page.route(CHANGES, hold)
    todos.page.evaluate(RETURN)
    assert wait_until(lambda: todos.page.evaluate("true") and len(held) == 1)

    todos.rename("Buy milk", "Buy soy milk")
    held[0].continue_()

    todos.expect_sent()
    assert set(listed(ada)) == {"Buy soy milk"}
    assert sent == [token]
    assert wait_until(lambda: todos.page.evaluate(TOKEN) not in (None, token))


def restarted(route: Route, code: str) -> None:
    """The mutations are applied, and the token is refused."""
    answer = route.fetch()
    results = answer.json()["results"]
    route.fulfill(json={"results": results, "restart": True, "code": code})


def test_tags_of_two_devices_come_together(ada, todo, todos):
    todos.page.evaluate(HAVE_DETAILS)
    todos.page.context.set_offline(True)
    details = todos.details("Buy milk")
    details.get_by_label("Tags").fill("shop, urgent")
    details.get_by_role("button", name="Save").click()
    changed_elsewhere(ada, todo, tags=["home", "shop", "friday"])

    todos.page.context.set_offline(False)

    todos.expect_sent()
    expect(todos.page.get_by_role("dialog")).to_have_count(0)
    assert listed(ada)["Buy milk"]["tags"] == ["shop", "friday", "urgent"]
    expect(todos.row("Buy milk")).to_contain_text("friday")


def test_offline_edits_of_two_browsers_end_the_same(visits, ada, todo, todos):
    other = TodoPage(visits.open(person=ada))
    expect(other.row("Buy milk")).to_be_visible()
    for one in (todos, other):
        one.page.context.set_offline(True)
    todos.rename("Buy milk", "Buy oat milk")
    todos.add("From the first")
    other.complete("Buy milk")
    other.add("From the second")

    for one in (todos, other):
        one.page.context.set_offline(False)
        one.expect_sent()

    todos.page.evaluate(RETURN)
    expected = {"Buy oat milk", "From the first", "From the second"}
    assert set(listed(ada)) == expected
    assert listed(ada)["Buy oat milk"]["completed"]
    for one in (todos, other):
        one.page.get_by_role("combobox", name="Show").select_option(label="All")
        for title in expected:
            expect(one.row(title)).to_be_visible()
        expect(one.row("Buy oat milk").get_by_role("checkbox")).to_be_checked()
        expect(one.conflict()).to_have_count(0)


def test_a_double_press_adds_one_todo_and_completes_none(ada, todos):
    todos.page.get_by_label("New to-do").fill("Only once")
    todos.page.get_by_role("button", name="Add", exact=True).dblclick()
    expect(todos.row("Only once")).to_have_count(1)
    todos.row("Buy milk").get_by_role("checkbox").dblclick()

    todos.expect_sent()
    after = listed(ada)
    assert set(after) == {"Buy milk", "Only once"}
    assert not after["Buy milk"]["completed"]
    assert after["Only once"]["version"] == 1


def test_what_the_browser_received_goes_with_the_sign_out(api, ada, todos):
    grace = sign_up(api, name="Grace Hopper")
    wait_for_copy(todos.page, ada, 1)

    todos.page.get_by_role("button", name="Sign out").click()

    expect(todos.page.get_by_role("link", name="Sign up")).to_be_visible()
    assert wait_until(lambda: todos.page.evaluate("caches.keys()") == [])
    todos.page.goto("/sign-in")
    sign_in(todos.page, grace.email)
    expect(todos.page.get_by_text("All clear")).to_be_visible()
    expect(todos.row("Buy milk")).to_have_count(0)


def test_more_than_one_answer_holds_is_filtered_and_sorted_here(visits, ada):
    made = [
        {"id": str(uuid.uuid4()), "title": f"Task {number:04}", "createdAt": "2026-01-01T00:00:00Z"}
        for number in range(1100)
    ]
    for start in range(0, len(made), 100):
        answer = ada.request("POST", "/v1/todos/import", json={"todos": made[start : start + 100]})
        assert answer.status_code == 200, answer.text
        assert answer.json()["imported"] == 100, answer.text
    ada.create_todo(title="Due first", dueOn="2020-01-01")

    todos = TodoPage(visits.open(person=ada))

    expect(todos.row("Due first")).to_be_visible()
    assert todos.titles()[0] == "Due first"
    assert len(todos.titles()) < 300  # rows are drawn as they come near
    todos.page.get_by_role("searchbox", name="Search").fill("Task 0007")
    assert wait_until(lambda: todos.titles() == ["Task 0007"])
    assert pulls(visits, todos.page) <= 4


def test_a_request_that_is_refused_as_a_whole_stops_no_other_change(ada, todos):
    gate = Gate()
    refused: list[int] = []

    def refuse_poison(route: Route) -> None:
        if "Poison" not in (route.request.post_data or ""):
            gate.hold(route)
        else:
            refused.append(len(route.request.post_data_json["mutations"]))
            route.fulfill(status=400, json={"detail": "No.", "code": "malformed_json"})

    todos.page.route(CHANGES, refuse_poison)
    todos.add("First")
    assert wait_until(lambda: todos.page.evaluate("true") and len(gate.waiting) == 1)
    todos.add("Poison")
    todos.rename("Buy milk", "Buy oat milk")
    expect(todos.row("Buy oat milk")).to_be_visible()
    gate.open()

    question = todos.page.get_by_role("dialog", name="This change was refused")
    expect(question).to_contain_text("Poison")
    assert wait_until(lambda: todos.page.evaluate("true") and set(listed(ada)) == {"First", "Buy oat milk"})
    question.get_by_role("button", name="Discard the change").click()
    todos.expect_sent()
    assert refused == [2, 1]
