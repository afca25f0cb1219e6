"""Tabs that show the same: signing out, deciding and deleting in one of them."""

from playwright.sync_api import expect

from support.people import PASSWORD, sign_up
from web.screens import settled, sign_in
from web.tabs import cut, mend, stored


def test_signing_out_in_one_tab_keeps_what_the_other_has_not_sent(api, ada, tabs):
    first, second = tabs
    grace = sign_up(api, name="Grace Hopper")
    cut(first.page)
    second.add("Only for Ada")
    second.expect_pending(1)
    first.expect_pending(1)

    first.page.get_by_role("button", name="Sign out").click()
    warning = first.page.get_by_role("dialog", name="Sign out with unsent changes?")
    warning.get_by_role("button", name="Sign out").click()
    for tab in tabs:
        expect(tab.page.get_by_role("link", name="Sign up")).to_be_visible()
    mend(first.page)

    first.page.goto("/sign-in")
    sign_in(first.page, grace.email)
    first.add("Made by Grace")
    first.expect_sent()
    expect(second.row("Made by Grace")).to_be_visible()
    assert set(stored(grace)) == {"Made by Grace"}
    assert set(stored(ada)) == {"Buy milk", "Call Grace"}

    first.page.get_by_role("button", name="Sign out").click()
    expect(second.page.get_by_role("link", name="Sign up")).to_be_visible()
    second.page.goto("/sign-in")
    sign_in(second.page, ada.email)
    expect(second.row("Only for Ada")).to_be_visible()
    expect(first.row("Only for Ada")).to_be_visible()
    for tab in tabs:
        tab.expect_sent()
    assert set(stored(ada)) == {"Buy milk", "Call Grace", "Only for Ada"}


def test_nothing_of_one_user_stays_open_for_the_next(api, ada, tabs):
    first, second = tabs
    grace = sign_up(api, name="Grace Hopper")
    second.details("Buy milk").get_by_label("Title").fill("Buy oat milk")

    first.page.get_by_role("button", name="Sign out").click()
    first.page.goto("/sign-in")
    sign_in(first.page, grace.email)
    first.add("Made by Grace")

    expect(second.row("Made by Grace")).to_be_visible()
    expect(second.page.get_by_role("dialog")).to_have_count(0)
    first.expect_sent()
    assert set(stored(grace)) == {"Made by Grace"}
    assert set(stored(ada)) == {"Buy milk", "Call Grace"}


def test_a_decision_takes_nothing_away_that_was_changed_since_it_was_asked(ada, tabs):
    first, second = tabs
    todo = stored(ada)["Buy milk"]
    ada.request("PATCH", f"/v1/todos/{todo['id']}", json={"title": "Buy oat milk"})
    first.rename("Buy milk", "Buy soy milk")
    expect(first.conflict()).to_be_visible()
    details = second.details("Buy soy milk")
    details.get_by_label("Notes").fill("Two litres")
    details.get_by_role("button", name="Save").click()
    expect(second.row("Buy soy milk")).to_contain_text("Two litres")

    first.conflict().get_by_role("button", name="Keep theirs").click()

    expect(first.row("Buy soy milk")).to_contain_text("Two litres")
    first.conflict().get_by_role("cell", name="Two litres").wait_for()
    first.conflict().get_by_role("button", name="Keep mine").click()
    for tab in tabs:
        tab.expect_sent()
    after = stored(ada)["Buy soy milk"]
    assert (after["notes"], after["version"]) == ("Two litres", 3)


def test_a_question_that_the_other_tab_has_answered_is_closed_without_effect(ada, tabs):
    first, second = tabs
    todo = stored(ada)["Buy milk"]
    ada.request("PATCH", f"/v1/todos/{todo['id']}", json={"title": "Buy oat milk"})
    first.rename("Buy milk", "Buy soy milk")
    expect(first.conflict()).to_be_visible()
    second.page.get_by_role("button", name="Needs your decision").click()
    second.conflict().get_by_role("button", name="Keep mine").click()
    expect(second.conflict()).to_have_count(0)
    second.expect_sent()
    cut(second.page)
    second.rename("Buy soy milk", "Buy rice milk")
    second.expect_pending(1)

    first.conflict().get_by_role("button", name="Keep theirs").click()

    expect(first.conflict()).to_have_count(0)
    first.expect_pending(1)
    first.send_now()
    for tab in tabs:
        tab.expect_sent()
    assert set(stored(ada)) == {"Buy rice milk", "Call Grace"}


def test_saving_a_todo_that_the_other_tab_is_deleting_keeps_it(ada, tabs):
    first, second = tabs
    cut(first.page)
    first.rename("Buy milk", "Buy oat milk")
    first.expect_pending(1)
    details = second.details("Buy oat milk")
    details.get_by_label("Notes").fill("Two litres")
    first.delete("Buy oat milk")
    expect(second.row("Buy oat milk")).to_have_count(0)

    details.get_by_role("button", name="Save").click()

    for tab in tabs:
        expect(tab.row("Buy oat milk")).to_contain_text("Two litres")
    second.send_now()
    for tab in tabs:
        tab.expect_sent()
    assert set(stored(ada)) == {"Buy oat milk", "Call Grace"}
    assert stored(ada)["Buy oat milk"]["notes"] == "Two litres"


def test_who_leaves_takes_along_what_no_tab_has_sent(ada, tabs):
    first, second = tabs
    cut(first.page)
    second.add("Only for Ada")
    second.expect_pending(1)
    first.page.goto("/account")

    settled(first.page).get_by_label("Your password").fill(PASSWORD)
    first.page.get_by_role("button", name="Delete account").click()
    first.page.get_by_role("dialog").get_by_label(f"Type {ada.email} to go on").fill(ada.email)
    first.page.get_by_role("dialog").get_by_role("button", name="Delete account for good").click()

    for tab in tabs:
        expect(tab.page.get_by_role("link", name="Sign up")).to_be_visible()
        kept = "import('/app/unsent.js').then(({ update }) => update('%s', (changes) => changes))"
        assert tab.page.evaluate(kept % ada.id) == []
