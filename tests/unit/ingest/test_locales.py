"""Locales: only languages, scripts, regions and variants that CLDR knows are read."""

import json

import pytest

from app.services.ingest.cldr import TABLE
from app.services.ingest.locales import locale
from app.services.ingest.refused import Refused
from devstack import cldr_words


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        *[
            ("de", "de"),
            ("DE_de", "de-DE"),
            ("pt-br", "pt-BR"),
            ("en_GB.UTF-8", "en-GB"),
            ("de_AT@euro", "de-AT"),
        ],
        *[("zh-hant-tw", "zh-Hant-TW"), ("sr_latn", "sr-Latn"), ("es-419", "es-419"), ("en-001", "en-001")],
        *[("no", "no"), ("nb-NO", "nb-NO"), ("is", "is"), ("it", "it"), ("fil-PH", "fil-PH"), ("gsw", "gsw")],
        *[
            ("ger", "de"),
            ("DEU", "de"),
            ("fra-CA", "fr-CA"),
            ("eng", "en"),
            ("spa", "es"),
            ("iw_IL", "he-IL"),
        ],
        *[
            ("in_ID", "id-ID"),
            ("en-UK", "en-GB"),
            ("sh", "sh"),
            ("cmn-Hans-CN", "cmn-Hans-CN"),
            ("new-NP", "new-NP"),
        ],
        *[("ca-valencia", "ca-valencia"), ("de-1996", "de-1996"), ("en_US_POSIX", "en-US-posix")],
    ],
)
def test_tags_that_cldr_knows_are_read(text, tag):
    assert locale(text) == tag


@pytest.mark.parametrize(
    "text",
    [
        *["the", "yes", "Yes", "and", "foo", "xx", "zz", "qaa", "new", "New", "WAS", "see"],
        *["und", "mul", "mis", "zxx", "und-US", "jp", "cz", "gr", "ua"],
        *["de-XX", "de-ZZ", "de_du", "en-999", "en-Abcd", "zh-Zzzz", "de-internet", "de-12345678"],
    ],
)
def test_what_only_has_the_form_of_a_tag_is_no_locale(text):
    with pytest.raises(Refused, match="unknown_locale"):
        locale(text)


@pytest.mark.parametrize(
    "text", ["English", "C", "zh-CHS", "en-US,en;q=0.9", "x-private", "de-DE-u-co-phonebk"]
)
def test_what_is_no_tag_has_another_reason(text):
    with pytest.raises(Refused, match="locale_format"):
        locale(text)


def test_the_table_is_what_cldr_says():
    """After an update of babel or pycountry: python -m devstack.cldr_words."""
    assert json.loads(TABLE.read_text(encoding="utf-8")) == cldr_words.table()


def test_a_month_has_one_meaning():
    months = cldr_words.table()["months"]

    assert (months["may"], months["marz"], months["aout"], months["maj"]) == (5, 3, 8, 5)
    assert "listopad" not in months
