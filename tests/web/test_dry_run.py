"""An import that is previewed, corrected and run at the console."""

import re
import uuid

import pytest
from playwright.sync_api import Page, expect

from support.people import Person
from web.accessibility import NARROW, WIDE, assert_accessible, assert_fits
from web.belongings import run_import
from web.browser import Visits
from web.screens import settled


@pytest.fixture
def domain() -> str:
    return f"{uuid.uuid4().hex[:12]}.example"


def contacts(domain: str) -> bytes:
    rows = [f"p{number}@{domain};Person {number};+44 20 7946 0000;x" for number in range(12)]
    return "\n".join(["Kontakt;Name;Mobile;Password", *rows, "nobody;;;"]).encode()


def preview(visits: Visits, admin: Person, name: str, content: bytes) -> tuple[Page, str]:
    """The page of a dry run that has ended, and its id."""
    import_id = run_import(admin, name, content, dry_run=True)
    return settled(visits.open(f"/admin/imports/{import_id}", admin)), import_id


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["360", "1280"])
def test_a_file_is_previewed_corrected_and_imported(visits: Visits, admin, domain, size):
    page = settled(visits.open("/admin/imports", admin, viewport=size))
    name = f"contacts-{domain}.csv"

    expect(page.get_by_role("checkbox", name="Preview first")).to_be_checked()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files([{"name": name, "mimeType": "text/csv", "buffer": contacts(domain)}])
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    expect(page.locator("#main").get_by_text("Previewed", exact=True)).to_be_visible()

    expect(page.get_by_text("No column holds the email addresses.")).to_be_visible()
    expect(page.get_by_role("table", name="Columns").get_by_role("combobox")).to_have_count(3)
    page.get_by_role("combobox", name="Store Kontakt as").select_option(label="Email")
    expect(page.get_by_text("No column holds the email addresses.")).to_have_count(0)
    page.get_by_role("combobox", name="Store Mobile as").select_option(label="Not imported")
    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.locator("#main").get_by_text("Done", exact=True)).to_be_visible()
    found = [one for one in admin.request("GET", "/v1/admin/imports").json()["items"] if one["name"] == name]
    assert [(one["status"], one["accepted"], one["rejected"]) for one in found] == [
        ("completed", 12, 1),
        ("previewed", 0, 13),
    ]
    page.get_by_role("link", name="See the preview").click()
    page.get_by_role("link", name="See the import").click()
    expect(page.locator("#main").get_by_text("Done", exact=True)).to_be_visible()


def test_the_preview_shows_rows_and_what_would_go_wrong(visits: Visits, admin, domain):
    rows = f"a@{domain},+44 20 7946 0000,blue\na@{domain},12,\nnobody,,\n"
    page, _ = preview(visits, admin, f"{domain}.csv", f"Email,Phone,Colour\n{rows}".encode())

    main = page.locator("#main")
    expect(page.get_by_role("img", name="3 rows read")).to_be_visible()
    expect(main).to_contain_text("Would be accepted")
    expect(main).to_contain_text("1 row repeats an address")
    first = page.get_by_role("table", name="First rows").get_by_role("row").nth(1)
    for shown in (f"a@{domain}", "+442079460000", "Colour: blue"):
        expect(first).to_contain_text(shown)
    expect(page.get_by_role("table", name="First rows")).to_contain_text("Phone, not read: 12")
    rejected = page.get_by_role("table", name="Rejected rows")
    expect(rejected.get_by_role("rowheader", name="4")).to_be_visible()
    expect(page.get_by_role("table", name="Warnings")).to_contain_text("This is no telephone number")


def test_it_fits_and_is_accessible(visits: Visits, admin, domain):
    header = f"Email,{'W' * 90},Phone,Mobile,Country,Birthday,Name,Language,Password"
    row = f"a@{domain},{'W' * 300},+44 20 7946 0000,+44 20 7946 0001,GB,1990-01-31,Ada,en-GB,x"
    page, _ = preview(visits, admin, f"{domain}.csv", f"{header}\n{row}\nnobody\n".encode())

    expect(page.get_by_role("table", name="First rows")).to_contain_text("W" * 200 + "…")
    assert_fits(page)
    assert_accessible(page)


