"""Countries by codes and by names; nothing is guessed."""

import json

import pytest

from app.services.ingest.countries import TABLE, country_code
from devstack import country_names


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *[("DE", "DE"), ("de", "DE"), ("DEU", "DE"), ("deu", "DE"), ("NA", "NA"), ("NO", "NO"), ("XK", "XK")],
        *[("UK", "GB"), ("uk", "GB"), ("UAE", "AE"), ("USA", "US"), ("U.S.A.", "US"), ("U.S.", "US")],
        *[("Kosovo", "XK"), ("england", "GB"), ("Holland", "NL"), ("Burma", "MM"), ("Turkey", "TR")],
        *[("Bosnia & Herzegovina", "BA"), ("Bosnia and Herzegovina", "BA"), ("Congo - Kinshasa", "CD")],
        *[
            ("Korea, Republic of", "KR"),
            ("Republic of Korea", "KR"),
            ("Congo (the)", "CG"),
            ("Holy See", "VA"),
        ],
        *[("The Bahamas", "BS"), ("bahamas", "BS"), ("St. Lucia", "LC"), ("Saint Lucia", "LC")],
        *[("Cote d'Ivoire", "CI"), ("C\u00f4te d\u2019Ivoire", "CI"), ("Hong Kong SAR China", "HK")],
        *[("Deutschland", "DE"), ("\u00d6sterreich", "AT"), ("Suisse", "CH"), ("Schweiz", "CH")],
        *[
            ("\u65e5\u672c", "JP"),
            ("\u092d\u093e\u0930\u0924", "IN"),
            ("\u0420\u043e\u0441\u0441\u0438\u044f", "RU"),
        ],
        ("T\u00fcrkiye", "TR"),
        *[("Congo (DRC)", "CD"), ("Congo (Republic)", "CG"), ("\ud55c\uad6d", "KR")],
        *[
            ("Bahamas, The", "BS"),
            ("Gambia, The", "GM"),
            ("Korea, South", "KR"),
            ("Congo, Democratic Republic of the", "CD"),
        ],
    ],
)
def test_codes_and_names_of_cldr_and_iso(text, code):
    assert country_code(text) == code


WORDS = ["no", "is", "in", "it", "me", "my", "so", "to", "at", "be", "by", "am", "as", "do", "us"]


@pytest.mark.parametrize(
    "text",
    [
        *WORDS,
        *map(str.title, WORDS),
        "na",
        "Na",
        "De",
        "dE",
        "and",
        "are",
        "can",
        "per",
        "xx",
        "EU",
        "ZZ",
        "Atlantis",
        "Korea",
        "America",
        "Allemagne",
        "",
        "Germany?!x",
    ],
)
def test_what_only_looks_like_a_country_is_none(text):
    assert country_code(text) is None


def test_the_table_is_what_cldr_and_iso_say():
    """After an update of babel or pycountry: python -m devstack.country_names."""
    assert json.loads(TABLE.read_text(encoding="utf-8")) == country_names.table()


def test_each_code_has_its_english_name():
    table = json.loads(TABLE.read_text(encoding="utf-8"))

    assert len(table["codes"]) == 249
    assert set(table["codes"].values()) | {"XK"} == set(table["names"].values())
