"""A user's files: dropped, watched on their way, refused with a reason, saved again, deleted."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from web.accessibility import assert_accessible
from web.belongings import upload
from web.browser import Visits
from web.screens import settled

DROP = """
([content, files]) => {
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  for (const [name, type, size] of files) {
    const file = new File([bytes], name, { type });
    if (size) Object.defineProperty(file, "size", { value: size });
    dataTransfer.items.add(file);
  }
  const over = document.querySelector("#main .page");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    over.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
  }
}
"""
"""Drag files over the page and let them go, as a person's hand does."""

SEEN = """
window.seen = new Set();
new MutationObserver(() => {
  for (const bar of document.querySelectorAll("progress")) seen.add(bar.position);
}).observe(document, { subtree: true, childList: true, attributes: true });
"""
"""Write down how far each progress bar ever was."""


@pytest.fixture
def files(visits: Visits, ada) -> Page:
    page = settled(visits.open("/files", ada))
    page.evaluate(SEEN)
    return page


def drop(page: Page, name: str, content: bytes, kind: str = "text/plain") -> None:
    page.evaluate(DROP, [base64.b64encode(content).decode(), [[name, kind, None]]])


def row(page: Page, name: str):
    return page.get_by_role("list", name="Files").get_by_role("listitem").filter(has_text=name)


def expect_used(page: Page, size: int) -> None:
    meter = page.get_by_role("meter", name="Storage used")
    expect(meter).to_have_attribute("aria-valuenow", str(size))


def slow_network(page: Page, *, bytes_a_second: int) -> None:
    """So that there is something to watch, or time to change one's mind."""
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second},
    )


def test_a_dropped_file_is_watched_on_its_way_and_saved_again_as_it_was(files: Page, tmp_path: Path):
    content = bytes(range(256)) * 8000
    slow_network(files, bytes_a_second=1_000_000)

    drop(files, "holiday.bin", content, "application/octet-stream")

    expect(files.get_by_role("progressbar", name="Uploading holiday.bin")).to_be_visible()
    download = row(files, "holiday.bin").get_by_role("button", name="Download holiday.bin")
    expect(download).to_be_visible()
    assert any(0 < part < 1 for part in files.evaluate("[...seen]")), "nothing was seen on its way"
    expect(files.get_by_role("progressbar")).to_have_count(0)
    expect_used(files, len(content))

    with files.expect_download() as saved:
        download.click()

    assert saved.value.suggested_filename == "holiday.bin"
    saved.value.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == content


