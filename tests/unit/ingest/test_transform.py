"""A raw record becomes `UserData`, or is refused with a field and a reason."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models import UserData
from app.repositories.dynamodb.values import from_attribute, to_attribute
from app.services.ingest import transform as transforming
from app.services.ingest.fields import Refused
from app.services.ingest.transform import transform

TODAY = date(2026, 11, 21)


def one(**record) -> UserData:
    return transform({"email": "a@example.com", **record}, today=TODAY)


def refusal(**record) -> tuple[str | None, str]:
    with pytest.raises(Refused) as caught:
        one(**record)
    return caught.value.field, caught.value.reason


def test_a_whole_record():
    record = {
        "E-Mail": "  Ada@Example.COM ",
        "first_name": "Ada",
        "Surname": "Lovelace",
        "Mobile": "020 7946 0000",
        "Date of birth": "10.12.1915",
        "Country": "united kingdom",
        "language": "en_gb.UTF-8",
        "Shoe size": " 38 ",
        "empty": "",
    }

    assert transform(record, today=TODAY) == UserData(
        email="ada@example.com",
        name="Ada Lovelace",
        phone="+442079460000",
        birth_date="1915-12-10",
        country="GB",
        locale="en-GB",
        attributes={"Shoe size": "38"},
    )


def test_text_is_composed_and_trimmed():
    assert one(name=" Zoe\u0308 ").name == "Zo\u00eb"
    assert one(motto="e\u0301").attributes == {"motto": "\u00e9"}
    assert one(name="e\u0301" * 100).name == "\u00e9" * 100


@pytest.mark.parametrize("value", ["\u200b", " \u3164\ufeff "])
def test_text_of_invisible_characters_counts_as_empty(value):
    assert one(name=value, motto=value) == one(name="", motto="")
    assert refusal(email=value) == ("email", "required")


@pytest.mark.parametrize(
    "email", ["", None, "nobody", "a@b", "a b@example.com", "a@example.com\nx", "é" * 300]
)
def test_an_address_is_needed(email):
    assert refusal(email=email)[0] == "email"


@pytest.mark.parametrize(
    ("value", "country", "expected"),
    [
        ("+49 151 12345678", None, "+4915112345678"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("0151/12345678", "Germany", "+4915112345678"),
        (442079460000, "GB", "+442079460000"),
    ],
)
def test_phone_numbers_become_e164(value, country, expected):
    assert one(phone=value, country=country).phone == expected


@pytest.mark.parametrize("value", ["020 7946 0000", "12", "call me", "+1" * 20])
def test_what_is_no_phone_number_is_refused(value):
    assert refusal(phone=value) == ("phone", "phone_format")


@pytest.mark.parametrize(
    ("value", "country", "expected"),
    [
        ("1990-02-03", None, "1990-02-03"),
        ("1990-02-03T00:00:00Z", None, "1990-02-03"),
        ("19900203", None, "1990-02-03"),
        ("1990/02/03", None, "1990-02-03"),
        ("3.2.1990", None, "1990-02-03"),
        ("02/03/1990", "US", "1990-02-03"),
        ("03/02/1990", "GB", "1990-02-03"),
        ("02/28/1990", None, "1990-02-28"),
        ("28/02/1990", "US", "1990-02-28"),
        ("02/02/1990", None, "1990-02-02"),
    ],
)
def test_dates_become_iso(value, country, expected):
    assert one(birthDate=value, country=country).birth_date == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("02/03/1990", "ambiguous_date"),
        ("1990-02-30", "date_format"),
        ("yesterday", "date_format"),
        ("2026-11-22", "date_range"),
        ("1800-01-01", "date_range"),
    ],
)
def test_what_is_no_birth_date_is_refused(value, reason):
    assert refusal(birthDate=value) == ("birthDate", reason)


@pytest.mark.parametrize(
    ("value", "code"), [("de", "DE"), ("DEU", "DE"), ("Cote d'Ivoire", "CI"), ("UK", "GB"), ("Türkiye", "TR")]
)
def test_countries_become_codes(value, code):
    assert one(country=value).country == code


def test_what_is_no_country_or_locale_is_refused():
    assert refusal(country="Atlantis") == ("country", "unknown_country")
    assert refusal(locale="English, please") == ("locale", "locale_format")


@pytest.mark.parametrize(("value", "tag"), [("DE_de", "de-DE"), ("zh-hant-tw", "zh-Hant-TW"), ("fr", "fr")])
def test_locales_become_tags(value, tag):
    assert one(locale=value).locale == tag


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ({"name": "a\0b"}, ("name", "control_character")),
        ({"name": "x" * 101}, ("name", "too_long")),
        ({"name": "two\nlines"}, ("name", "line_break")),
        ({"name": ["x"]}, ("name", "not_text")),
        ({"E-Mail": "b@example.com"}, ("email", "given_twice")),
        ({"note": "\ud800"}, ("attributes", "invalid_text")),
        ({"x" * 101: "1"}, ("attributes", "column_name")),
        ({"note": "x" * (transforming.MAX_RECORD + 1)}, (None, "row_too_large")),
        ({"note": "я" * (transforming.MAX_RECORD // 2 + 1)}, (None, "row_too_large")),
        ({"я" * 100: ["字" * (transforming.MAX_RECORD // 3)]}, (None, "row_too_large")),
        ({"note": [{"字" * 100: "x"}] * (transforming.MAX_RECORD // 300)}, (None, "row_too_large")),
    ],
    ids=lambda value: "",
)
def test_what_could_do_harm_is_refused(record, fault):
    assert refusal(**record) == fault


def test_nesting_has_an_end():
    deep: list = []
    for _ in range(20):
        deep = [deep]

    assert refusal(deep=deep) == ("attributes", "too_deep")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["email", "name", "phone", "birthDate", "country", "x"]) | st.text(), JSON
    )
)
def test_any_record_is_taken_or_refused(record):
    try:
        taken = transform(record, today=TODAY)
    except Refused:
        return
    assert to_attribute(taken.attributes)["M"].keys() == taken.attributes.keys()


@pytest.mark.parametrize("value", [{"a": [1, Decimal("1.5"), True, None, "x"]}, -3, "text", []])
def test_attributes_survive_storage(value):
    assert from_attribute(to_attribute(value)) == value


@pytest.mark.parametrize("value", [10**40, Decimal("1e400"), Decimal("1e-400")])
def test_numbers_beyond_the_table_are_kept_as_text(value):
    assert to_attribute(value) == {"S": str(value)}
