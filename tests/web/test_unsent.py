"""The store of unsent changes, and how it coalesces them."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from web.browser import Visits
from web.todo_page import TodoPage

BASE = {"id": "1", "title": "Milk", "notes": "", "completed": False, "version": 3}

LOAD = """
async () => {
  const parts = [import("/app/changes.js"), import("/app/answers.js"), import("/app/outdated.js")];
  const changes = Object.assign({}, ...(await Promise.all(parts)));
  Object.assign(window, { changes, unsent: await import("/app/unsent.js") });
}
"""

SEND_AND_ADD = """
async (tab) => {
  const sent = [];
  for (let number = 0; number < 100; number++) {
    const key = `${tab}${number}`;
    unsent.append("ada", { key, id: `${number % 5}`, kind: "create", fields: { [key]: true }, base: null });
    if (number % 3 > 0) continue;
    const next = changes.nextToSend(await unsent.update("ada", (kept) => changes.begun(kept, 0)), 0);
    const own = next.filter(({ tried }) => !tried);
    sent.push(...own.flatMap(({ fields }) => Object.keys(fields)));
    for (const one of own) await unsent.update("ada", (kept) => changes.settled(kept, one, null));
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
    refused = change(
        "a", fields={"title": "Oat milk"}, tried=1, problem={"result": "conflict", "code": "changed"}
    )
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


def result(key: str, verdict: str, **more: Any) -> dict[str, Any]:
    return {"mutationId": key, "id": "1", "result": verdict, **more}


def test_what_was_accepted_together_is_told_as_one_todo(page):
    sent = [change("a", fields={"title": "Oat milk"}), change("b", fields={"notes": "Two"})]
    results = [result(key, "applied", version=4, revision=9) for key in "ab"]

    answered = run(page, "answered", [*sent, change("c", fields={"completed": True})], sent, results)

    (news,) = answered["news"]
    assert (news["version"], news["data"]["title"], news["data"]["notes"]) == (4, "Oat milk", "Two")
    (left,) = answered["changes"]
    assert (left["key"], left["base"]["version"], left["base"]["title"]) == ("c", 4, "Oat milk")


def test_a_replay_tells_nothing_of_what_came_later(page):
    sent = [change("a", "create", fields={"title": "Milk"}, base=None)]

    answered = run(page, "answered", sent, sent, [result("a", "replayed", version=1, revision=9)])

    assert (answered["news"], answered["changes"], answered["refused"]) == ([], [], [])


@pytest.mark.parametrize(("theirs", "version"), [({"notes": "Two"}, 5), ({"title": "Soy milk"}, 3)])
def test_what_waits_behind_a_merge_builds_on_it_unless_it_overlaps(page, theirs, version):
    sent = [change("a", fields={"completed": True})]
    waiting = change("b", fields={"title": "Oat milk"})
    current = {**BASE, **theirs, "completed": True, "version": 5}

    answered = run(
        page, "answered", [*sent, waiting], sent, [result("a", "merged", version=5, current=current)]
    )

    assert [one["base"]["version"] for one in answered["changes"]] == [version]


@pytest.mark.parametrize(
    ("kind", "verdict", "more", "is_done"),
    [
        ("change", "conflict", {"current": {**BASE, "version": 4}}, False),
        ("change", "gone", {"version": 4}, False),
        ("change", "invalid", {}, False),
        ("delete", "conflict", {"current": {**BASE, "version": 4}}, False),
        ("delete", "gone", {"version": 4}, True),
        ("create", "gone", {"version": 2}, True),
        ("create", "conflict", {"current": BASE}, True),
        ("create", "invalid", {}, False),
        ("restore", "gone", {}, False),
        ("restore", "conflict", {}, False),
        ("restore", "conflict", {"current": BASE}, True),
    ],
)
def test_what_is_not_done_waits_for_a_decision(page, kind, verdict, more, is_done):
    restores = kind == "restore"
    sent = [change("a", "create", over=4, base=None) if restores else change("a", kind)]

    answered = run(page, "answered", sent, sent, [result("a", verdict, code="x", **more)])

    assert [one["problem"]["result"] for one in answered["changes"]] == ([] if is_done else [verdict])
    assert len(answered["refused"]) == (not is_done)


LATEST = 2**53 - 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (change("a"), change("a", base={**BASE, "version": LATEST})),
        (change("a", "create", base=None), change("a", "create", base=None)),
        (change("a", "create", base=None, over=4), change("a", "create", base=None, over=LATEST)),
        (change("a", "create", base=None, over=0), change("a", "create", base=None, over=0)),
        (
            change("a", problem={"code": "restored", "current": BASE}),
            change("a", base={**BASE, "version": LATEST}, problem={"code": "changed"}),
        ),
        (
            change("a", "create", base=None, problem={"code": "quota_exceeded"}),
            change("a", "create", base=None, problem={"code": "quota_exceeded"}),
        ),
    ],
)
def test_what_waits_for_a_decision_knows_no_version_of_other_data(page, before, after):
    found = page.evaluate(
        "(one) => { const it = changes.outdated(one); return [it, changes.mutation(it)]; }", before
    )

    problem = found[0]["problem"] or {}
    assert found[1] == run(page, "mutation", after)
    assert (problem.get("code"), problem.get("current")) == (after.get("problem", {}).get("code"), None)


def test_tags_go_as_those_that_the_user_added_and_removed(page):
    changed = change("a", fields={"tags": ["b", "c"], "notes": ""}, seenTags=["a", "b"])

    mutation = run(page, "mutation", changed)

    assert mutation["patch"] == {"notes": "", "tags": {"add": ["c"], "remove": ["a"]}}
    assert (mutation["mutationId"], mutation["op"], mutation["ifVersion"]) == ("a", "patch", 3)


@pytest.mark.parametrize(("over", "version"), [(4, 4), (0, None)])
def test_an_undone_deletion_goes_as_a_restore_of_that_version(page, over, version):
    mutation = run(page, "mutation", change("a", "create", fields={"title": "Milk"}, base=None, over=over))

    assert (mutation["op"], mutation["ifVersion"], mutation["data"]) == (
        "restore",
        version,
        {"title": "Milk"},
    )


def test_a_request_holds_100_changes_and_less_than_a_megabyte(page):
    many = [change(f"{n}", "create", id=f"{n}", fields={"title": "x"}, base=None) for n in range(120)]
    large = [{**one, "fields": {"title": "x", "notes": "ü" * 10_000}} for one in many]

    assert len(run(page, "nextToSend", many, 0)) == 100
    assert 20 < len(run(page, "nextToSend", large, 0)) < 40
    assert len(run(page, "nextToSend", [{**many[0], "failures": 1}, *many[1:]], 0)) == 1
    assert len(run(page, "nextToSend", [*many[:5], {**many[5], "failures": 1}], 0)) == 5


def test_a_change_that_cannot_be_stored_is_reported(visits, ada):
    todos = TodoPage(visits.open(person=ada))
    todos.page.evaluate(
        "() => { IDBObjectStore.prototype.add = () => { throw new DOMException('', 'QuotaExceededError'); }; }"
    )

    todos.add("One too many")

    expect(todos.page.get_by_text("This browser has no space left")).to_be_visible()
    expect(todos.row("One too many")).to_have_count(0)
