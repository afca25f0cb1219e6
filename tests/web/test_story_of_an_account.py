"""A user's account from its first mail to its last."""

import re
import uuid

from playwright.sync_api import Page, expect

from support.people import PASSWORD
from web.accessibility import assert_accessible
from web.browser import Visits
from web.screens import settled, sign_in
from web.todo_page import TodoPage

NEW_PASSWORD = "Another-Horse-8"


def mails_to(page: Page, address: str) -> Page:
    """The mailbox in another tab."""
    mailbox = page.context.new_page()
    mailbox.goto("/mailbox")
    mailbox.get_by_role("searchbox", name="Recipient").fill(address)
    return mailbox


def test_from_sign_up_to_the_first_todo(visits: Visits):
    email = f"p{uuid.uuid4().hex[:12]}@example.com"
    page = settled(visits.open("/"))
    page.get_by_role("link", name="Sign up").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()

    page.get_by_label("Email").fill(email)
    page.get_by_label("Name (optional)").fill("Ada Lovelace")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("#main").get_by_role("button", name="Sign up", exact=True).click()

    expect(page.get_by_label("Code", exact=True)).to_be_visible()
    mailbox = mails_to(page, email)
    mail = mailbox.get_by_role("article", name="Your verification code")
    expect(mail).to_contain_text("123456")

    page.get_by_label("Code", exact=True).fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("#main [aria-invalid=true], #main .problem").first).to_be_visible()
    page.get_by_label("Code", exact=True).fill("123456")
    page.get_by_role("button", name="Confirm").click()

    todos = TodoPage(page)
    expect(page).to_have_url("/")
    todos.add("My first to-do")
    expect(todos.row("My first to-do")).to_be_visible()
    todos.expect_sent()
    expect(mailbox.get_by_role("article", name="Welcome").first).to_contain_text("Ada Lovelace")
    assert PASSWORD not in page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")


def test_who_has_not_confirmed_finds_the_way_there(visits: Visits, api):
    """A refused sign-in does not say that the account waits, which is for its owner alone to know."""
    email = f"p{uuid.uuid4().hex[:12]}@example.com"
    assert api.post("/v1/auth/signup", json={"email": email, "password": PASSWORD}).status_code == 201
    page = visits.open("/sign-in")

    sign_in(page, email)
    expect(page.locator("#main .problem")).to_contain_text("is not confirmed yet")

    page.get_by_role("link", name="Confirm your address").click()
    page.wait_for_url("**/confirm*")
    expect(page.get_by_role("heading", name="Confirm your email")).to_be_visible()
    page.get_by_role("textbox", name="Email").fill(email)
    page.get_by_label("Code", exact=True).fill("123456")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Your address is confirmed.")).to_be_visible()
    sign_in(page, email)
    expect(page.get_by_label("New to-do")).to_be_visible()


def test_a_lost_answer_to_the_confirmation_is_success(visits: Visits, api):
    email = f"p{uuid.uuid4().hex[:12]}@example.com"
    page = visits.open("/sign-up")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/confirm?**")
    assert api.post("/v1/auth/confirm", json={"email": email, "code": "123456"}).status_code == 204

    page.get_by_label("Code", exact=True).fill("123456")
    page.get_by_role("button", name="Confirm").click()

    expect(page.get_by_label("New to-do")).to_be_visible()


def test_a_wrong_password_is_reported_with_the_request_id(visits: Visits, ada):
    page = visits.open("/sign-in")

    sign_in(page, ada.email, "Wrong-Horse-7")

    problem = page.locator("#main .problem")
    expect(problem).to_be_visible()
    expect(problem.locator("code")).not_to_be_empty()
    expect(page.get_by_label("Email")).to_have_value(ada.email)
    assert_accessible(page)


def test_missing_input_is_reported_before_anything_is_sent(visits: Visits):
    page = visits.open("/sign-up")

    page.locator("#main").get_by_role("button", name="Sign up", exact=True).click()

    expect(page.get_by_label("Email")).to_be_focused()
    assert page.get_by_label("Email").get_attribute("aria-invalid") == "true"
    assert visits.watch(page).calls == []
    assert_accessible(page)


def test_signing_out_everywhere_ends_the_session_elsewhere(visits: Visits, ada):
    phone = TodoPage(visits.open("/", ada))
    ada.sign_in()
    page = settled(visits.open("/account", ada))

    page.get_by_role("button", name="Sign out everywhere").click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out everywhere").click()

    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    phone.page.goto("/account")
    expect(phone.page.get_by_text("Your session has ended")).to_be_visible()
    sign_in(phone.page, ada.email)
    expect(settled(phone.page).get_by_role("heading", level=1, name="Account")).to_be_visible()


