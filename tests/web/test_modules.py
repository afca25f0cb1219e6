"""The app's pure modules, in the browser that runs them, in a time zone ahead of UTC."""

from typing import Any
from unicodedata import category

import pytest
from playwright.sync_api import Page

from app.text import fold
from support.vectors import TEXT
from web.browser import Visits

OLD = {
    "id": "1",
    "title": "Milk",
    "notes": "",
    "completed": False,
    "dueOn": None,
    "dueAt": None,
    "priority": "none",
    "tags": [],
    "list": "inbox",
    "version": 3,
}


@pytest.fixture
def page(visits: Visits) -> Page:
    return visits.open("/sign-in")


def run(page: Page, module: str, function: str, *arguments: Any) -> Any:
    """Return the result of a function of the app."""
    call = "([module, name, given]) => import(`/app/${module}.js`).then((found) => found[name](...given))"
    return page.evaluate(call, [module, function, list(arguments)])


def change(key: str, kind: str = "change", **more: Any) -> dict[str, Any]:
    return {"key": key, "id": "1", "kind": kind, "fields": {}, "base": OLD, **more}


def test_an_unsent_change_takes_in_the_next_one_of_its_todo(page):
    first = change("a", fields={"title": "Oat milk", "priority": "high"})

    (melted,) = run(page, "changes", "enqueued", [first], change("b", fields={"title": "Soy milk"}))

    assert melted["key"] == "a"
    assert melted["fields"] == {"title": "Soy milk", "priority": "high"}
    assert melted["base"]["version"] == 3


def test_a_change_and_its_opposite_are_none(page):
    done = change("a", fields={"completed": True})

    assert run(page, "changes", "enqueued", [done], change("b", fields={"completed": False})) == []


@pytest.mark.parametrize(
    ("sent", "back", "more"),
    [
        ({"title": "Oat milk"}, {"title": "Milk"}, {"notes": "Two"}),
        ({"completed": True}, {"completed": False}, {"priority": "high"}),
    ],
)
def test_what_takes_back_a_sent_change_is_kept_when_the_next_one_joins_it(page, sent, back, more):
    on_its_way = change("a", fields=sent, tried=1)

    waiting = run(page, "changes", "enqueued", [on_its_way], change("b", fields=back))
    kept = run(page, "changes", "enqueued", waiting, change("c", fields=more))

    assert [(one["key"], one["fields"]) for one in kept] == [("a", sent), ("b", {**back, **more})]


def test_an_undone_deletion_brings_back_what_it_had_taken_in(page):
    on_its_way = change("a", fields={"title": "Oat milk"}, tried=1)
    waiting = change("b", fields={"notes": "Two"})
    queue = run(page, "changes", "enqueued", [on_its_way, waiting], change("c", "delete", heldUntil=9))

    kept = run(page, "changes", "undeleted", queue, {**OLD, "title": "Oat milk", "notes": "Two"})

    assert [one["kind"] for one in queue] == ["change", "delete"]
    assert kept == [on_its_way, change("b", fields={"notes": "Two"}, seenTags=OLD["tags"])]


def test_an_undone_deletion_that_had_taken_in_nothing_leaves_nothing(page):
    on_its_way = change("a", fields={"title": "Oat milk"}, tried=1)
    queue = run(page, "changes", "enqueued", [on_its_way], change("c", "delete", heldUntil=9))

    assert run(page, "changes", "undeleted", queue, {**OLD, "title": "Oat milk"}) == [on_its_way]


def test_what_was_made_and_deleted_unsent_is_none(page):
    made = change("a", "create", fields={"title": "A slip"}, base=None)

    assert run(page, "changes", "enqueued", [made], change("b", "delete")) == []


def test_a_change_that_was_sent_once_is_never_rewritten(page):
    sent = change("a", fields={"title": "Oat milk"}, tried=1)

    kept = run(page, "changes", "enqueued", [sent], change("b", fields={"title": "Soy milk"}))

    assert [one["key"] for one in kept] == ["a", "b"]
    assert kept[0] == sent


def test_what_is_made_on_top_of_a_sent_change_has_seen_no_later_version(page):
    """The list has learned of a later one meanwhile, under the change that hides it."""
    sent = change("a", fields={"title": "Oat milk"}, tried=1)
    later = {**OLD, "title": "By another", "version": OLD["version"] + 4}

    kept = run(page, "changes", "enqueued", [sent], change("b", fields={"title": "Soy milk"}, base=later))

    assert [one["base"]["version"] for one in kept] == [OLD["version"]] * 2


def test_changes_of_other_todos_are_left_alone(page):
    other = change("a", id="2", fields={"title": "Bread"})

    kept = run(page, "changes", "enqueued", [other], change("b", fields={"title": "Soy milk"}))

    assert [one["key"] for one in kept] == ["a", "b"]


def test_each_todo_is_sent_in_order_and_none_past_what_needs_a_decision(page):
    def keys(changes: list[dict[str, Any]], now: int) -> list[str]:
        return [one["key"] for one in run(page, "changes", "nextToSend", changes, now)]

    undecided = change("a", problem={"result": "conflict"})
    assert keys([undecided, change("b"), change("c", id="2"), change("d", id="2")], 0) == ["c", "d"]

    held = [change("a", "delete", heldUntil=1000), change("b", "create")]
    assert keys(held, 999) == []
    assert keys(held, 1000) == ["a", "b"]


@pytest.mark.parametrize(
    ("queue", "gone", "over"), [([change("a", "delete", tried=1)], 9, 4), ([], 5, 5), ([], None, None)]
)
def test_a_sent_deletion_is_undone_over_the_version_that_was_deleted(page, queue, gone, over):
    *_, made = run(page, "changes", "undeleted", queue, OLD, {"key": "b"}, gone)

    assert (made["kind"], made["base"], made["over"]) == ("create", None, over)