def test_long_headers_leave_room_for_the_choices_and_codes_for_their_text(visits: Visits, admin, domain):
    header = f"Email,{'W' * 90},{','.join(f'c{number}' for number in range(20))}"
    page, _ = preview(visits, admin, f"{domain}.csv", f"{header}\na@{domain},{'W' * 300}\nnobody\n".encode())

    page.set_viewport_size(WIDE)
    choices = page.get_by_role("table", name="Columns").get_by_role("combobox")
    assert choices.evaluate_all("all => Math.min(...all.map(one => one.offsetWidth))") >= 160
    lead, skip = (
        page.get_by_role("heading", name="Columns"),
        page.get_by_role("button", name="Skip the columns"),
    )
    assert skip.evaluate("one => one.offsetWidth") < lead.evaluate("one => one.offsetWidth") / 2
    page.set_viewport_size(NARROW)
    code = page.get_by_role("table", name="Rejected rows").locator("code").first
    field = page.get_by_role("table", name="Columns").get_by_role("combobox").first
    assert code.evaluate("one => one.getBoundingClientRect().left") == pytest.approx(
        field.evaluate("one => one.getBoundingClientRect().left"), abs=2
    )


def test_it_is_corrected_and_run_by_keyboard(visits: Visits, admin, domain):
    page, import_id = preview(visits, admin, f"{domain}.csv", contacts(domain))

    page.get_by_role("combobox", name="Store Kontakt as").focus()
    page.keyboard.type("Email")
    for name in ("Store Name as", "Store Mobile as"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("combobox", name=name)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#main").get_by_text("Done", exact=True)).to_be_visible()
    assert admin.request("GET", f"/v1/admin/imports/{import_id}").json()["runId"] in page.url


def test_a_long_list_of_columns_can_be_skipped_by_keyboard(visits: Visits, admin, domain):
    names = [f"c{number}" for number in range(499)]
    body = f"Email,{','.join(names)}\na@{domain},{','.join(names)}\n".encode()
    page, _ = preview(visits, admin, f"{domain}.csv", body)

    expect(page.get_by_role("combobox", name="Store c498 as")).to_be_visible()
    page.get_by_role("button", name="Skip the columns").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#main").get_by_text("Done", exact=True)).to_be_visible()


def test_too_many_columns_are_refused_with_what_to_do(visits: Visits, admin, domain):
    import_id = run_import(admin, f"{domain}.csv", b"email" + b",x" * 700 + b"\n")

    page = settled(visits.open(f"/admin/imports/{import_id}", admin))

    expect(page.locator(".notice")).to_contain_text(
        "There are too many columns, in line 1. A row may have 500 columns."
    )


def test_a_list_within_an_object_is_refused_with_what_to_do(visits: Visits, admin, domain):
    body = f'{{"total": 1, "records": [{{"email": "a@{domain}"}}]}}'.encode()
    import_id = run_import(admin, f"{domain}.json", body)

    page = settled(visits.open(f"/admin/imports/{import_id}", admin))

    expect(page.locator(".notice")).to_contain_text(
        'The records are in a list under "records". Save that list alone'
    )


def test_a_refusal_is_said_where_the_button_is_and_what_was_chosen_stays(visits: Visits, admin, domain):
    page, _ = preview(visits, admin, f"{domain}.csv", contacts(domain))
    page.get_by_role("combobox", name="Store Mobile as").select_option(label="Not imported")

    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.locator(".form-message")).to_contain_text("One column must hold the e-mail addresses.")
    expect(page.get_by_role("combobox", name="Store Mobile as")).to_have_value("dropped")


def test_an_expired_preview_says_so(visits: Visits, admin, domain):
    import_id = run_import(admin, f"{domain}.csv", contacts(domain), dry_run=True)
    path = f"/v1/admin/imports/{import_id}"
    record = admin.request("GET", path).json() | {"expiresAt": "2026-01-01T00:00:00.000Z"}
    page = visits.open("/admin/imports", admin)
    page.route(re.compile(rf"{path}(\?.*)?$"), lambda route: route.fulfill(json=record))

    page.goto(f"/admin/imports/{import_id}")

    expect(page.get_by_text("The preview has expired. Upload the file again.")).to_be_visible()
    expect(page.get_by_role("button", name="Import", exact=True)).to_have_count(0)
