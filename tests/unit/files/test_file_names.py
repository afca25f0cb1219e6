"""Names and types: what is taken, and what a download makes of them."""

import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.schemas.files import FileComplete, FileCreate
from app.services.files.names import attachment, served_type

BODY = {"name": "list.txt", "contentType": "text/plain", "size": 10}
TOKEN_SAFE = re.compile(r"attachment; filename=\"[ !#&-\[\]-~]*\"; filename\*=UTF-8''[A-Za-z0-9%_.~-]*")


def faults(**changes):
    try:
        FileCreate.model_validate({**BODY, **changes})
    except ValidationError as error:
        return {(fault["loc"][0], fault["type"]) for fault in error.errors()}
    return set()


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("../etc/passwd", "path"),
        ("a/b", "path"),
        ("..\\a", "path"),
        ("..", "path"),
        (".", "path"),
        ("a\x00.txt", "control_character"),
        ("a\r\nSet-Cookie: x", "control_character"),
        ("a\x85b", "control_character"),
        ("a\u2028b", "control_character"),
        ("a\u2029b", "control_character"),
        ("exe.\u202etxt", "control_character"),
        ("a\u2066b", "control_character"),
        ("a\u200fb", "control_character"),
        ("a\x9bb", "control_character"),
        ("   ", "blank"),
        ("", "string_too_short"),
        ("x" * 10_240, "string_too_long"),
        ("ß" * 128, "too_long"),
    ],
)
def test_names_that_could_harm_are_refused(name, fault):
    assert faults(name=name) == {("name", fault)}


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "x" * 255,
        "Größe “1”.txt",
        ".gitignore",
        "a..b",
        "👩‍👩‍👧.png",
        'quote".txt',
        "%2e%2e%2f",
        "שלום.txt",
    ],
)
def test_plain_names_are_taken(name):
    assert FileCreate.model_validate({**BODY, "name": name}).name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text",
        "text/",
        "/plain",
        "text/plain\r\nX: y",
        "text/plain, text/html",
        "*/*",
        "a/" + "b" * 300,
        "té/xt",
        "text/x$y",
    ],
)
def test_what_is_no_media_type_is_refused(content_type):
    assert {field for field, _ in faults(contentType=content_type)} == {"contentType"}


def test_media_types_are_compared_in_lower_case():
    assert FileCreate.model_validate({**BODY, "contentType": "Text/Plain; charset=UTF-8"}).content_type == (
        "text/plain; charset=utf-8"
    )


@pytest.mark.parametrize("size", [-1, 1024**3 + 1, 1.5, "10", True, None])
def test_sizes_are_whole_and_bounded(size):
    assert {field for field, _ in faults(size=size)} == {"size"}


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [{"number": 0, "etag": "a"}],
        [{"number": 1, "etag": "<x/>"}],
        [{"number": 1}],
        [{"number": 1, "etag": "a"}] * 1001,
    ],
)
def test_parts_are_checked(parts):
    with pytest.raises(ValidationError):
        FileComplete.model_validate({"parts": parts})


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_disposition_is_one_header_that_gives_the_name_back(name):
    header = attachment(name)

    assert TOKEN_SAFE.fullmatch(header), header
    assert unquote(header.partition("filename*=UTF-8''")[2]) == name


@pytest.mark.parametrize("name", ["price $5.pdf", "$$", "${filename}"])
def test_a_form_holds_nothing_that_s3_would_fill_in(name):
    assert "$" not in attachment(name)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html",
        "TEXT/HTML; charset=utf-8",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/xml",
        "application/javascript",
        "multipart/x-mixed-replace",
        "application/x-unknown",
    ],
)
def test_what_a_browser_might_run_is_served_as_bytes(content_type):
    assert served_type(content_type) == "application/octet-stream"


@pytest.mark.parametrize(
    "content_type", ["image/jpeg", "IMAGE/JPEG", "application/pdf", "text/plain; charset=utf-8", "video/mp4"]
)
def test_what_is_harmless_keeps_its_type(content_type):
    assert served_type(content_type) == content_type


@pytest.mark.parametrize("size", [0, 680, 680.0, -0.0])
def test_a_whole_number_is_one_however_it_is_written(size):
    assert FileCreate.model_validate({**BODY, "size": size}).size == int(size)


@pytest.mark.parametrize("size", [680.5, "680", True, float("inf"), None, 2**40, 1e300, -1.0])
def test_what_is_no_whole_number_within_the_bounds_is_refused(size):
    assert {field for field, _ in faults(size=size)} == {"size"}