def test_what_waits_builds_on_the_answer(page):
    first, second = change("a", fields={"title": "Oat milk"}), change("b", fields={"notes": "Two"})
    answer = {**OLD, "title": "Oat milk", "version": 4}

    (left,) = run(page, "changes", "settled", [first, second], first, answer)

    assert (left["key"], left["base"]["version"]) == ("b", 4)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Buy milk", {"title": "Buy milk", "tags": []}),
        ("Buy milk #shop #home #shop", {"title": "Buy milk", "tags": ["shop", "home"]}),
        (
            "Call Ines !high @2040-05-17",
            {"title": "Call Ines", "tags": [], "priority": "high", "dueOn": "2040-05-17"},
        ),
        ("Room #1 is !important @nowhere", {"title": "Room #1 is !important @nowhere", "tags": []}),
        ("#shop", {"title": "#shop", "tags": []}),
        ("Pay @2040-02-30", {"title": "Pay @2040-02-30", "tags": []}),
        ("Pay @0026-11-29", {"title": "Pay @0026-11-29", "tags": []}),
        ("Meet #Cafe\u0301", {"title": "Meet", "tags": ["Caf\u00e9"]}),
        ("\u200b #shop", {"title": "\u200b #shop", "tags": []}),
    ],
)
def test_a_line_is_understood(page, line, expected):
    assert run(page, "quick", "parsed", line) == expected


def test_a_day_ends_where_the_user_is(page):
    overdue = """
    ([todo, now]) => import("/app/due.js").then(({ isOverdue }) => isOverdue(todo, new Date(now)))
    """
    day = {**OLD, "dueOn": "2040-01-10"}
    assert page.evaluate(overdue, [day, "2040-01-10T22:30:00Z"]) is False
    assert page.evaluate(overdue, [day, "2040-01-10T23:30:00Z"]) is True
    moment = {**OLD, "dueAt": "2040-01-10T10:00:00Z"}
    assert page.evaluate(overdue, [moment, "2040-01-10T09:59:59Z"]) is False
    assert page.evaluate(overdue, [moment, "2040-01-10T10:00:01Z"]) is True
    assert page.evaluate(overdue, [{**moment, "completed": True}, "2041-01-01T00:00:00Z"]) is False


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1500, "1.5 kB"), (2**30, "1.1 GB")],
)
def test_sizes_are_written_for_people(page, count, text):
    assert run(page, "units", "bytes", count).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Lovelace", "AL"),
        ("Ada King Lovelace", "AL"),
        ("ada@example.com", "A"),
        ("_@example.com", ""),
        ("-", ""),
    ],
)
def test_initials_of_a_name_without_letters_are_shown(page, name, letters):
    assert run(page, "header", "initials", name) == letters


@pytest.mark.parametrize(("text", "folded"), TEXT["fold"])
def test_text_is_folded_as_in_the_api(page, text, folded):
    assert run(page, "text", "fold", text) == folded


def test_every_character_is_folded_as_in_the_api(page):
    """But for those that one of the two does not know yet."""
    points = [point for point in range(0x20000) if category(chr(point)) not in ("Cn", "Cs")]
    call = """
    (points) => import("/app/text.js").then(({ fold }) => points.map((one) => fold(String.fromCodePoint(one))))
    """

    found = page.evaluate(call, points)

    assert [(hex(p), f) for p, f in zip(points, found, strict=True) if f != fold(chr(p))] == []


def test_a_search_finds_what_the_api_finds(page):
    call = """
    ([title, q]) => import("/app/filters.js").then(({ fromQuery, isMatch }) =>
      isMatch({ title, notes: "", tags: [], completed: false }, fromQuery(new URLSearchParams({ q }))))
    """
    for expected, examples in ((True, TEXT["found"]), (False, TEXT["notFound"])):
        for title, q in examples:
            assert page.evaluate(call, [title, q]) is expected, (title, q)


def test_text_of_invisible_characters_is_blank_as_in_the_api(page):
    assert [text for text in TEXT["blank"] if not run(page, "text", "isBlank", text)] == []
    assert [text for text in TEXT["visible"] if run(page, "text", "isBlank", text)] == []


def test_text_is_sent_in_the_form_in_which_it_is_stored(page):
    sent = run(page, "text", "stored", {"title": "Cafe\u0301", "tags": ["e\u0301", "\u00e9"], "dueOn": None})

    assert sent == {"title": "Caf\u00e9", "tags": ["\u00e9"], "dueOn": None}


@pytest.mark.parametrize(
    ("iso", "expected"),
    [
        ("1900-01-01", True),
        ("9999-12-31", True),
        ("1899-12-31T23:59:59.000Z", False),
        ("0026-11-29", False),
        ("+010000-01-01T04:00:00.000Z", False),
        ("12345-01-01", False),
    ],
)
def test_the_api_takes_days_of_four_digits_from_1900_on(page, iso, expected):
    assert run(page, "due", "isPlausible", iso) is expected


def test_a_year_has_four_digits(page):
    call = "(iso) => import('/app/format.js').then(({ localDay }) => localDay(new Date(iso)))"

    assert page.evaluate(call, "0026-11-29T12:00:00Z") == "0026-11-29"


def test_a_moment_of_the_year_26_can_be_written(page):
    todo = {**OLD, "dueAt": "0026-11-29T12:00:00.000Z"}

    assert "26" in run(page, "due", "dueText", todo)
    assert run(page, "due", "dueGroup", todo) == "past"
