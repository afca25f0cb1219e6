"""How a record as a whole is read: columns that compete, values that are kept unread, secrets that are dropped."""

from datetime import date
from decimal import Decimal

import pytest

from app.services.ingest.transform import Reading, RecordReader

TODAY = date(2026, 11, 21)


def read(overrides: dict[str, str] | None = None, **record) -> Reading:
    return RecordReader(TODAY, overrides).read({"email": "a@example.org", **record})


def attributes(**record) -> dict:
    return read(**record).data.attributes


def test_the_first_value_that_can_be_read_wins_and_the_others_are_attributes():
    reading = read(Phone="n/a", Mobile="call me", **{"Home Phone": "+44 20 7946 0958", "Work Phone": "12"})

    assert reading.data.phone == "+442079460958"
    assert reading.data.attributes == {"Mobile": "call me", "Work Phone": "12"}
    assert reading.warnings == ()


def test_when_none_can_be_read_the_first_is_kept_unread_with_one_warning():
    reading = read(Phone="call me", Mobile="12")

    assert reading.data.attributes == {"unread": {"phone": "call me"}, "Mobile": "12"}
    assert reading.warnings == (("phone", "phone_format"),)


def test_a_country_code_goes_before_a_country():
    reading = read(Country="Germany", **{"Country Code": "DE"})

    assert (reading.data.country, reading.data.attributes) == ("DE", {"Country": "Germany"})


def test_a_dialling_code_is_no_country_code():
    reading = read(Country="Germany", Phone="030 23125000", **{"Country Code": "+49"})

    assert (reading.data.country, reading.data.phone) == ("DE", "+493023125000")
    assert reading.data.attributes == {"Country Code": "+49"}


def test_a_second_address_may_be_the_one_that_is_read():
    reading = RecordReader(TODAY).read({"E-mail 1 - Value": "nobody", "E-mail 2 - Value": "b@example.org"})

    assert reading.data.email == "b@example.org"
    assert reading.data.attributes == {"E-mail 1 - Value": "nobody"}


def test_without_a_known_country_neither_a_phone_nor_a_date_is_guessed():
    reading = read(country="N/A", phone="081 234 5678", birthDate="05/07/1990")

    assert (reading.data.country, reading.data.phone, reading.data.birth_date) == (None, None, None)
    assert attributes(phone="081 234 5678") == {"unread": {"phone": "081 234 5678"}}
    assert reading.warnings == (("phone", "phone_needs_country"), ("birthDate", "ambiguous_date"))


def test_notes_that_differ_by_a_space_do_not_collide():
    assert attributes(**{"Note": "1", "Note ": "2"}) == {"Note": "1", "Note (2)": "2"}
    assert attributes(box={"a": 1, "a ": 2}) == {"box": {"a": 1, "a (2)": 2}}


def test_a_column_named_unread_differs_from_values_not_read():
    assert attributes(unread="x", phone="ask") == {"unread (2)": "x", "unread": {"phone": "ask"}}


def test_an_operator_corrects_what_a_column_is():
    reading = read({"Rufnummer": "phone", "Phone": "dropped"}, Rufnummer="+4930123456", Phone="1")

    assert (reading.data.phone, reading.data.attributes) == ("+4930123456", {})


CARD = "4111 1111 1111 1111"


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        (CARD, {}),
        ("4111111111111111", {}),
        (4111111111111111, {}),
        (Decimal("4111111111111111.0"), {}),
        (Decimal("4.111111111111111E15"), {}),
        ("4111.1111.1111.1111", {}),
        ("4111\u00a01111\u20131111\u00a01111", {}),
        ("3782-822463-10005", {}),
        (f"paid with {CARD}, thanks", {"note": "paid with , thanks"}),
        (f"{CARD} and 5500 0000 0000 0004", {"note": "and"}),
        ({"deep": [CARD]}, {"note": {"deep": [""]}}),
    ],
)
def test_card_numbers_are_dropped_wherever_they_are(note, kept):
    reading = read(note=note)

    assert reading.data.attributes == kept
    assert reading.warnings == (("note", "card_number"),)


