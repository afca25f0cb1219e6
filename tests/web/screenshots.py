"""The pictures of the documentation: `make screenshots`. They show a stack of their own, filled as in real life.

Afterwards it says what the first pages cost, in bytes, requests and time.
"""

import io
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page

from devstack.ports import HOST
from support.launch import Launch, launcher
from support.people import PASSWORD, Person
from web.browser import Visits, chromium
from web.measure import Measured
from web.screens import settled
from web.showcase import Showcase, furnish
from web.todo_page import TodoPage

PHONE, TABLET, DESK = 360, 768, 1280
HEIGHTS = {PHONE: 740, TABLET: 900, DESK: 860}

FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include>/etc/fonts/fonts.conf</include>
  <match target="pattern"><edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match>
</fontconfig>
"""
"""The same typeface on each machine, close to what phones and desks have."""


@dataclass(frozen=True)
class Picture:
    name: str
    path: str
    widths: tuple[int, ...]
    who: str = "owner"
    dark: bool = False
    act: Callable[[Page, Showcase], None] | None = None


def pictures(shown: Showcase) -> list[Picture]:
    preview = f"/admin/imports/{shown.preview_id}"
    return [
        Picture("welcome", "/", (PHONE, DESK), who=""),
        Picture("todos", "/", (PHONE, TABLET, DESK)),
        Picture("todos-dark", "/", (PHONE, DESK), dark=True),
        Picture("files", "/files", (PHONE, TABLET, DESK)),
        Picture("account", "/account", (TABLET,)),
        Picture("users", "/admin/users", (PHONE, DESK), who="admin"),
        Picture("stats-dark", "/admin/stats", (DESK,), who="admin", dark=True),
        Picture("import", f"/admin/imports/{shown.import_id}", (PHONE, TABLET, DESK), who="admin"),
        Picture("preview", preview, (PHONE, DESK), who="admin", act=lambda page, _: show(page, "Columns")),
        Picture(
            "preview-rows", preview, (PHONE, DESK), who="admin", act=lambda page, _: show(page, "First rows")
        ),
        Picture("dead-letters", "/admin/dead-letters", (TABLET, DESK), who="admin"),
        Picture("mailbox", "/mailbox", (TABLET,), who=""),
        Picture("conflict", "/", (DESK,), act=disagree),
    ]


def show(page: Page, heading: str) -> None:
    """Below the header, which stays."""
    found = page.get_by_role("heading", name=heading, exact=True)
    found.evaluate("heading => scrollTo(0, heading.getBoundingClientRect().top + scrollY - 80)")


def disagree(page: Page, shown: Showcase) -> None:
    """Another client has changed a to-do while this page was open."""
    todos = TodoPage(page)
    title = "Prepare slides for the reading group"
    items = shown.owner.request("GET", "/v1/todos").json()["items"]
    todo = next(item for item in items if item["title"] == title)
    theirs = {"title": "Prepare slides and handouts", "priority": "high"}
    shown.owner.request("PATCH", f"/v1/todos/{todo['id']}", json=theirs)
    todos.rename(title, "Prepare ten slides for the reading group")
    todos.conflict().wait_for()


def main(target: Path) -> None:
    with stack() as running, tempfile.TemporaryDirectory() as fonts:
        config = Path(fonts) / "fonts.conf"
        config.write_text(FONTS)
        with (
            httpx.Client(base_url=running.api, timeout=30, trust_env=False) as api,
            chromium(FONTCONFIG_FILE=str(config)) as browser,
        ):
            shown = furnish(api, running.aws, running.env)
            target.mkdir(parents=True, exist_ok=True)
            for picture in pictures(shown):
                take(browser, running, shown, picture, target)
            tell(browser, running, shown.owner)


@contextmanager
def stack() -> Iterator[Launch]:
    with tempfile.TemporaryDirectory() as directory, launcher(Path(directory)) as start:
        yield start().wait_ready()


def visits(browser: Browser, running: Launch) -> Visits:
    return Visits(browser, (running.api, f"http://{HOST}:{running.aws_port}"))


def take(browser: Browser, running: Launch, shown: Showcase, picture: Picture, target: Path) -> None:
    person: Person | None = getattr(shown, picture.who) if picture.who else None
    for width in picture.widths:
        opened = visits(browser, running)
        page = opened.open(
            picture.path,
            person,
            viewport={"width": width, "height": HEIGHTS[width]},
            color_scheme="dark" if picture.dark else "light",
            device_scale_factor=2 if width == PHONE else 1,
            is_mobile=True,  # scroll bars lie above the page, and take no room
        )
        settled(page)
        if picture.act:
            picture.act(page, shown)
        page.wait_for_load_state("networkidle")
        file = target / f"{picture.name}-{width}.png"
        file.write_bytes(small(page.screenshot(caret="hide")))
        print(f"{file} {file.stat().st_size // 1024} kB")
        assert opened.close() == []


def small(png: bytes) -> bytes:
    """The same picture with few colours, as the pages have few."""
    out = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(colors=128, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def tell(browser: Browser, running: Launch, owner: Person) -> None:
    opened = visits(browser, running)
    for name, person in (("Welcome", None), ("To-dos", owner)):
        measured = Measured(opened, person)
        measured.page.goto("/")
        settled(measured.page)
        size, moved = measured.transferred(), sum(float(str(shift[0])) for shift in measured.shifts())
        print(f"{name}: {len(measured.requests)} requests, {size / 1000:.1f} kB, layout shift {moved}")
    print(
        f"First to-do {first_todo(opened, owner):.0f} ms after the sign-in, {calls(opened)} calls of the API"
    )


def first_todo(opened: Visits, owner: Person) -> float:
    """Milliseconds from the key that sends the form to the first to-do on the screen."""
    page = sign_in_page(opened, owner)
    begin = time.monotonic()
    page.get_by_label("Password", exact=True).press("Enter")
    page.locator("#main").get_by_role("checkbox").first.wait_for()
    return (time.monotonic() - begin) * 1000


def sign_in_page(opened: Visits, owner: Person) -> Page:
    page = opened.open("/sign-in")
    page.wait_for_load_state("networkidle")
    page.get_by_label("Email").fill(owner.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    return page


def calls(opened: Visits) -> int:
    return len(opened.watch(opened.pages()[-1]).calls)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
