"""A to-do that cannot be drawn: its row says so and offers to delete it, and the rest of the page works."""

import uuid

import pytest
from playwright.sync_api import Page, Route, expect

from web.accessibility import assert_accessible
from web.screens import settled
from web.todo_page import TodoPage

LIST = "**/v1/sync"


def old_due_date(aws, env, person, todo, **due):
    """As a version before this one has stored it."""
    user_id = person.request("GET", "/v1/users/me").json()["id"]
    names = {f"#{name}": name for name in due}
    aws.client("dynamodb").update_item(
        TableName=env["TODOS_TABLE"],
        Key={"userId": {"S": user_id}, "todoId": {"S": todo["id"]}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in due),
        ExpressionAttributeNames=names,
        ExpressionAttributeValues={f":{name}": {"S": value} for name, value in due.items()},
    )


def spoil(page: Page, title: str, **fields):
    """Have an answer to a browser without a token hold a to-do as no API sends it."""

    def answer(route: Route) -> None:
        response = route.fetch()
        answered = response.json()
        todos = [change["data"] for change in answered["changes"] if change["type"] == "todo"]
        for todo in filter(None, todos):
            todo.update(fields if todo["title"] == title else {})
        route.fulfill(response=response, json=answered)

    page.route(LIST, answer)


@pytest.mark.parametrize(
    "due",
    [
        {"dueOn": "0026-11-29"},
        {"dueAt": "0026-11-29T10:00:00.000Z"},
        {"dueAt": "0001-01-01T00:00:00.000Z"},
    ],
    ids=str,
)
def test_a_todo_of_the_year_26_is_drawn_mended_and_deleted(visits, aws, env, ada, due):
    moment = due.get("dueAt", f"{due.get('dueOn')}T00:00:00.000Z")
    for title in ("Mend", "Delete"):
        todo = ada.create_todo(title=title)
        old_due_date(aws, env, ada, todo, **due, dueKey=f"{moment}#{todo['id']}")
    todos = TodoPage(visits.open(person=ada))
    expect(todos.row("Mend")).to_contain_text("overdue")

    details = todos.details("Mend")
    details.get_by_role("button", name="Save").click()
    expect(details).to_be_visible()  # it asks for a day that the API takes
    details.get_by_label("Due date").fill("2040-11-29")
    details.get_by_role("button", name="Save").click()
    expect(todos.row("Mend")).to_contain_text("2040")
    todos.delete("Delete")
    todos.page.get_by_role("button", name="Dismiss").click()

    todos.expect_sent()
    (left,) = ada.request("GET", "/v1/todos").json()["items"]
    assert (left["dueOn"] or left["dueAt"]).startswith("2040-11-2")


@pytest.mark.parametrize(
    "fields", [{"tags": None}, {"dueAt": "never"}, {"priority": None}, {"notes": 7}], ids=str
)
def test_a_row_that_cannot_be_drawn_can_be_deleted_and_the_others_work(visits, ada, fields):
    todo = ada.create_todo(title="Odd")
    ada.create_todo(title="Fine")
    page = visits.open("/account", ada)
    spoil(page, "Odd", **fields)
    page.goto("/")
    todos = TodoPage(page)
    odd = page.get_by_role("listitem").filter(has_text="cannot be shown")

    expect(odd).to_contain_text(todo["id"])
    expect(todos.row("Fine")).to_be_visible()
    assert_accessible(page)
    todos.add("New")
    todos.rename("Fine", "Better")
    expect(todos.row("Better")).to_be_visible()
    odd.get_by_role("button", name=f"Delete to-do {todo['id']}").click()
    expect(odd).to_have_count(0)
    page.get_by_role("button", name="Dismiss").click()

    todos.expect_sent()
    left = ada.request("GET", "/v1/todos").json()["items"]
    assert {one["title"] for one in left} == {"New", "Better"}


def test_a_row_is_drawn_again_once_it_can_be(visits, ada):
    todo = ada.create_todo(title="Odd")
    page = visits.open("/account", ada)
    spoil(page, "Odd", tags=None)
    page.goto("/")
    expect(page.get_by_text("cannot be shown")).to_be_visible()
    page.unroute(LIST)

    page.get_by_label("Show").select_option("all")
    assert ada.request("PATCH", f"/v1/todos/{todo['id']}", json={"tags": ["x"]}).status_code == 200
    page.get_by_label("Show").select_option("open")

    expect(TodoPage(page).row("Odd")).to_be_visible()
    expect(page.get_by_text("cannot be shown")).to_have_count(0)


def test_a_page_that_cannot_be_drawn_says_so_and_can_be_tried_again(visits, ada):
    page = visits.open("/account", ada)
    page.route(LIST, lambda route: route.fulfill(json={"changes": None, "hasMore": False, "nextToken": "x"}))
    page.goto("/")
    expect(page.get_by_role("alert")).to_contain_text("Something went wrong in this page.")
    page.unroute(LIST)

    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_text("All clear")).to_be_visible()
    watch = visits.watch(page)
    assert any("TypeError" in complaint for complaint in watch.settle())
    watch.complaints.clear()


def test_a_table_shows_the_rows_that_it_can(visits, admin, ada):
    page = visits.open("/account", admin)

    def spoilt(route: Route) -> None:
        response = route.fetch()
        listed = response.json()
        listed["items"] = [{**one, "status": "odd"} for one in listed["items"][:1]] + listed["items"][1:]
        route.fulfill(response=response, json=listed)

    page.route("**/v1/admin/users*", spoilt)
    page.goto("/admin/users")
    settled(page)

    expect(page.get_by_role("row").filter(has_text="cannot be shown")).to_have_count(1)
    assert page.get_by_role("row").count() > 2


def test_a_code_may_hold_blanks(visits, api):
    email = f"p{uuid.uuid4().hex[:12]}@example.com"
    assert (
        api.post("/v1/auth/signup", json={"email": email, "password": "Correct-Horse-7"}).status_code == 201
    )
    page = visits.open(f"/confirm?email={email}")

    page.get_by_label("Code").fill(" 123 456 ")
    page.get_by_role("button", name="Confirm").click()

    page.wait_for_url("**/sign-in?**confirmed")
