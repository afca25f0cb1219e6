"""An administrator's day at the console."""

import json
import re
import uuid

import pytest
from playwright.sync_api import expect

from support.people import sign_up
from web.accessibility import assert_accessible
from web.belongings import bury, run_import
from web.browser import Visits
from web.screens import confirm, settled


def test_the_console_is_one_click_away(visits: Visits, admin):
    page = settled(visits.open("/", admin))

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Console").click()

    console = page.get_by_role("navigation", name="Console")
    for name in ("Users", "Stats", "Imports", "Dead letters", "Alarms", "Costs", "Audit"):
        console.get_by_role("link", name=name, exact=True).click()
        expect(settled(page).locator("#main h1")).to_contain_text(name)
        expect(console.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")


def test_the_counters_are_shown(visits: Visits, admin, ada):
    ada.create_todo()
    run_import(admin, "two.csv", b"email;name\ngrace@example.com;Grace\nnobody;\n")
    stats = admin.request("GET", "/v1/admin/stats").json()

    page = settled(visits.open("/admin/stats", admin))

    expect(page.get_by_role("region", name="Users")).to_contain_text(re.compile(rf"^{stats['users']}\D"))
    for name in ("Imported rows", "Mail"):
        expect(page.get_by_role("img", name=name).first).to_be_visible()


def test_an_import_is_watched_to_its_end(visits: Visits, admin):
    domain = f"{uuid.uuid4().hex[:12]}.example"
    rows = [f"p{number}@{domain};Person {number}" for number in range(40)]
    rows[9], rows[19] = "nobody;No Address", ";Nothing"
    rows[29] += ";12"
    page = settled(visits.open("/admin/imports", admin))
    page.get_by_role("checkbox", name="Preview first").uncheck()

    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    name = f"people-{domain}.csv"
    chooser.value.set_files(
        [{"name": name, "mimeType": "text/csv", "buffer": "\n".join(["email;name;phone", *rows]).encode()}]
    )
    page.get_by_role("link", name=name).or_(page.get_by_role("heading", level=1, name=name)).first.click()

    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    expect(page.locator("#main").get_by_text("Done", exact=True).first).to_be_visible()
    rejected = page.get_by_role("table", name="Rejected rows")
    expect(rejected.get_by_role("row").filter(has=page.get_by_role("rowheader"))).to_have_count(2)
    for line in ("11", "21"):
        expect(rejected.get_by_role("rowheader", name=line)).to_be_visible()
    warnings = page.get_by_role("table", name="Warnings")
    expect(warnings.get_by_role("row").filter(has=page.get_by_role("rowheader", name="31"))).to_contain_text(
        "This is no telephone number"
    )
    found = next(
        one for one in admin.request("GET", "/v1/admin/imports").json()["items"] if one["name"] == name
    )
    assert (found["rows"], found["accepted"], found["rejected"], found["warnings"]) == (40, 38, 2, 1)
    assert_accessible(page)


def test_a_dead_letter_is_read_and_sent_again(visits: Visits, aws, env, admin, ada):
    mail = {"kind": "account_deleted", "to": ada.email, "id": uuid.uuid4().hex, "data": {}}
    letter = bury(aws, env, json.dumps(mail), reason="SES was away", attempts="5")
    page = settled(visits.open("/admin/dead-letters", admin))

    page.get_by_role("button", name=f"Inspect {letter[:8]}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(ada.email)
    expect(dialog).to_contain_text("SES was away")
    assert_accessible(page)
    page.keyboard.press("Escape")
    with page.expect_response("**/redrive*") as redriven:
        page.get_by_role("button", name=f"Redrive {letter[:8]}").click()

    assert redriven.value.status == 204
    expect(page.get_by_role("button", name=f"Redrive {letter[:8]}")).to_have_count(0)
    mailbox = visits.open("/mailbox")
    mailbox.get_by_role("searchbox", name="Recipient").fill(ada.email)
    expect(mailbox.get_by_role("article").filter(has_text="deleted").first).to_be_visible()


def test_a_dead_letter_is_discarded_once_confirmed(visits: Visits, aws, env, admin):
    letter = bury(aws, env, "not a mail", reason="It is not JSON", attempts="1")
    page = settled(visits.open("/admin/dead-letters", admin))

    page.get_by_role("button", name=f"Discard {letter[:8]}").click()
    with page.expect_response(lambda response: response.request.method == "DELETE") as discarded:
        confirm(page, page.get_by_role("dialog").last.get_by_role("button").last.inner_text())

    assert discarded.value.status == 204
    expect(page.get_by_role("button", name=f"Discard {letter[:8]}")).to_have_count(0)


def test_all_dead_letters_of_a_queue_are_sent_again(visits: Visits, aws, env, admin):
    person = f"p{uuid.uuid4().hex[:12]}@example.com"
    body = json.dumps({"email": person, "name": "Grace Hopper"})
    letter = bury(aws, env, body, queue="ingest", reason="The table was away", attempts="5")
    page = settled(visits.open("/admin/dead-letters", admin))
    page.get_by_role("combobox", name="Queue").select_option(label="Raw user data")
    expect(page.get_by_role("button", name=f"Inspect {letter[:8]}")).to_be_visible()

    with page.expect_response("**/redrive*") as redriven:
        page.get_by_role("button", name="Redrive all").click()
        confirm(page, "Redrive all")

    assert redriven.value.json()["moved"] >= 1
    expect(page.get_by_role("button", name=f"Inspect {letter[:8]}")).to_have_count(0)


def test_alarms_and_costs_say_what_there_is(visits: Visits, admin):
    alarms = settled(visits.open("/admin/alarms", admin)).locator("#main")
    expect(alarms.get_by_role("list", name="Alarms").or_(alarms.locator(".empty"))).to_be_visible()

    costs = settled(visits.open("/admin/costs", admin))
    expect(costs.get_by_role("heading", level=1, name="Costs")).to_be_visible()
    assert admin.request("GET", "/v1/admin/costs").json()["status"] in ("ok", "unknown")


def test_costs_are_a_chart_and_a_table(visits: Visits, admin):
    days = [
        {
            "date": f"2026-11-{day:02}",
            "total": "1.50",
            "services": [
                {"service": "AWS Lambda", "amount": "1.00"},
                {"service": "Amazon S3", "amount": "0.50"},
            ],
        }
        for day in range(1, 15)
    ]
    answer = {
        "status": "ok",
        "asOf": "2026-11-15T00:00:00.000Z",
        "stale": False,
        "currency": "USD",
        "total": "21.00",
        "days": days,
    }
    page = visits.open("/admin/stats", admin)
    page.route("**/v1/admin/costs", lambda route: route.fulfill(json=answer))

    page.get_by_role("navigation", name="Console").get_by_role("link", name="Costs").click()

    expect(settled(page).get_by_role("img", name="Costs by day").first).to_be_visible()
    expect(page.locator("#main")).to_contain_text("AWS Lambda")
    expect(page.locator("#main")).to_contain_text("21.00")
    assert_accessible(page)


def test_each_act_is_written_down(visits: Visits, admin, api):
    grace = sign_up(api)
    assert admin.request("POST", f"/v1/admin/users/{grace.id}/disable").status_code == 200

    page = settled(visits.open("/admin/audit", admin))

    entry = page.get_by_role("table", name="Audit").get_by_role("row").filter(has_text=grace.id)
    expect(entry.first).to_contain_text(admin.email)
    expect(entry.first).to_contain_text("isable")


@pytest.mark.parametrize("name", ["users", "stats", "imports", "dead-letters", "alarms", "costs", "audit"])
def test_a_page_that_cannot_be_loaded_says_so_and_can_be_tried_again(visits: Visits, admin, name):
    page = settled(visits.open("/account", admin))
    problem = {"detail": "Try again later.", "code": "unavailable", "requestId": "req-12345"}
    page.route(f"**/v1/admin/{name}*", lambda route: route.fulfill(status=503, json=problem))

    page.goto(f"/admin/{name}")

    failure = page.get_by_role("alert")
    expect(failure).to_contain_text("Try again later.")
    expect(failure).to_contain_text("req-12345")
    page.unroute(f"**/v1/admin/{name}*")
    failure.get_by_role("button", name="Try again").click()
    expect(failure).to_have_count(0)
    expect(settled(page).locator("#main h1")).to_be_visible()
