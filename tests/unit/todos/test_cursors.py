"""A cursor is good for whom it was made for, with the filters it was made with, and unchanged."""

from dataclasses import dataclass

import pytest

from app.errors import BadRequest, InvalidCursor
from app.models.pages import Page, Position
from app.services.cursors import CursorPage, CursorSigner


@dataclass(frozen=True)
class Shelf:
    name: str | None = None


@dataclass(frozen=True)
class Drawer:
    """A list with the same filters."""

    name: str | None = None


SIGNER = CursorSigner(lambda: b"key")


@pytest.mark.parametrize("position", ["", "a", "2026-11-21T09:30:00.000Z#1", "ü" * 40])
def test_it_gives_its_position_back(position):
    cursor = SIGNER.sign("ada", Shelf("x"), position)

    assert cursor.isascii()
    assert "=" not in cursor
    assert SIGNER.verify("ada", Shelf("x"), cursor) == position


@pytest.mark.parametrize(
    ("user_id", "query"),
    [("bob", Shelf("x")), ("ada", Shelf("y")), ("ada", Shelf()), ("ada", Drawer("x"))],
    ids=["another user", "another filter", "no filter", "another list"],
)
def test_it_is_good_for_nothing_else(user_id, query):
    cursor = SIGNER.sign("ada", Shelf("x"), "position")

    with pytest.raises(BadRequest) as refused:
        SIGNER.verify(user_id, query, cursor)

    assert refused.value.code == "invalid_cursor"


@pytest.mark.parametrize(
    "change", [lambda c: c[:-2], lambda c: c + "AA", lambda c: "é" + c, lambda c: "A", lambda c: ""]
)
def test_what_was_changed_or_made_up_is_refused(change):
    cursor = SIGNER.sign("ada", Shelf(), "position")

    with pytest.raises(BadRequest):
        SIGNER.verify("ada", Shelf(), change(cursor))
    with pytest.raises(BadRequest):
        CursorSigner(lambda: b"other key").verify("ada", Shelf(), cursor)


def test_a_page_is_read_from_the_position_of_its_cursor_and_leads_to_the_next_one():
    shelf = [Page(("first",), Position("1")), Page(("second",), None)]

    def read(position):
        return shelf[int(position or 0)]

    first = SIGNER.page("ada", Shelf(), None, read)
    second = SIGNER.page("ada", Shelf(), first.next_cursor, read)

    assert (first.items, first.next_cursor) == (("first",), SIGNER.sign("ada", Shelf(), Position("1")))
    assert second == CursorPage(("second",), None)


def test_nothing_is_read_for_a_cursor_that_is_refused():
    with pytest.raises(InvalidCursor):
        SIGNER.page("ada", Shelf(), "made up", lambda _: pytest.fail("it was read"))
