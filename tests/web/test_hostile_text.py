"""Text by people and other systems stays text, wherever it is shown.

A dialog, an uncaught error or a broken policy fails each test by itself; these look for elements besides.
"""

import json

import pytest
from playwright.sync_api import Page, expect

from support.people import sign_up
from web.belongings import bury, run_import, upload
from web.screens import settled, user_details
from web.todo_page import TodoPage

SHORT = "<img src=x onerror=alert(1)>\"'</b>"
LONG = f"{SHORT}</textarea></title><script>alert(2)</script><svg/onload=alert(3)><a href=javascript:alert(4)>x</a>"

INJECTED = (
    "img[src='x'], [onerror], [onload], body script, svg:not([class], [role]), a[href^='javascript:'], iframe"
)


def assert_inert(page: Page, *texts: str) -> None:
    for text in texts:
        expect(page.get_by_text(text).first).to_be_visible()
    assert page.locator(INJECTED).count() == 0


def test_todos(visits, ada):
    ada.create_todo(title=LONG, notes=LONG, tags=[SHORT], list=SHORT)
    todos = TodoPage(visits.open(person=ada))
    expect(todos.row(LONG)).to_be_visible()
    assert_inert(todos.page, LONG, SHORT)

    details = todos.details(LONG)

    expect(details.get_by_label("Title")).to_have_value(LONG)
    expect(details.get_by_label("Notes")).to_have_value(LONG)
    expect(details.get_by_label("List")).to_have_value(SHORT)
    assert_inert(todos.page)


def test_todos_that_are_typed(visits, ada):
    todos = TodoPage(visits.open(person=ada))

    todos.add(LONG)
    todos.rename(LONG, f"{LONG}{SHORT}")
    expect(todos.row(f"{LONG}{SHORT}")).to_be_visible()
    todos.delete(f"{LONG}{SHORT}")

    expect(todos.page.get_by_text("Deleted").first).to_be_visible()
    assert_inert(todos.page)


def test_a_conflict(visits, ada):
    todo = ada.create_todo(title="Buy milk")
    todos = TodoPage(visits.open(person=ada))
    expect(todos.row("Buy milk")).to_be_visible()
    changed = {"title": LONG, "notes": LONG, "tags": [SHORT], "list": SHORT}
    assert ada.request("PATCH", f"/v1/todos/{todo['id']}", json=changed).status_code == 200

    todos.rename("Buy milk", f"Mine {LONG}")

    expect(todos.conflict()).to_contain_text(f"Mine {LONG}")
    assert_inert(todos.page, SHORT)


def test_a_search(visits, ada):
    page = settled(
        visits.open("/?q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E&list=%3Cimg+src%3Dx%3E&tag=%3Cb%3E", ada)
    )

    expect(page.get_by_role("searchbox", name="Search")).to_have_value("<img src=x onerror=alert(1)>")
    assert_inert(page)


def test_files(visits, ada):
    name = "<img src=x onerror=alert(1)>.txt"
    upload(ada, name, b"hello")
    page = settled(visits.open("/files", ada))
    assert_inert(page, name)

    page.get_by_role("button", name=f"Delete {name}").click()

    expect(page.get_by_role("dialog")).to_be_visible()
    assert_inert(page)


def test_profiles_and_the_users_of_the_console(visits, api, admin):
    mallory = sign_up(api, name=LONG[:100])
    page = settled(visits.open("/account", mallory))
    expect(page.get_by_label("Name", exact=True)).to_have_value(LONG[:100])
    assert_inert(page)

    console = settled(visits.open(f"/admin/users?email={mallory.email}", admin))

    expect(user_details(console, mallory.email)).to_contain_text(LONG[:100])
    assert_inert(console)


def test_imports(visits, admin):
    name = "<img src=x onerror=alert(1)>.csv"
    import_id = run_import(admin, name, f"email;name\n{LONG};{LONG}\n;x\n".encode())

    page = settled(visits.open(f"/admin/imports/{import_id}", admin))
    expect(page.get_by_role("table", name="Rejected rows")).to_be_visible()
    assert_inert(page, name)

    assert_inert(settled(visits.open("/admin/imports", admin)), name)


def test_previews_of_imports(visits, admin):
    records = [{"email": "a@example.com", "name": SHORT, SHORT: SHORT, "deep": {SHORT: SHORT}}]
    import_id = run_import(admin, "people.json", json.dumps(records).encode(), dry_run=True)

    page = settled(visits.open(f"/admin/imports/{import_id}", admin))

    expect(page.get_by_role("table", name="First rows")).to_contain_text(SHORT)
    assert_inert(page, SHORT)


def test_dead_letters(visits, aws, env, admin):
    letter = bury(aws, env, LONG, reason=SHORT, attempts="2")
    page = settled(visits.open("/admin/dead-letters", admin))

    page.get_by_role("button", name=f"Inspect {letter[:8]}").click()

    expect(page.get_by_role("dialog")).to_contain_text(LONG)
    assert_inert(page, SHORT)


def test_mail(visits, aws, env, ada):
    aws.client("ses").send_email(
        Source=env["MAIL_FROM"],
        Destination={"ToAddresses": [ada.email]},
        Message={
            "Subject": {"Data": f"{ada.email} {SHORT}"},
            "Body": {"Text": {"Data": LONG}, "Html": {"Data": LONG}},
        },
    )
    page = settled(visits.open("/mailbox"))

    page.get_by_role("searchbox", name="Recipient").fill(ada.email)

    assert_inert(page, f"{ada.email} {SHORT}", LONG)


def test_addresses(visits, ada):
    page = settled(visits.open("/confirm?email=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E"))

    assert_inert(page)


@pytest.mark.parametrize(
    "path", ["/%3Cimg%20src=x%20onerror=alert(1)%3E", "/admin/imports/%3Cimg%20src=x%3E", "/%E0%A4%A"]
)
def test_paths(visits, admin, path):
    page = visits.open(path, admin)

    expect(page.locator("#main").get_by_text("no such").or_(page.get_by_role("alert")).first).to_be_visible()
    assert_inert(page)
