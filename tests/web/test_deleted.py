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
            (result,) = route.fetch().json()["results"]
            assert result["result"] == "applied"
            lost.append(result["id"])
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


def answer_once(todos: TodoPage, **result):
    """The server answers so to the first mutation, and as it does to the later ones."""
    refused: list[str] = []

    def answer(route: Route) -> None:
        mutations = route.request.post_data_json["mutations"]
        if refused or len(mutations) != 1:
            route.continue_()
            return
        refused.append(route.request.url)
        route.fulfill(
            json={
                "results": [{"mutationId": mutations[0]["mutationId"], "id": mutations[0]["id"], **result}],
                "changes": [],
                "hasMore": False,
                "nextToken": route.request.post_data_json["token"],
            }
        )

    todos.page.route(CHANGES, answer)


def test_a_full_account_says_so_and_keeps_the_text(ada, todos):
    answer_once(todos, result="invalid", code="quota_exceeded")

    todos.add("One too many")

    question = todos.page.get_by_role("dialog", name="This change was refused")
    expect(question).to_contain_text("Delete some first.")
    expect(question).to_contain_text("One too many")
    question.get_by_role("button", name="Try again").click()
    todos.expect_sent()
    assert "One too many" in listed(ada)


def test_an_invalid_change_says_what_is_wrong_in_it(ada, todos):
    error = {"pointer": "/patch/title", "code": "too_long", "message": "At most 500 characters."}
    answer_once(todos, result="invalid", code="validation_failed", errors=[error])

    todos.rename("Buy milk", "Buy oat milk")

    question = todos.page.get_by_role("dialog", name="This change was refused")
    expect(question).to_contain_text("validation_failed")
    expect(question).to_contain_text("/patch/title: At most 500 characters.")
    question.get_by_role("button", name="Discard the change").click()
    todos.expect_sent()
    assert list(listed(ada)) == ["Buy milk"]
    expect(todos.row("Buy milk")).to_be_visible()
