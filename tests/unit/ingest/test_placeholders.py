"""Values that stand for "none" are absent without a warning, but only where they cannot be a value."""

from datetime import date
from decimal import Decimal

import pytest

from app.models.user_data import UserData
from app.services.ingest.countries import country_code
from app.services.ingest.placeholders import is_no_name, is_no_part_of_a_name, is_placeholder
from app.services.ingest.refused import Refused
from app.services.ingest.transform import RecordReader

FIELDS = ["name", "phone", "birthDate", "country", "locale"]


def one(**record) -> UserData:
    """The stored form of a record that is read without a warning."""
    reading = RecordReader(date(2026, 11, 21)).read({"email": "a@example.com", **record})
    assert reading.warnings == ()
    return reading.data


ANYWHERE = [
    "", " ", "-", "--", "\u2013", "?", "???", "...", "\u2026", "_", "*", "/", "- -", "N/A", "n/a", "n.a.", "#N/A",
    "#NV",
    "(none)", "<leer>", "[N/A]", "NULL", "null", "None", "unknown", "undefined", "NaN", "nan", "[object Object]",
    "k.A.", "k. A.", "keine Angabe", "Keine Angabe", "nicht bekannt", "non renseign\u00e9", "no disponible", "s/o",
    "Sin datos", "N / A", "n. a.", "#N/A N/A", "#REF!", "\\N", '""', "''", "N/C", "n.v.t.", "entf\u00e4llt",
    "not set", "(empty)", "non renseigne", "s/d", "no tiene", "0000-00-00T00:00:00Z", "0/0/00", "00/00/0000",
    "0000-00-00", "00.00.0000", "0000-00-00 00:00:00",
    "N/C", "s. o.", "n.c.", "n/d", "TBD", "no e-mail", "keine E-Mail", "sin correo", "pas d'email",
    "0001-01-01", "0001-01-01T00:00:00", "01/01/0001 12:00:00 AM", "01.01.0001",
]  # fmt: skip
NO_VALUES = [
    "keine", "Keine", "KEINE", "unbekannt", "Ninguno", "Ninguna", "aucun", "Aucune", "inconnu", "desconocido",
    "nessuno", "geen", "0", "00", "nil", "neant", "vacio",
]  # fmt: skip


@pytest.mark.parametrize("value", ANYWHERE)
@pytest.mark.parametrize("field", FIELDS)
def test_what_can_be_no_value_at_all_is_absent(field, value):
    assert one(**{field: value}) == one()


@pytest.mark.parametrize("value", NO_VALUES)
@pytest.mark.parametrize("field", FIELDS[1:])
def test_a_word_that_may_be_a_name_is_absent_from_the_other_fields(field, value):
    assert one(**{field: value}) == one()


@pytest.mark.parametrize(
    "name", ["Keine", "keine", "Aucun", "Nessuno", "Null", "Nan", "Na", "Nil", "K.A.", "N.A.", "0", "A. Null"]
)
def test_a_word_that_may_be_a_name_is_one(name):
    assert one(name=name).name == name


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("Jennifer", "Null", "Jennifer Null"),
        ("JENNIFER", "NULL", "JENNIFER NULL"),
        ("Li", "Na", "Li Na"),
        ("K.A.", "Applegate", "K.A. Applegate"),
        ("Jo", "Keine", "Jo Keine"),
        ("Ada", "-", "Ada"),
        ("Ada", "?", "Ada"),
        ("Ada", "k.A.", "Ada"),
        ("Ada", "[object Object]", "Ada"),
        ("undefined", "Byron", "Byron"),
        ("keine Angabe", "Byron", "Byron"),
        ("N/A", "N/A", None),
        ("Unknown", "Unknown", None),
        ("null", "null", None),
        ("Ada", None, "Ada"),
    ],
)
def test_a_part_of_a_name_may_be_a_word_that_means_none_elsewhere(first, last, name):
    assert one(firstName=first, lastName=last).name == name


def test_other_columns_are_kept_as_they_are():
    assert one(note="keine Angabe", rating="?").attributes == {"note": "keine Angabe", "rating": "?"}


@pytest.mark.parametrize("value", ANYWHERE[2:] + NO_VALUES)
def test_no_country_is_taken_for_none(value):
    assert is_placeholder(value)
    assert country_code(value) is None


@pytest.mark.parametrize(
    "text", ["Ada", "0151 2345678", "-5", "?!x", "(0) 30", "<3", "00-01-2000", "01/01/2001", "x" * 50]
)
def test_values_are_values(text):
    assert not is_placeholder(text)
    assert not is_no_name(text)
    assert not is_no_part_of_a_name(text)


@pytest.mark.parametrize(
    "value", [*ANYWHERE, *NO_VALUES, *["S.O.", "s.o.", "K.A.", "N.C."], 0, False, None, [], {}]
)
def test_a_placeholder_in_place_of_an_address_rejects_the_row_as_one_without(value):
    with pytest.raises(Refused) as refused:
        RecordReader(date(2026, 11, 21)).read({"email": value, "name": "Ada"})

    assert (refused.value.field, refused.value.reason) == ("email", "required")


@pytest.mark.parametrize("value", [0, Decimal("0.0"), False, [], {}, "0"])
@pytest.mark.parametrize("field", FIELDS[1:])
def test_an_empty_value_of_json_is_absent(field, value):
    assert one(**{field: value}) == one()


@pytest.mark.parametrize("value", [False, [], {}])
def test_an_empty_name_of_json_is_absent(value):
    """Odoo writes `false` for what is empty."""
    assert one(name=value) == one()
    assert one(firstName=value, lastName="Byron").name == "Byron"
