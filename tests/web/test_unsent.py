"""The store of unsent changes, and how it coalesces them."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from web.browser import Visits
from web.todo_page import TodoPage

BASE = {"id": "1", "title": "Milk", "notes": "", "completed": False, "version": 3}

LOAD = """
() => Promise.all([import("/app/changes.js"), import("/app/unsent.js")]).then(([changes, unsent]) => {
  Object.assign(window, { changes, unsent });
})
"""

SEND_AND_ADD = """
async (tab) => {
  const sent = [];
  for (let number = 0; number < 100; number++) {
    const key = `${tab}${number}`;
    unsent.append("ada", { key, id: `${number % 5}`, kind: "create", fields: { [key]: true }, base: null });
    if (number % 3 > 0) continue;
    const next = changes.nextToSend(await unsent.update("ada", (kept) => changes.begun(kept, 0)), 0);
    if (!next || next.tried) continue;
    sent.push(...Object.keys(next.fields));
    await unsent.update("ada", (kept) => changes.settled(kept, next, null));
  }
  const left = await unsent.update("ada", (kept) => kept);
  return { sent, left: left.flatMap(({ fields }) => Object.keys(fields)) };
}
"""
"""What a page does, without the network: changes come in while others are on their way."""


@pytest.fixture
def page(visits: Visits) -> Page:
    page = visits.open("/sign-in")
    page.evaluate(LOAD)
    return page


def change(key: str, kind: str = "change", **more: Any) -> dict[str, Any]:
    return {"key": key, "id": "1", "kind": kind, "fields": {}, "base": BASE, **more}


def run(page: Page, function: str, *arguments: Any) -> Any:
    return page.evaluate("([name, given]) => changes[name](...given)", [function, list(arguments)])


def kept(page: Page, user: str = "ada") -> list[dict[str, Any]]:
    return page.evaluate("(user) => unsent.update(user, (changes) => changes)", user)


def append(page: Page, one: dict[str, Any], user: str = "ada") -> None:
    page.evaluate("([user, one]) => unsent.append(user, one)", [user, one])


def test_nothing_of_two_tabs_is_lost_or_taken_twice(page):
    other = page.context.new_page()
    other.goto("/sign-in")
    other.evaluate(LOAD)

    for tab, name in ((page, "a"), (other, "b")):
        tab.evaluate("([work, name]) => { window.work = (0, eval)(work)(name); }", [SEND_AND_ADD, name])
    results = [tab.evaluate("work") for tab in (page, other)]

    sent = [key for result in results for key in result["sent"]]
    left = [key for one in kept(page) for key in one["fields"]]
    assert sorted(sent + left) == sorted(f"{name}{number}" for name in "ab" for number in range(100))
    assert kept(page) == kept(other)


def test_what_is_kept_of_one_user_is_not_anothers(page):
    append(page, change("a", "create", fields={"title": "Milk"}, base=None))

    assert kept(page, "grace") == []
    assert page.evaluate("unsent.read('grace')") == []
    assert [one["key"] for one in kept(page)] == ["a"]


def test_what_is_being_kept_is_read_at_once(page):
    read = """
    (one) => {
      const done = unsent.append("ada", one);
      const before = unsent.read("ada");
      return done.then(() => [before, unsent.read("ada")]);
    }
    """
    before, after = page.evaluate(read, change("a", fields={"title": "Oat milk"}))

    assert [(one["key"], one["fields"]) for one in before] == [("a", {"title": "Oat milk"})]
    assert [(one["key"], one["fields"]) for one in after] == [("a", {"title": "Oat milk"})]


def test_a_change_being_sent_is_marked_and_taken_by_no_other_tab(page):
    append(page, change("a", fields={"title": "Oat milk"}))
    append(page, change("b", fields={"notes": "Two"}))

    before = page.evaluate("unsent.update('ada', (kept) => changes.begun(kept, 0))")
    append(page, change("c", fields={"title": "Soy milk"}))

    assert [(one["key"], one["fields"]) for one in before] == [("a", {"title": "Oat milk", "notes": "Two"})]
    assert [(one["key"], one.get("tried")) for one in kept(page)] == [("a", 1), ("c", None)]


def test_what_was_changed_in_one_tab_while_another_deleted_it_stays(page):
    append(page, change("a", "delete", heldUntil=9))
    append(page, change("b", fields={"notes": "Two"}))

    (left,) = kept(page)

    assert (left["kind"], left["fields"], left["base"]["version"]) == ("change", {"notes": "Two"}, 3)
    assert "heldUntil" not in left


def test_a_decision_is_one_of_what_was_asked_about(page):
    refused = change("a", fields={"title": "Oat milk"}, tried=1, problem={"status": 412})
    later = change("b", fields={"notes": "Two"})
    theirs = {**BASE, "title": "Soy milk", "version": 4}

    assert run(page, "decided", [refused], [refused], theirs, theirs, {"key": "c"}) == []
    assert run(page, "decided", [refused, later], [refused], theirs, theirs, {}) == [refused, later]
    retried = {**refused, "problem": None}
    assert run(page, "decided", [retried], [refused], theirs, theirs, {}) == [retried]
    assert run(page, "decided", [], [refused], theirs, theirs, {}) == []


def test_a_deletion_that_has_been_sent_is_undone_by_making_the_todo_again(page):
    sent = change("a", "delete", tried=1)

    again = run(page, "undeleted", [sent], {**BASE, "title": "Milk"}, {"key": "b"})

    assert [(one["key"], one["kind"]) for one in again] == [("a", "delete"), ("b", "create")]
    assert again[1]["fields"]["title"] == "Milk"


def test_a_change_that_cannot_be_stored_is_reported(visits, ada):
    todos = TodoPage(visits.open(person=ada))
    todos.page.evaluate(
        "() => { IDBObjectStore.prototype.add = () => { throw new DOMException('', 'QuotaExceededError'); }; }"
    )

    todos.add("One too many")

    expect(todos.page.get_by_text("This browser has no space left")).to_be_visible()
    expect(todos.row("One too many")).to_have_count(0)
