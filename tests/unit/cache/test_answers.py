"""Pages kept as they are sent."""

import pytest

from app.cache.answers import _AtRevision
from app.cache.entries import _header, decode
from app.models.pages import Position
from app.ports.answers import RenderedPage

PAGES = [
    RenderedPage(b"[]", None),
    RenderedPage(b'[{"title":"one"}]', Position("2026#1")),
    RenderedPage(b'["\\n","\xc3\xbc"]', Position("\n\u2028")),
]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_read_as_it_was_written(page: RenderedPage) -> None:
    assert _AtRevision(7).validate_json(_AtRevision(7).dump_json(page), strict=True) == page


@pytest.mark.parametrize("revision", [6, 8])
def test_a_page_of_another_revision_is_not_read(revision: int) -> None:
    """Else an old list could go out with the tag of a new account, and a client would keep it as current."""
    kept = _AtRevision(revision).dump_json(PAGES[0])

    with pytest.raises(ValueError, match="of this revision"):
        _AtRevision(7).validate_json(kept, strict=True)


FORGED = [
    "7",
    "null",
    '"7"',
    "{}",
    "[]",
    "[7]",
    "[7,null,null]",
    "[7,8]",
    '["7",null]',
    "[" * 100_000,
    "",
    "\ud800",
]


@pytest.mark.parametrize("head", FORGED)
def test_a_head_that_was_not_written_here_is_a_miss(head: str) -> None:
    forged = b"%s\n[]" % head.encode(errors="surrogatepass")
    kept = _header("key", b"fence", forged) + forged

    assert decode("key", b"fence", lambda: _AtRevision(7), kept) is None
