"""A raw record becomes `UserData`, or is refused with a field and a reason."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.user_data import UserData
from app.repositories.dynamodb.values import from_attribute, to_attribute
from app.services.ingest import transform as transforming
from app.services.ingest.refused import Refused
from app.services.ingest.transform import Reading, RecordReader

TODAY = date(2026, 11, 21)


def read(record) -> Reading:
    return RecordReader(TODAY).read(record)


def one(**record) -> UserData:
    """The stored form of a record that is read without a warning."""
    reading = read({"email": "a@example.com", **record})
    assert reading.warnings == ()
    return reading.data


def unread(**record) -> tuple[str, str, object]:
    """The one warning, field and reason, and what was kept of the value."""
    reading = read({"email": "a@example.com", **record})
    ((field, reason),) = reading.warnings
    return field, reason, reading.data.attributes.get("unread", {}).get(field)


def refusal(**record) -> tuple[str | None, str]:
    with pytest.raises(Refused) as caught:
        read({"email": "a@example.com", **record})
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

    assert read(record).data == UserData(
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
        # Valid in one way only, so nothing is guessed.
        ("447911123456", "GB", "+447911123456"),
        ("\u202a+44 20 7946 0000\u202c", None, "+442079460000"),
        ("030/901820", "DE", "+4930901820"),
        # Programs write a column of numbers with gaps as decimals.
        ("30901820.0", "DE", "+4930901820"),
        ("+4930901820.0", None, "+4930901820"),
        ("030 / 901820", "DE", "+4930901820"),
        ("+49 (0) 5231 / 901820", None, "+495231901820"),
    ],
)
def test_phone_numbers_become_e164(value, country, expected):
    assert one(phone=value, country=country).phone == expected


@pytest.mark.parametrize(
    ("value", "country", "reason"),
    [
        ("020 7946 0000", None, "phone_needs_country"),
        ("0044 20 7946 0958", None, "phone_needs_country"),
        ("123-4567", "US", "phone_invalid"),
        ("+44 20", None, "phone_invalid"),
        ("7946 0958", "GB", "phone_invalid"),
        # Their country code and no plus sign: with the code put before them they would be other numbers.
        ("4915112345678", "DE", "phone_invalid"),
        ("447911123456", None, "phone_needs_country"),
        # A number of a range that Ofcom keeps for films.
        ("447700900124", "GB", "phone_invalid"),
        ("49 176 12345678", "DE", "phone_invalid"),
        # Several numbers in one cell.
        ("030 123456 / 654321", "DE", "phone_format"),
        ("+49 30 123456 / 654321", None, "phone_format"),
        ("+49 30 901820 901821", None, "phone_format"),
        ("030 123456-12/14", "DE", "phone_format"),
        ("030 901820-1/2", "DE", "phone_format"),
        ("030-123456 654321", "DE", "phone_format"),
        ("192.168.10.20", "US", "phone_format"),
        ("05/07/1990", "US", "phone_format"),
        ("07.05.1990", "DE", "phone_format"),
        ("4.42079E+11", "GB", "phone_format"),
        ("+49 30 901820.0", None, "phone_format"),
        ("30901820.5", "DE", "phone_format"),
        ("12", "US", "phone_format"),
        ("call me", "US", "phone_format"),
        ("+1" * 20, None, "phone_format"),
    ],
)
def test_what_is_no_phone_number_is_kept_unread(value, country, reason):
    assert unread(phone=value, country=country) == ("phone", reason, value)


@pytest.mark.parametrize(
    ("value", "country", "expected"),
    [
        ("1990-02-03", None, "1990-02-03"),
        ("1990-02-03T00:00:00Z", None, "1990-02-03"),
        ("19900203", None, "1990-02-03"),
        ("1990/02/03", None, "1990-02-03"),
        ("3.2.1990", "DE", "1990-02-03"),
        ("31.12.1999", None, "1999-12-31"),
        ("12.31.1999", None, "1999-12-31"),
        ("2.2.1990", None, "1990-02-02"),
        ("3.2.1990", "CA", "1990-02-03"),
        ("3.2.1990", "US", "1990-03-02"),
        ("02/03/1990", "US", "1990-02-03"),
        ("03/02/1990", "GB", "1990-02-03"),
        ("02/28/1990", None, "1990-02-28"),
        ("28/02/1990", "US", "1990-02-28"),
        ("02/02/1990", None, "1990-02-02"),
        ("02/03/1990", "PR", "1990-02-03"),
        ("3/2/1990 0:00", "GB", "1990-02-03"),
        ("1990-2-3", None, "1990-02-03"),
        (19900203, None, "1990-02-03"),
        ("1990-02-03 00:00:00+00", None, "1990-02-03"),
        ("\u200e1990-02-03\u200e", None, "1990-02-03"),
        ("1990. 2. 3.", None, "1990-02-03"),
        *[("'1990-02-03", None, "1990-02-03"), ("\u20193/2/1990", "GB", "1990-02-03")],
        # The name of the month says which number it is.
        *[("3 February 1990", None, "1990-02-03"), ("Feb 3rd, 1990", None, "1990-02-03")],
        *[("03-Feb-1990", "US", "1990-02-03"), ("7. M\u00e4rz 1990", None, "1990-03-07")],
        *[("1er f\u00e9vr. 1990", None, "1990-02-01"), ("3 de febrero de 1990", None, "1990-02-03")],
        *[
            ("1990\u5e742\u67083\u65e5", None, "1990-02-03"),
            ("1990\ub144 2\uc6d4 3\uc77c", None, "1990-02-03"),
        ],
    ],
)
def test_dates_become_iso(value, country, expected):
    assert one(birthDate=value, country=country).birth_date == expected


@pytest.mark.parametrize(
    ("value", "country", "reason"),
    [
        ("02/03/1990", None, "ambiguous_date"),
        ("02-03-1990", None, "ambiguous_date"),
        ("05.07.1990", None, "ambiguous_date"),
        ("3. 2. 1990", None, "ambiguous_date"),
        ("'05/07/1990", None, "ambiguous_date"),
        ("02/03/1990", "CA", "ambiguous_date"),
        ("1990-02-30", None, "date_format"),
        ("1990-02-03 or so", None, "date_format"),
        ("3.2.1990?", None, "date_format"),
        ("1990-02-03T25:61", None, "date_format"),
        ("3/2/90", "GB", "date_format"),
        ("1990-02/03", None, "date_format"),
        *[
            ("30 February", None, "date_format"),
            ("0000-02-30", None, "date_format"),
            ("13/45", "GB", "date_format"),
        ],
        *[
            ("1990-13-00", None, "date_format"),
            ("1990-00-32", None, "date_format"),
            ("7 foo", None, "date_format"),
        ],
        *[
            ("7 May 90", "GB", "date_format"),
            ("May", None, "date_format"),
            ("7 listopad 1990", "PL", "date_format"),
        ],
        *[("2030", None, "date_range"), ("1700-00-00", None, "date_range")],
        ("yesterday", None, "date_format"),
        ("2026-11-22", None, "date_range"),
        ("1800-01-01", None, "date_range"),
    ],
)
def test_what_is_no_birth_date_is_kept_unread(value, country, reason):
    assert unread(birthDate=value, country=country) == ("birthDate", reason, value)


@pytest.mark.parametrize(
    "value",
    [
        *["--05-07", " --0507", "--5-7", "05/07", "7.5.", "12-24", "0000-05-07", "1604-05-07", "1604-02-29"],
        *["05/07/1604", "07.05.0000", "0000-05-07T00:00:00Z", "16040507", "5\u67087\u65e5"],
        *["7 May", "May 07", "May 7th", "07-May", "7. Mai", "7 mai", "1er janvier", "7 de mayo", "29 Feb"],
        # A year without a day.
        *["1990", "1990-00-00", "1990-05-00", "00/00/1990", "1990-05", "05/1990", "May 1990", "mayo de 1990"],
    ],
)
def test_what_says_less_than_a_birth_date_is_an_attribute(value):
    data = one(Birthday=value)

    assert data.birth_date is None
    assert data.attributes == {"Birthday": value.strip()}


@pytest.mark.parametrize("value", ["na", "Na", "N/A", "N.A."])
def test_only_na_in_capitals_is_namibia(value):
    assert one(country=value).country is None
    assert one(country="NA").country == "NA"


@pytest.mark.parametrize(
    "value",
    [
        "Ada <ada@example.com>",
        "<ada@example.com>",
        "mailto:ada@example.com",
        "MAILTO:Ada@Example.com?subject=x",
        "ada@example.com.",
        "ada@example.com,",
        "'ada@example.com",
        "'ada@example.com'",
        '"ada@example.com"',
        '"Byron, Ada" <ada@example.com>;',
        "\u2019ada@example.com",
        "\u200bada@example.com\u200b",
        "\u202aada@example.com\u202c",
        "SMTP:Ada@example.com",
        "\u00abada@example.com\u00bb",
        "ada@example.com>",
        "mailto:ad%61@example.com",
    ],
)
def test_what_people_write_around_an_address_is_not_part_of_it(value):
    assert one(email=value).email == "ada@example.com"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("mailto:a%2B23@example.com", "a+23@example.com"),
        ("<mailto:a%2b23@example.com>", "a+23@example.com"),
        ("Ada <MAILTO:a%2B23@example.com?subject=x%40y>", "a+23@example.com"),
        ("mailto:a%40example.com", "a@example.com"),
        ("mailto:%C3%A4da@example.com", "\u00e4da@example.com"),
        ("a%2B23@example.com", "a%2b23@example.com"),
    ],
)
def test_only_a_link_is_percent_decoded(value, address):
    assert one(email=value).email == address


@pytest.mark.parametrize(
    "value", ["mailto:%E4@example.com", "mailto:a%0A@example.com", "mailto:a%00@example.com"]
)
def test_a_link_to_no_address_is_refused(value):
    assert refusal(email=value) == ("email", "email_format")


@pytest.mark.parametrize("address", [".ada@example.com", "..ada@example.com"])
def test_a_dot_in_front_is_part_of_the_address(address):
    """Without it the address is someone else's."""
    assert one(email=address).email == address
    assert one(email=f"<{address}>").email == address


