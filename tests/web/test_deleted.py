"""To-dos that another device deletes while this one is at work: they stay deleted, and no text is lost."""

import pytest
from playwright.sync_api import Route, expect

from support.processes import wait_until
from web.accessibility import assert_accessible
from web.todo_page import CHANGES, TodoPage

SEND_NOW = "import('/app/outbox.js').then(({ send }) => send({ now: true }))"


@pytest.fixture
def todo(ada):
    return ada.create_todo(title="Buy milk")


@pytest.fixture
def todos(visits, ada, todo) -> TodoPage:
    page = TodoPage(visits.open(person=ada))
    expect(page.row("Buy milk")).to_be_visible()
    return page


def delete_elsewhere(ada, todo_id):
    assert ada.request("DELETE", f"/v1/todos/{todo_id}").status_code == 204


def listed(ada):
    return {todo["title"]: todo for todo in ada.request("GET", "/v1/todos").json()["items"]}


def status_of(ada, todo):
    return ada.request("GET", f"/v1/todos/{todo['id']}").status_code


@pytest.mark.parametrize(
    ("choice", "kept"), [("Keep mine as a new to-do", ["Buy soy milk"]), ("Let it go", [])]
)
def test_a_change_of_it_may_be_kept_as_a_new_todo_or_dropped(ada, todo, todos, choice, kept):
    delete_elsewhere(ada, todo["id"])

    todos.rename("Buy milk", "Buy soy milk")

    question = todos.page.get_by_role("dialog", name="Deleted elsewhere")
    expect(question).to_contain_text("Buy soy milk")
    assert_accessible(todos.page)
    question.get_by_role("button", name=choice).click()

    expect(question).to_have_count(0)
    todos.expect_sent()
    assert todos.titles() == kept
    assert wait_until(lambda: list(listed(ada)) == kept)
    assert status_of(ada, todo) == 410


def test_deleting_it_again_is_done_without_a_question(ada, todo, todos):
    delete_elsewhere(ada, todo["id"])

    todos.delete("Buy milk")
    todos.page.evaluate(SEND_NOW)

    todos.expect_sent()
    expect(todos.page.get_by_role("dialog")).to_have_count(0)
    assert todos.titles() == []


def test_a_creation_whose_answer_was_lost_does_not_bring_it_back(ada, todos):
    lost: list[str] = []

    def lose_the_answer_and_delete(route: Route) -> None:
        if not lost:
            answer = route.fetch()
            assert answer.status == 201
            lost.append(answer.json()["id"])
            delete_elsewhere(ada, lost[0])
            route.abort("connectionreset")
        else:
            route.continue_()

    todos.page.route(CHANGES, lose_the_answer_and_delete)

    todos.add("Written on the train")
    assert wait_until(lambda: todos.page.evaluate("true") and lost)
    todos.page.evaluate(SEND_NOW)

    todos.expect_sent()
    expect(todos.page.get_by_role("dialog")).to_have_count(0)
    expect(todos.row("Written on the train")).to_have_count(0)
    assert list(listed(ada)) == ["Buy milk"]


def test_a_deletion_that_was_sent_can_be_undone(ada, todo, todos):
    todos.keep_messages()
    todos.delete("Buy milk")
    todos.page.evaluate(SEND_NOW)
    assert wait_until(lambda: todos.page.evaluate("true") and status_of(ada, todo) == 410)
    todos.expect_sent()

    todos.page.get_by_role("button", name="Undo").click()

    expect(todos.row("Buy milk")).to_be_visible()
    todos.expect_sent()
    restored = listed(ada)["Buy milk"]
    assert (restored["id"], restored["version"]) == (todo["id"], 3)


def test_an_undo_of_what_was_restored_and_deleted_elsewhere_is_a_question(ada, todo, todos):
    todos.keep_messages()
    todos.delete("Buy milk")
    todos.page.evaluate(SEND_NOW)
    assert wait_until(lambda: todos.page.evaluate("true") and status_of(ada, todo) == 410)
    todos.expect_sent()
    url, body, over = f"/v1/todos/{todo['id']}", {"title": "Theirs"}, {"If-Match": '"2"'}
    assert ada.request("PUT", url, json=body, headers=over).status_code == 201
    delete_elsewhere(ada, todo["id"])

    todos.page.get_by_role("button", name="Undo").click()
    question = todos.page.get_by_role("dialog", name="Deleted elsewhere")
    question.get_by_role("button", name="Keep mine as a new to-do").click()

    todos.expect_sent()
    assert status_of(ada, todo) == 410
    assert listed(ada)["Buy milk"]["id"] != todo["id"]


def test_a_full_account_says_so_and_keeps_the_text(ada, todos):
    problem = {
        "status": 409,
        "code": "quota_exceeded",
        "detail": "You have as many to-dos as you may keep. Delete some first.",
        "usage": {"todos": 10_000, "maxTodos": 10_000},
    }
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=409, json=problem, content_type="application/problem+json")

    todos.page.route(CHANGES, refuse_once)

    todos.add("One too many")

    question = todos.page.get_by_role("dialog", name="This change was refused")
    expect(question).to_contain_text("Delete some first.")
    expect(question).to_contain_text("One too many")
    question.get_by_role("button", name="Try again").click()
    todos.expect_sent()
    assert "One too many" in listed(ada)