def test_a_forgotten_password_is_reset(visits: Visits, ada):
    page = visits.open("/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    expect(page.get_by_role("heading", level=1, name="Forgot your password?")).to_be_visible()

    page.get_by_label("Email").fill(ada.email)
    page.get_by_role("button", name="Send a code").click()
    page.get_by_label("Code", exact=True).fill("654321")
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set the new password").click()

    expect(page.get_by_label("New password", exact=True)).to_have_count(0)
    expect(page.get_by_label("New to-do")).to_be_visible()


def test_an_address_is_changed_and_the_change_undone(visits: Visits, ada, api):
    former, new = ada.email, f"p{uuid.uuid4().hex[:12]}@example.com"
    page = settled(visits.open("/account", ada))
    asking = page.get_by_role("form", name="Change e-mail address")
    asking.get_by_label("New address").fill(new)
    asking.get_by_label("Password").fill("Wrong-Horse-7")
    asking.get_by_role("button", name="Send a code").click()
    expect(asking.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
    asking.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1, name="Confirm your new address")).to_be_visible()
    mail = mails_to(page, new).get_by_role("article", name="Confirm your new e-mail address")
    expect(mail).to_be_visible()
    code = re.search(r"\b\d{8}\b", mail.inner_text())[0]
    page.get_by_label("Code", exact=True).fill(f"{code[:4]} {code[4:]}")
    page.get_by_role("button", name="Change the address").click()
    expect(page.get_by_text("Your address is changed.")).to_be_visible()
    expect(page.locator("#main").get_by_text(new)).to_be_visible()

    notice = mails_to(page, former).get_by_role(
        "article", name="The e-mail address of your account was changed"
    )
    expect(notice).to_be_visible()
    token = re.search(r"/undo-email#(\S+)", notice.inner_text())[1]
    page.goto(f"/undo-email#{token}")
    page.get_by_role("button", name="Undo the change").click()

    expect(page.get_by_role("heading", level=1, name="Set a new password")).to_be_visible()
    for email in (former, new):
        answer = api.post("/v1/auth/login", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 401
    page.get_by_label("Email").fill(former)
    page.get_by_label("Code", exact=True).fill("654321")
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set the new password").click()
    expect(page.get_by_label("New to-do")).to_be_visible()


def test_a_link_that_is_not_good_says_so(visits: Visits):
    page = visits.open("/undo-email#someone.made-up")

    page.get_by_role("button", name="Undo the change").click()

    expect(page.get_by_text("The link is not valid")).to_be_visible()


def test_an_account_is_not_deleted_by_a_wrong_password(visits: Visits, ada):
    page = settled(visits.open("/account", ada))

    page.get_by_label("Your password").fill("Wrong-Horse-7")
    page.get_by_role("button", name="Delete account").click()
    dialog = page.get_by_role("dialog", name="Delete your account?")
    dialog.get_by_label(f"Type {ada.email} to go on").fill(ada.email)
    dialog.get_by_role("button", name="Delete account for good").click()

    expect(page.get_by_text("This is not the current password.")).to_be_visible()
    assert ada.request("GET", "/v1/users/me").status_code == 200


def test_a_password_that_is_refused_for_now_is_not_tried_again_by_itself(visits: Visits, ada):
    page = settled(visits.open("/account", ada))
    tries = []

    def refuse(route):
        if route.request.method != "DELETE":
            return route.fallback()
        tries.append(route.request.url)
        problem = {
            "title": "Too Many Requests",
            "status": 429,
            "code": "too_many_attempts",
            "detail": "Wait.",
        }
        headers = {"Content-Type": "application/problem+json", "Retry-After": "1"}
        return route.fulfill(status=429, json=problem, headers=headers)

    page.route("**/v1/users/me", refuse)
    page.get_by_label("Your password").fill("Wrong-Horse-7")
    page.get_by_role("button", name="Delete account").click()
    dialog = page.get_by_role("dialog", name="Delete your account?")
    dialog.get_by_label(f"Type {ada.email} to go on").fill(ada.email)
    dialog.get_by_role("button", name="Delete account for good").click()

    expect(page.get_by_text("Wait.")).to_be_visible()
    assert len(tries) == 1


def test_an_account_is_deleted_only_by_its_address(visits: Visits, ada, api):
    ada.create_todo(title="Buy milk")
    page = settled(visits.open("/account", ada))

    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete account").click()
    dialog = page.get_by_role("dialog", name="Delete your account?")
    assert_accessible(page)
    delete = dialog.get_by_role("button", name="Delete account for good")
    expect(delete).to_be_disabled()
    dialog.get_by_label(f"Type {ada.email} to go on").fill("another@example.com")
    expect(delete).to_be_disabled()
    dialog.get_by_label(f"Type {ada.email} to go on").fill(ada.email)
    delete.click()

    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert page.evaluate("localStorage.getItem('session')") is None
    assert ada.request("GET", "/v1/users/me").status_code == 401
    assert api.post("/v1/auth/login", json={"email": ada.email, "password": PASSWORD}).status_code == 401
