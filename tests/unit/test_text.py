"""Text: its stored form, its form for comparison, and what counts as nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text import fold, is_blank, nfc
from support.vectors import TEXT


@pytest.mark.parametrize(("text", "folded"), TEXT["fold"])
def test_text_is_folded(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(("text", "search"), TEXT["found"])
def test_a_search_finds_text_however_it_is_written(text, search):
    assert fold(search) in fold(text)


@pytest.mark.parametrize(("text", "search"), TEXT["notFound"])
def test_a_search_keeps_letters_apart_that_are_not_the_same(text, search):
    assert fold(search) not in fold(text)


@pytest.mark.parametrize("text", TEXT["blank"])
def test_text_of_invisible_characters_is_blank(text):
    assert is_blank(text)


@pytest.mark.parametrize("text", TEXT["visible"])
def test_text_with_anything_to_see_is_not_blank(text):
    assert not is_blank(text)


@given(st.text(max_size=20))
def test_the_stored_form_is_found_by_what_was_typed(text):
    assert fold(text) == fold(nfc(text))
