"""Small files as common tools export them, read to what is stored. Names and addresses are invented.

`exporters/NAME.csv` has one row; the table has its item, besides the address and the name, which are the same.
"""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.models.user_data import UserData
from app.services.ingest.formats import detect
from app.services.ingest.transform import Reading, RecordReader

FOLDER = Path(__file__).with_name("exporters")
TODAY = date(2026, 11, 21)

ADA = {"email": "ada@example.org", "name": "Ada Byron"}
EXPECTED: dict[str, dict[str, Any]] = {
    "civicrm": {
        "phone": "+12025550143",
        "birth_date": "1990-12-10",
        "country": "US",
        "locale": "en-US",
        "attributes": {
            "Contact ID": "12",
            "Contact Type": "Individual",
            "First Name": "Ada",
            "Last Name": "Byron",
        },
    },
    "eventbrite": {
        "phone": "+12025550143",
        "country": "US",
        "attributes": {
            "Buyer Email": "payer@example.org",
            "Order #": "99",
            "Order Date": "2024-05-06",
            "Quantity": "1",
            "Ticket Type": "Full pass",
        },
    },
    "ghost": {
        "attributes": {
            "id": "624d",
            "subscribed_to_emails": "true",
            "complimentary_plan": "false",
            "created_at": "2024-05-06T07:08:09.000Z",
            "labels": "vip",
        }
    },
    "google": {
        "phone": "+447700900124",
        "birth_date": "1990-12-10",
        "country": "GB",
        "attributes": {
            "E-mail 2 - Value": "ada@work.example",
            "Organization Name": "Engines Ltd",
            "Labels": "* myContacts",
            "E-mail 1 - Label": "* Home",
            "E-mail 2 - Label": "Work",
            "Phone 1 - Label": "Mobile",
            "Phone 1 - Value": "+44 7700 900124 ::: +44 20 7946 0958",
        },
    },
    "google_old": {
        "phone": "+447700900124",
        "attributes": {
            "Group Membership": "* myContacts",
            "E-mail 1 - Type": "*",
            "Phone 1 - Type": "Home",
            "Phone 2 - Type": "Mobile",
            "Given Name": "Ada",
            "Family Name": "Byron",
            "Phone 1 - Value": "020 7946 0958",
            "Birthday": "--12-10",
        },
    },
    "hubspot": {
        "phone": "+12025550143",
        "birth_date": "1990-12-10",
        "country": "US",
        "locale": "en-US",
        "attributes": {"Record ID": "501", "Lifecycle Stage": "Lead"},
    },
    "mailchimp": {
        "locale": "en",
        "attributes": {
            "MEMBER_RATING": "2",
            "OPTIN_TIME": "2024-05-06 07:08:09",
            "CC": "GB",
            "REGION": "eng",
            "EUID": "0a1b2c3d4e",
            "TAGS": '"vip"',
            "Birthday": "12/10",
        },
    },
    "mautic": {
        "phone": "+4915112345678",
        "country": "DE",
        "locale": "de-DE",
        "attributes": {"id": "7", "title": "Ms", "timezone": "Europe/Berlin", "points": "10"},
    },
    "moodle": {
        "phone": "+442079460958",
        "country": "GB",
        "locale": "en",
        "attributes": {"username": "ada", "auth": "manual"},
    },
    "outlook_de": {
        "phone": "+493023125000",
        "birth_date": "1990-12-10",
        "country": "DE",
        "attributes": {"Anrede": "Frau", "Firma": "Maschinen GmbH", "Fax geschäftlich": "030 2300000"},
    },
    "outlook_en": {
        "phone": "+442079460958",
        "country": "GB",
        "attributes": {"Company": "Engines Ltd", "Business Fax": "020 7946 0001", "E-mail Type": "SMTP"},
    },
    "outlook_es": {
        "phone": "+34612345678",
        "birth_date": "1990-12-10",
        "country": "ES",
        "attributes": {"Organización": "Máquinas SL"},
    },
    "outlook_fr": {
        "phone": "+33612345678",
        "birth_date": "1990-12-10",
        "country": "FR",
        "attributes": {"Titre": "Mme", "Société": "Machines SA"},
    },
    "roundcube": {"country": "AT", "attributes": {"First Name": "Ada", "Last Name": "Byron"}},
    "salesforce": {
        "phone": "+4915123456789",
        "birth_date": "1990-12-10",
        "country": "DE",
        "attributes": {"Id": "003000000000001", "MailingCountry": "Germany"},
    },
    "shopify": {
        "phone": "+493023125000",
        "country": "DE",
        "attributes": {
            "Customer ID": "'6001",
            "Accepts Email Marketing": "yes",
            "Default Address City": "Berlin",
            "Default Address Zip": "'10115",
            "Total Spent": "12.50",
            "Total Orders": "1",
            "Tax Exempt": "no",
        },
    },
    "stripe": {
        "country": "US",
        "attributes": {
            "id": "cus_1",
            "Created (UTC)": "2024-05-06 07:08",
            "Delinquent": "false",
            "Card ID": "card_1",
            "Card Last4": "4242",
            "Card Brand": "Visa",
        },
    },
    "thunderbird": {
        "phone": "+447700900124",
        "birth_date": "1990-12-10",
        "attributes": {"First Name": "Ada", "Last Name": "Byron"},
    },
    "woocommerce": {
        "country": "NL",
        "attributes": {
            "Username": "ada",
            "Last active": "2024-05-06",
            "Sign up": "2023-01-02",
            "Orders": "3",
            "Total spend": "30",
            "AOV": "10",
            "City": "Delft",
            "Postal code": "2611",
        },
    },
    "zoho": {
        "phone": "+919123456789",
        "birth_date": "1990-12-10",
        "country": "IN",
        "attributes": {
            "Record Id": "zcrm_1",
            "Contact Owner": "Max",
            "First Name": "Ada",
            "Last Name": "Byron",
        },
    },
}

WARNINGS = {
    "moodle": (("password", "secret_column"),),
    "stripe": (("card.number", "secret_column"),),
}


def readings(name: str) -> list[Reading]:
    data = (FOLDER / f"{name}.csv").read_bytes()
    found, reader = detect([data]), RecordReader(TODAY)
    rows = found.read([data[found.start :]], found.start, found.line)
    return [reader.read(row.record) for row in rows if row.record is not None]


DOCUMENT = Path(__file__).parents[3] / "docs" / "imports.md"
FIELDS = {"phone": "phone", "birth_date": "birthDate", "country": "country", "locale": "locale"}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_document_says_what_is_read_of_each(name):
    read = ["email", "name", *(field for key, field in FIELDS.items() if key in EXPECTED[name])]
    warned = [f"`{field}`: {reason}" for field, reason in WARNINGS.get(name, ())]
    link = f"[`{name}.csv`](../tests/unit/ingest/exporters/{name}.csv)"

    lines = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if link in line]

    assert [line.partition(link)[2] for line in lines] == [
        f" | {', '.join(read)} | {'; '.join(warned) or 'none'} |"
    ]


def test_each_file_is_in_the_table():
    assert {path.stem for path in FOLDER.glob("*.csv")} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_stored_of_an_export(name):
    (reading,) = readings(name)

    assert reading.data == UserData(**{**ADA, **EXPECTED[name]})
    assert reading.warnings == WARNINGS.get(name, ())