@pytest.mark.parametrize(
    "note",
    [
        "4111 1111 1111 1112",
        "+49 1511 2345678",
        "1700000000000",
        "9999999999999995",
        "41111111111111111111111",
        "2024-05-06 07:08:09",
        12345,
        Decimal("4111.111"),
    ],
)
def test_other_numbers_are_no_cards(note):
    assert read(note=note).warnings == ()
    assert attributes(note=note) == {"note": note}


@pytest.mark.parametrize("field", ["name", "phone", "birthDate", "country", "locale"])
def test_a_card_number_in_a_field_is_not_kept_unread(field):
    reading = read(**{field: CARD})

    assert reading.data.attributes == {}
    assert CARD[:4] not in str(reading.data)
    assert (field, "card_number") in reading.warnings


@pytest.mark.parametrize(
    ("value", "reason", "kept"),
    [
        ("Ada\x07 Byron", "control_character", "Ada\x07 Byron"),
        (" Ada\x1b[1m\n", "control_character", " Ada\x1b[1m\n"),
        ("Ada\0Byron", "control_character", "Ada\ufffdByron"),
        ("Ada\ud800", "invalid_text", "Ada\ufffd"),
        ("Ada\x07\ud800", "control_character", "Ada\x07\ufffd"),
        (["Ada\x07", "e\u0301 "], "not_text", ["Ada\x07", "e\u0301 "]),
        ({"first\x07": "Ada\x07"}, "not_text", {"first": "Ada\x07"}),
    ],
)
@pytest.mark.parametrize("field", ["name", "phone", "birthDate", "country", "locale"])
def test_a_value_that_is_not_read_is_kept_as_it_was_with_one_warning(field, value, reason, kept):
    reading = read(**{field: value})

    assert reading.data.attributes == {"unread": {field: kept}}
    assert reading.warnings == ((field, reason),)


def test_a_joined_name_that_is_not_read_is_kept_as_it_was():
    reading = read(firstName="Ada\x07", lastName="Byron")

    assert reading.data.attributes == {"unread": {"name": "Ada\x07 Byron"}}
    assert reading.warnings == (("name", "control_character"),)


def test_a_card_number_instead_of_a_name_is_one_warning():
    assert read(name=f"Ada {CARD}").warnings == (("name", "card_number"),)
    assert read(name=f"Ada\x07 {CARD}").warnings == (("name", "control_character"), ("name", "card_number"))


def test_secrets_are_dropped_at_any_depth():
    reading = read(
        Password="hunter2",
        login={"name": "ada", "api_key": "k"},
        deep=[[[[[[[[[[{"pin": 1, "token": 2}]]]]]]]]]],
    )

    assert reading.data.attributes == {"login": {"name": "ada"}, "deep": [[[[[[[[['[{"pin": 1}]']]]]]]]]]}
    assert ("Password", "secret_column") in reading.warnings
    assert ("login", "secret_column") in reading.warnings
    assert ("deep", "secret_column") in reading.warnings


def test_an_empty_secret_is_no_warning():
    assert read(Password="", Token=None).warnings == ()


def test_a_whole_number_with_a_point_stands_for_its_digits():
    assert read(phone=Decimal("442079460000.0"), country="GB").data.phone == "+442079460000"


def test_an_extension_is_no_part_of_the_stored_number_and_is_kept():
    reading = read(phone="+44 20 7946 0958 ext. 12")

    assert reading.data.phone == "+442079460958"
    assert reading.data.attributes == {"phone": "+44 20 7946 0958 ext. 12"}


def test_brackets_around_the_plus_are_read():
    assert read(phone="(+44) 20 7946 0958").data.phone == "+442079460958"