def test_a_file_is_chosen_and_deleted_by_the_keyboard_alone(files: Page, ada, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("hello")
    with files.expect_file_chooser() as chooser:
        files.get_by_role("button", name="Choose files").press("Enter")
    chooser.value.set_files(tmp_path / "notes.txt")
    expect(row(files, "notes.txt").get_by_role("button", name="Download notes.txt")).to_be_visible()

    files.get_by_role("button", name="Delete notes.txt").press("Enter")
    dialog = files.get_by_role("dialog", name="Delete this file?")
    assert_accessible(files)
    dialog.get_by_role("button", name="Cancel").press("Enter")
    expect(row(files, "notes.txt")).to_have_count(1)
    files.get_by_role("button", name="Delete notes.txt").press("Enter")
    dialog.get_by_role("button", name="Delete file").press("Enter")

    expect(row(files, "notes.txt")).to_have_count(0)
    expect(files.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect_used(files, 0)
    assert ada.request("GET", "/v1/files").json()["items"] == []


def test_several_files_go_at_once(files: Page, ada):
    content = base64.b64encode(b"hello").decode()

    files.evaluate(DROP, [content, [["one.txt", "text/plain", None], ["two.csv", "text/csv", None]]])

    for name in ("one.txt", "two.csv"):
        expect(row(files, name).get_by_role("button", name=f"Download {name}")).to_be_visible()
    assert {file["status"] for file in ada.request("GET", "/v1/files").json()["items"]} == {"available"}


@pytest.mark.parametrize(
    ("name", "size"),
    [("too-large.bin", 2 * 1024**3), (f"{'x' * 300}.txt", None)],
)
def test_what_cannot_be_taken_is_refused_before_it_is_sent(visits: Visits, files: Page, name, size):
    content = base64.b64encode(b"hello").decode()

    files.evaluate(DROP, [content, [[name, "text/plain", size]]])

    uploads = files.get_by_role("list", name="Uploads")
    expect(uploads.get_by_role("listitem")).to_contain_text(name)
    expect(uploads.get_by_role("button", name=f"Dismiss {name}")).to_be_visible()
    assert not [call for call in visits.watch(files).calls if call.startswith("POST")]


def test_a_refusal_of_the_server_is_shown_in_its_words(files: Page):
    problem = {"detail": "The quota of 1 GiB is used up.", "code": "quota_exceeded", "requestId": "req-777"}
    files.route(
        "**/v1/files",
        lambda route: (
            route.fulfill(status=409, json=problem) if route.request.method == "POST" else route.fallback()
        ),
    )

    drop(files, "notes.txt", b"hello")

    uploads = files.get_by_role("list", name="Uploads")
    expect(uploads).to_contain_text("The quota of 1 GiB is used up.")
    expect(uploads).to_contain_text("req-777")
    assert_accessible(files)
    files.unroute("**/v1/files")
    uploads.get_by_role("button", name="Try again: notes.txt").click()
    expect(row(files, "notes.txt").get_by_role("button", name="Download notes.txt")).to_be_visible()


def test_a_refusal_of_the_storage_is_shown_in_a_sentence(visits: Visits, files: Page):
    aws = visits.origins[1]
    refusal = "<Error><Code>EntityTooLarge</Code><Message>Your proposed upload exceeds</Message></Error>"
    files.route(
        f"{aws}/**",
        lambda route: route.fulfill(
            status=400,
            content_type="application/xml",
            body=refusal,
            headers={"Access-Control-Allow-Origin": "*"},
        ),
    )

    drop(files, "notes.txt", b"hello")

    uploads = files.get_by_role("list", name="Uploads")
    expect(uploads.get_by_role("button", name="Try again: notes.txt")).to_be_visible()
    expect(uploads).not_to_contain_text("<")


def test_an_upload_can_be_stopped(files: Page):
    slow_network(files, bytes_a_second=50_000)
    drop(files, "long.bin", bytes(4_000_000), "application/octet-stream")
    files.get_by_role("button", name="Cancel upload of long.bin").click()

    expect(files.get_by_role("progressbar")).to_have_count(0)
    expect(files.get_by_role("button", name="Download long.bin")).to_have_count(0)


def test_files_of_before_are_there(visits: Visits, ada):
    upload(ada, "letter.txt", b"hello")

    page = settled(visits.open("/files", ada))

    expect(row(page, "letter.txt").get_by_role("button", name="Download letter.txt")).to_be_visible()
    expect_used(page, len(b"hello"))


def test_an_empty_page_of_the_list_says_nothing_of_a_pending_file(visits: Visits, ada):
    """As the API may answer with more to come."""
    file = {"name": "later.txt", "contentType": "text/plain", "size": 5}
    assert ada.request("POST", "/v1/files", json=file).status_code == 201
    page = settled(visits.open("/files", ada))
    usage = ada.request("GET", "/v1/files").json()["usage"]

    with page.expect_response("**/v1/files?limit=100") as answered:
        page.route(
            "**/v1/files?limit=100",
            lambda route: route.fulfill(json={"items": [], "nextCursor": "more", "usage": usage}),
        )
    with page.expect_response("**/v1/files?limit=100"):
        pass

    assert answered.value.json()["items"] == []
    expect(row(page, "later.txt")).to_be_visible()
    expect(page.get_by_text("Something went wrong")).to_have_count(0)
