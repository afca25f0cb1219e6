"""Changes without a network: kept, shown as pending, and sent once and in order when it is back."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from support.people import sign_up
from support.processes import wait_until
from web.accessibility import assert_accessible
from web.browser import Visits
from web.gate import Gate
from web.screens import sign_in
from web.todo_page import CHANGES, TodoPage


@pytest.fixture
def todos(visits, ada) -> TodoPage:
    ada.create_todo(title="Buy milk")
    ada.create_todo(title="Call Grace")
    page = TodoPage(visits.open(person=ada))
    expect(page.row("Buy milk")).to_be_visible()
    return page


def stored(person):
    return {todo["title"]: todo for todo in person.request("GET", "/v1/todos").json()["items"]}


def sent(visits: Visits, page: Page) -> int:
    """How many requests with changes have arrived."""
    visits.watch(page).settle()
    return visits.watch(page).answered.count("POST /v1/sync")


def cut(page: Page) -> None:
    """Changes cannot reach the server; the page can still be loaded."""
    page.route(CHANGES, lambda route: route.abort("internetdisconnected"))


def test_changes_wait_for_the_network_and_are_sent_once(visits, ada, todos):
    todos.page.context.set_offline(True)

    todos.add("Written on the train")
    todos.rename("Buy milk", "Buy oat milk")
    todos.complete("Call Grace")

    expect(todos.row("Written on the train").get_by_text("Pending")).to_be_visible()
    expect(todos.row("Buy oat milk").get_by_text("Pending")).to_be_visible()
    todos.expect_pending(3)
    assert_accessible(todos.page)
    assert set(stored(ada)) == {"Buy milk", "Call Grace"}

    todos.page.context.set_offline(False)

    todos.expect_sent()
    after = stored(ada)
    assert set(after) == {"Written on the train", "Buy oat milk", "Call Grace"}
    assert after["Call Grace"]["completed"]
    assert [after[title]["version"] for title in after] == [
        1 if title == "Written on the train" else 2 for title in after
    ]
    assert sent(visits, todos.page) == 1


DETAILS = "/pages/todos/details.js"


def test_details_are_fetched_two_seconds_after_the_page(visits, ada):
    ada.create_todo(title="Buy milk")
    page = visits.open("/account", ada)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.install()
    page.goto("/")
    expect(TodoPage(page).row("Buy milk")).to_be_visible()

    page.clock.run_for(2_100)

    assert wait_until(lambda: page.evaluate("true") and any(url.endswith(DETAILS) for url in asked))


def test_details_that_did_not_come_before_the_network_went_open_when_it_is_back(todos):
    todos.page.route(f"**{DETAILS}", lambda route: route.abort("internetdisconnected"))
    dialog = todos.details("Buy milk")
    expect(todos.page.get_by_text("They open when the network is back")).to_be_visible()
    expect(dialog).to_have_count(0)
    todos.page.unroute(f"**{DETAILS}")

    todos.page.evaluate("dispatchEvent(new Event('online'))")

    expect(dialog).to_be_visible()


def test_several_changes_of_one_todo_are_one(ada, todos):
    todos.page.context.set_offline(True)

    todos.add("Draft")
    todos.rename("Draft", "Second draft")
    todos.rename("Second draft", "Final")
    todos.rename("Buy milk", "Buy soy milk")
    todos.rename("Buy soy milk", "Buy oat milk")
    expect(todos.row("Final").get_by_text("Pending")).to_be_visible()
    todos.page.context.set_offline(False)
    todos.expect_sent()

    after = stored(ada)
    assert set(after) == {"Final", "Buy oat milk", "Call Grace"}
    assert after["Final"]["version"] <= 2  # the first draft had been sent once, and may have arrived
    assert after["Buy oat milk"]["version"] == 2


def test_what_was_made_and_deleted_offline_is_gone(ada, todos):
    todos.page.context.set_offline(True)
    todos.add("A slip")
    todos.delete("A slip")
    expect(todos.row("A slip")).to_have_count(0)

    todos.page.context.set_offline(False)

    todos.expect_sent()
    todos.add("Afterwards")
    assert wait_until(lambda: "Afterwards" in stored(ada))
    assert set(stored(ada)) == {"Buy milk", "Call Grace", "Afterwards"}


def test_unsent_changes_survive_a_reload(ada, todos):
    cut(todos.page)
    todos.add("Written on the train")
    todos.rename("Buy milk", "Buy oat milk")
    todos.expect_pending(2)

    todos.page.reload()

    expect(todos.row("Written on the train").get_by_text("Pending")).to_be_visible()
    expect(todos.row("Buy oat milk").get_by_text("Pending")).to_be_visible()
    assert set(stored(ada)) == {"Buy milk", "Call Grace"}
    todos.send_now()
    todos.expect_sent()
    assert set(stored(ada)) == {"Written on the train", "Buy oat milk", "Call Grace"}


@pytest.mark.parametrize(("status", "code"), [(503, "unavailable"), (429, "contention")])
def test_a_busy_server_is_asked_again(visits, ada, todos, status, code):
    refusals: list[str] = []
    gate = Gate()

    def refuse_twice(route: Route) -> None:
        if len(refusals) < 2:
            refusals.append(route.request.method)
            route.fulfill(status=status, headers={"Retry-After": "1"}, json={"detail": "Busy.", "code": code})
        else:
            gate.hold(route)

    todos.page.route(CHANGES, refuse_twice)

    todos.rename("Buy milk", "Buy oat milk")

    assert wait_until(lambda: todos.page.evaluate("true") and len(gate.waiting) == 1)
    expect(todos.row("Buy oat milk").get_by_text("Pending")).to_be_visible()
    gate.open()
    todos.expect_sent()
    assert refusals == ["POST", "POST"]
    assert stored(ada)["Buy oat milk"]["version"] == 2


def test_rows_stay_in_place_when_the_network_goes(todos):
    """A press that has begun on one must not end on another."""
    held: list[Route] = []
    todos.page.route(CHANGES, lambda route: held.append(route))
    todos.add("Written on the train")
    assert wait_until(lambda: todos.page.evaluate("true") and held)
    title = todos.row("Buy milk").get_by_role("button", name="Buy milk", exact=True)
    title.hover()
    place = title.bounding_box()

    todos.page.mouse.down()
    held[0].abort("internetdisconnected")
    todos.expect_pending(1)
    expect(todos.row("Written on the train").get_by_text("Pending")).to_be_visible()

    assert title.bounding_box() == place
    todos.page.mouse.up()
    expect(todos.page.get_by_role("textbox", name="Title")).to_be_focused()


def test_a_lost_answer_makes_nothing_twice_and_is_no_conflict(ada, todos):
    lost: list[Any] = []
    answers: list[Any] = []

    def lose_the_first_answers(route: Route) -> None:
        answer = route.fetch()
        assert answer.ok
        answers.extend(answer.json()["results"])
        if len(lost) < 2:
            lost.append(route.request.post_data_json["mutations"])
            route.abort("connectionreset")
        else:
            route.fulfill(response=answer)

    todos.page.route(CHANGES, lose_the_first_answers)

    todos.add("Written on the train")
    todos.rename("Buy milk", "Buy oat milk")

    todos.expect_sent()
    expect(todos.conflict()).to_have_count(0)
    first, second = lost
    assert {one["mutationId"] for one in first} <= {one["mutationId"] for one in second}
    seen: set[str] = set()
    for answer in answers:
        assert answer["result"] == ("replayed" if answer["mutationId"] in seen else "applied")
        seen.add(answer["mutationId"])
    assert len(seen) == 2
    after = stored(ada)
    assert set(after) == {"Written on the train", "Buy oat milk", "Call Grace"}
    assert (after["Written on the train"]["version"], after["Buy oat milk"]["version"]) == (1, 2)


def test_unsent_changes_are_never_sent_as_another_user(visits, api, ada, todos):
    grace = sign_up(api, name="Grace Hopper")
    cut(todos.page)
    todos.add("Only for Ada")
    todos.expect_pending(1)

    todos.page.get_by_role("button", name="Sign out").click()
    warning = todos.page.get_by_role("dialog", name="Sign out with unsent changes?")
    expect(warning).to_be_visible()
    warning.get_by_role("button", name="Sign out").click()
    expect(todos.page.get_by_role("link", name="Sign up")).to_be_visible()
    todos.page.goto("/sign-in")
    todos.page.unroute(CHANGES)
    sign_in(todos.page, grace.email)
    todos.add("Made by Grace")

    expect(todos.row("Made by Grace")).to_be_visible()
    todos.expect_sent()
    assert wait_until(lambda: set(stored(grace)) == {"Made by Grace"})
    assert set(stored(ada)) == {"Buy milk", "Call Grace"}
