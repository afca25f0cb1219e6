"""The users in an administrator's console: found, disabled, enabled, deleted."""

import uuid

from playwright.sync_api import Page, expect

from web.accessibility import assert_accessible
from web.browser import Visits
from web.screens import confirm, settled, sign_in, user_details


def users(visits: Visits, admin) -> Page:
    return settled(visits.open("/admin/users", admin))


def test_a_disabled_user_loses_the_open_page_and_comes_back(visits: Visits, admin, ada):
    adas = settled(visits.open("/account", ada))
    page = users(visits, admin)
    dialog = user_details(page, ada.email)
    expect(dialog).to_contain_text(ada.id)
    assert_accessible(page)

    dialog.get_by_role("button", name="Disable user").click()
    with page.expect_response("**/disable") as disabled:
        confirm(page, "Disable user")
    assert disabled.value.status == 200

    adas.get_by_role("link", name="Files").click()
    expect(adas.get_by_text("Your session has ended")).to_be_visible()
    sign_in(adas, ada.email)
    expect(adas.locator("#main .problem")).to_be_visible()

    page.goto("/admin/users")
    page.get_by_role("combobox", name="Status").select_option(label="Disabled")
    dialog = user_details(page, ada.email)
    with page.expect_response("**/enable") as enabled:
        dialog.get_by_role("button", name="Enable user").click()
    assert enabled.value.status == 200
    adas.locator("#main").get_by_role("button", name="Sign in", exact=True).click()
    expect(adas.get_by_role("heading", level=1, name="Files")).to_be_visible()


def test_a_user_is_deleted(visits: Visits, admin, ada):
    page = users(visits, admin)

    user_details(page, ada.email).get_by_role("button", name="Delete user").click()
    with page.expect_response(lambda response: response.request.method == "DELETE") as deleted:
        confirm(page, "Delete user")

    assert deleted.value.status == 204
    expect(page.get_by_role("button", name=f"Details of {ada.email}")).to_have_count(0)
    assert admin.request("GET", f"/v1/admin/users/{ada.id}").status_code == 404


def test_admins_cannot_lock_themselves_out(visits: Visits, admin):
    dialog = user_details(users(visits, admin), admin.email)

    expect(dialog).to_be_visible()
    for action in ("Disable user", "Delete user"):
        expect(dialog.get_by_role("button", name=action)).to_have_count(0)


def test_a_search_without_a_match_says_so(visits: Visits, admin):
    page = users(visits, admin)

    page.get_by_role("searchbox", name="Search by e-mail").fill(f"{uuid.uuid4().hex}@")

    expect(page.locator("#main .empty")).to_be_visible()
    expect(page.get_by_role("button", name="Details of")).to_have_count(0)