def test_an_apostrophe_within_an_address_is_part_of_it():
    assert one(email="o'neill@example.com").email == "o'neill@example.com"


@pytest.mark.parametrize(("value", "tag"), [("DE_de", "de-DE"), ("zh-hant-tw", "zh-Hant-TW"), ("fr", "fr")])
def test_locales_become_tags(value, tag):
    assert one(locale=value).locale == tag


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ({"note": "x" * (transforming.MAX_RECORD + 1)}, (None, "row_too_large")),
        ({"note": "я" * (transforming.MAX_RECORD // 2 + 1)}, (None, "row_too_large")),
        ({"я" * 100: ["字" * (transforming.MAX_RECORD // 3)]}, (None, "row_too_large")),
        ({"note": [{"字" * 100: "x"}] * (transforming.MAX_RECORD // 300)}, (None, "row_too_large")),
    ],
    ids=lambda value: "",
)
def test_a_row_that_is_too_large_is_refused(record, fault):
    assert refusal(**record) == fault


@pytest.mark.parametrize(
    ("record", "field", "reason", "kept"),
    [
        ({"name": "x" * 101}, "name", "too_long", "x" * 101),
        ({"name": "two\nlines"}, "name", "line_break", "two\nlines"),
        ({"name": ["x"]}, "name", "not_text", ["x"]),
        ({"phone": 1.5}, "phone", "not_text", 1.5),
        ({"phone": True}, "phone", "not_text", True),
        ({"locale": "English, please"}, "locale", "locale_format", "English, please"),
        ({"locale": "the"}, "locale", "unknown_locale", "the"),
        ({"locale": "Yes"}, "locale", "unknown_locale", "Yes"),
        ({"country": "Atlantis"}, "country", "unknown_country", "Atlantis"),
        ({"country": "No"}, "country", "unknown_country", "No"),
        ({"country": "is"}, "country", "unknown_country", "is"),
    ],
)
def test_an_optional_value_that_cannot_be_read_is_kept_with_a_warning(record, field, reason, kept):
    assert unread(**record) == (field, reason, kept)


@pytest.mark.parametrize(
    ("record", "warning", "kept"),
    [
        ({"note": "a\0b"}, ("note", "control_character"), {"note": "a b"}),
        ({"note": "a\ud800"}, ("note", "invalid_text"), {"note": "a\ufffd"}),
        (
            {"note": [[[[[[[[[[1.5]]]]]]]]]]},
            ("note", "too_deep"),
            {"note": [[[[[[[[["[1.5]"]]]]]]]]]},
        ),
    ],
)
def test_an_attribute_is_made_safe_with_a_warning(record, warning, kept):
    reading = read({"email": "a@example.com", **record})

    assert reading.warnings == (warning,)
    assert reading.data.attributes == kept


def test_a_long_column_name_is_cut():
    assert one(**{"x" * 101: "1", "x" * 102: "2"}).attributes == {"x" * 100: "1", "x" * 100 + " (2)": "2"}


def test_nesting_beyond_reason_refuses_the_row():
    deep: list = []
    for _ in range(200):
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
        taken = read(record).data
    except Refused:
        return
    assert to_attribute(taken.attributes)["M"].keys() == taken.attributes.keys()


@pytest.mark.parametrize("value", [{"a": [1, Decimal("1.5"), True, None, "x"]}, -3, "text", []])
def test_attributes_survive_storage(value):
    assert from_attribute(to_attribute(value)) == value


@pytest.mark.parametrize("value", [10**40, Decimal("1e400"), Decimal("1e-400")])
def test_numbers_beyond_the_table_are_kept_as_text(value):
    assert to_attribute(value) == {"S": str(value)}


@pytest.mark.parametrize(
    ("parts", "stored", "kept"),
    [
        (("1990", "5", "7"), "1990-05-07", {"Date of Birth": "1991-01-01"}),
        (("1990", "13", "45"), "1991-01-01", {"Birth Year": "1990-13-45"}),
    ],
)
def test_a_date_of_birth_beside_its_parts_is_read_where_they_cannot_be(parts, stored, kept):
    values = dict(zip(("Birth Year", "Birth Month", "Birth Day"), parts, strict=True))

    data = one(**values, **{"Date of Birth": "1991-01-01"})

    assert (data.birth_date, data.attributes) == (stored, kept)
