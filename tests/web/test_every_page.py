"""Rules for each page, with something in it and without: no finding of axe, nothing beside the screen."""

from dataclasses import dataclass

import pytest

from support.people import Person, sign_up
from web.accessibility import assert_accessible, assert_fits
from web.belongings import bury, run_import, upload
from web.screens import settled

LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 2

GUESTS = [
    "/welcome",
    "/sign-in",
    "/sign-up",
    "/confirm?email=ada@example.com",
    "/forgot-password",
    "/reset-password?email=ada@example.com",
    "/undo-email#someone.made-up",
    "/undo-email",
    "/mailbox",
    "/no-such-page",
]
MEMBERS = ["/", "/files", "/account", "/change-email?email=ada@example.org", "/mailbox"]
CONSOLE = [
    f"/admin/{name}" for name in ("users", "stats", "imports", "dead-letters", "alarms", "costs", "audit")
]


@dataclass
class Household:
    """Two people and all that the pages can show of them."""

    owner: Person
    import_id: str


@pytest.fixture(scope="module")
def household(api, aws, env, admin) -> Household:
    owner = sign_up(api, name="Ada Lovelace")
    for fields in (
        {"title": "Buy oat milk", "tags": ["shop", "home"], "priority": "high", "dueOn": "2020-01-31"},
        {"title": LONG, "notes": f"{LONG}\n" * 5, "list": LONG[:100], "tags": [LONG[:50]]},
        {"title": "Water the plants", "completed": True, "list": "home"},
        {"title": "Call Grace", "dueAt": "2040-05-05T10:00:00Z", "priority": "low"},
    ):
        owner.create_todo(**fields)
    upload(owner, f"{LONG}.txt", b"hello")
    rows = f"email;name\nada@example.com;Ada\nnobody;{LONG}\n;\n".encode()
    bury(aws, env, f'{{"kind": "{LONG}"}}', reason="A mail of an unknown kind", attempts="3")
    return Household(owner, run_import(admin, f"{LONG}.csv", rows))


@pytest.mark.parametrize("path", GUESTS)
def test_pages_of_guests(visits, path):
    check(visits.open(path))


@pytest.mark.parametrize("path", MEMBERS)
def test_pages_of_members(visits, household, path):
    check(visits.open(path, household.owner))


@pytest.mark.parametrize("path", MEMBERS)
def test_pages_of_members_who_have_nothing_yet(visits, ada, path):
    check(visits.open(path, ada))


@pytest.mark.parametrize("path", CONSOLE)
def test_pages_of_the_console(visits, household, admin, path):
    check(visits.open(path, admin))


def test_the_page_of_an_import(visits, household, admin):
    page = visits.open(f"/admin/imports/{household.import_id}", admin)

    check(page)


def check(page):
    settled(page)
    assert_fits(page)
    assert_accessible(page)
