"""The page of one's own account: profile, password, data, credentials."""

import json
from pathlib import Path

from playwright.sync_api import expect

from support.people import PASSWORD
from web.browser import Visits
from web.screens import settled

NEW_PASSWORD = "Another-Horse-8"


def test_a_profile_is_kept(visits: Visits, ada):
    page = settled(visits.open("/account", ada))

    page.get_by_label("Name", exact=True).fill("Countess Lovelace")
    page.get_by_label("Phone").fill("+442079460000")
    page.get_by_label("Time zone").select_option("Europe/London")
    page.get_by_role("button", name="Save profile").click()

    expect(page.get_by_text("Profile saved.")).to_be_visible()
    me = ada.request("GET", "/v1/users/me").json()
    assert (me["name"], me["phone"], me["timeZone"]) == (
        "Countess Lovelace",
        "+442079460000",
        "Europe/London",
    )
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Countess Lovelace")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/London")


def test_what_the_api_refuses_stands_beside_the_field(visits: Visits, ada):
    page = settled(visits.open("/account", ada))

    page.get_by_label("Phone").fill("not a number")
    page.get_by_role("button", name="Save profile").click()

    expect(page.get_by_label("Phone")).to_have_attribute("aria-invalid", "true")
    assert ada.request("GET", "/v1/users/me").json()["phone"] is None


def test_activity_is_shown_in_the_browser_s_time(visits: Visits, ada, api):
    wrong = {"email": ada.email, "password": "A-Wrong-Horse-7"}
    assert [api.post("/v1/auth/login", json=wrong).status_code for _ in range(2)] == [401, 401]
    page = settled(visits.open("/account", ada))
    entries = page.get_by_role("list", name="Activity").get_by_role("listitem")

    failed = entries.filter(has_text="Wrong password, 2 times")
    expect(failed).to_contain_text("in an app")
    expect(entries.filter(has_text="Signed in").first).to_be_visible()
    shown = page.evaluate(
        "at => new Intl.DateTimeFormat(navigator.language, {dateStyle: 'medium', timeStyle: 'short'})"
        ".format(new Date(at))",
        failed.locator("time").get_attribute("datetime"),
    )
    expect(failed.locator("time")).to_contain_text(shown)


def test_activity_that_cannot_be_read_leaves_the_rest_of_the_page(visits: Visits, ada):
    page = visits.open("/account", ada)
    page.route("**/v1/users/me/activity*", lambda route: route.abort())
    page.reload()

    expect(page.get_by_role("form", name="Change password")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_a_password_is_changed(visits: Visits, ada, api):
    page = settled(visits.open("/account", ada))
    form = page.get_by_role("form", name="Change password")

    form.get_by_label("Current password").fill("Wrong-Horse-7")
    form.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    form.get_by_role("button", name="Change password").click()
    expect(form.locator(".problem, .error:not([hidden])").first).to_be_visible()
    form.get_by_label("Current password").fill(PASSWORD)
    form.get_by_role("button", name="Change password").click()

    expect(page.locator("#toasts").get_by_text("assword").first).to_be_visible()
    log_in = api.post("/v1/auth/login", json={"email": ada.email, "password": NEW_PASSWORD})
    assert log_in.status_code == 200
    page.goto("/files")
    expect(settled(page).get_by_role("heading", level=1, name="Files")).to_be_visible()


def test_data_are_taken_along_and_brought_back(visits: Visits, ada, api, tmp_path: Path):
    made = [ada.create_todo(title=f"Task {number}") for number in range(12)]
    page = settled(visits.open("/account", ada))

    with page.expect_download() as download:
        page.get_by_role("button", name="Export my data").click()

    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    exported = json.loads(saved.read_text())
    assert exported["profile"]["email"] == ada.email
    assert sorted(todo["title"] for todo in exported["todos"]) == sorted(todo["title"] for todo in made)

    for todo in made[:5]:
        assert ada.request("DELETE", f"/v1/todos/{todo['id']}").status_code == 204
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Import to-dos").click()
    with page.expect_response("**/v1/todos/import") as imported:
        chooser.value.set_files(saved)
    answer = imported.value.json()
    assert answer == {"imported": 0, "skipped": 7, "deleted": 5, "overQuota": 0}
    expect(page.get_by_text("5 were deleted here before, and stay deleted.")).to_be_visible()


def test_an_import_that_fills_the_account_says_how_much_was_left_out(visits: Visits, ada, tmp_path: Path):
    saved = tmp_path / "export.json"
    saved.write_text(json.dumps({"todos": [{"title": f"Task {number}"} for number in range(12)]}))
    page = settled(visits.open("/account", ada))
    answer = {"imported": 3, "skipped": 1, "deleted": 0, "overQuota": 8}
    page.route("**/v1/todos/import", lambda route: route.fulfill(json=answer))

    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Import to-dos").click()
    chooser.value.set_files(saved)

    message = (
        "Imported 3 to-dos; 1 were here already. 8 did not fit: you have as many to-dos as you may keep."
    )
    expect(page.get_by_text(message)).to_be_visible()


def test_temporary_credentials_are_shown_only_when_asked_for(visits: Visits, ada):
    page = settled(visits.open("/account", ada))
    folder = page.get_by_role("region", name="Own folder")

    with page.expect_response("**/v1/users/me/credentials") as answer:
        folder.get_by_role("button", name="Get temporary credentials").click()

    granted = answer.value.json()
    expect(folder).to_contain_text(granted["prefix"])
    expect(folder.get_by_text(granted["secretAccessKey"])).to_be_hidden()
    folder.get_by_role("button", name="Show secrets").click()
    expect(folder.get_by_text(granted["secretAccessKey"])).to_be_visible()
