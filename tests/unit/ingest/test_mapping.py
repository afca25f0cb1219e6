"""Mapping of columns to fields, with the columns kept as attributes and those dropped."""

import json
from pathlib import Path

import pytest

from app.services.ingest import headers, mapping
from app.services.ingest.mapping import FIELDS, TARGETS, ColumnMapping

DATA = json.loads(Path(headers.__file__).with_name("headers.json").read_text(encoding="utf-8"))


def targets(*names: str, **overrides: str) -> dict[str, str]:
    return {column.header: column.target for column in ColumnMapping.of(names, overrides).columns}


@pytest.mark.parametrize(
    "header",
    [
        "E-Mail",
        "e_mail",
        "EMAIL",
        " Email: ",
        "E\u2011mail",
        "E\u2013Mail",
        '"Email"',
        "„E-Mail“",
        "Email*",
        "Email (required)",
        "E-mail (optional):",
        "email (2)",
    ],
)
def test_case_punctuation_and_remarks_do_not_matter(header):
    assert targets(header) == {header: "email"}


def test_a_remark_on_the_format_does_not_matter():
    assert targets("Birthday (YYYY-MM-DD)", "Geburtsdatum (TT.MM.JJJJ)") == {
        "Birthday (YYYY-MM-DD)": "birthDate",
        "Geburtsdatum (TT.MM.JJJJ)": "birthDate",
    }


@pytest.mark.parametrize(
    "header",
    [
        "País o región (particular)",
        "País o región (trabajo)",
        "País/Región (particular)",
        "Otro país o región",
        "Pays/Région (domicile)",
        "Pays/Région (bureau)",
        "Pays/Région (autre)",
        "Pays (domicile)",
        "Land/Region (privat)",
        "Land privat",
        "Land (geschäftlich)",
        "Weiteres Land/Region",
        "Country/Region (Home)",
        "Country/Region (Other)",
    ],
)
def test_the_country_of_any_address_in_each_language_of_outlook(header):
    assert targets(header) == {header: "country"}


@pytest.mark.parametrize(
    ("field", "known"),
    [
        (
            "email",
            "Adresse électronique|Mail-Adresse|Adresse mail|Correo-e|Posta elettronica|E-mailadres|E-postadress",
        ),
        (
            "birthDate",
            "Geb|Geb.|GEB.:|Geb.-Datum|Né(e) le|Née le|F. nac.|Born|Data di nascita|Geboortedatum",
        ),
        ("birthDate", "生年月日|Дата рождения|Doğum tarihi"),
        ("country", "Staat|Wohnsitzland|Pays de résidence|Country of residence|Paese|Kraj"),
        ("locale", "Bevorzugte Sprache|Langue préférée|Idioma preferido|Language code|Taal|Lingua"),
        ("phone", "Telefono|Telefone|Telefoonnummer|Cellulare|Telemóvel|Komórka"),
        ("firstName", "Voornaam|Nome|Imię|Förnamn"),
        ("lastName", "Achternaam|Cognome|Nazwisko|Efternamn|Sobrenome"),
    ],
)
def test_plain_headers_of_several_languages(field, known):
    for header in known.split("|"):
        assert targets(header) == {header: field}


def test_a_column_of_states_comes_after_each_column_of_countries():
    assert [
        c.header for c in ColumnMapping.of(["Staat", "Otro país o región", "Land"]).by_field["country"]
    ] == [
        "Land",
        "Otro país o región",
        "Staat",
    ]


def test_each_known_header_means_its_field_and_has_a_source():
    for field, known in DATA["fields"].items():
        assert field in FIELDS
        for header, exporters in known.items():
            assert targets(header) == {header: field}
            assert set(exporters) <= DATA["sources"].keys()


def test_no_header_is_listed_for_two_fields():
    keys = [headers.key(header) for known in DATA["fields"].values() for header in known]

    assert sorted(keys) == sorted(set(keys))


def test_sources_say_how_they_are_known():
    assert {source["how"] for source in DATA["sources"].values()} == {"read", "memory"}
    used = {name for known in DATA["fields"].values() for names in known.values() for name in names}
    assert used == DATA["sources"].keys()


@pytest.mark.parametrize(
    "header",
    [
        "Password",
        "user_pass",
        "Passwort",
        "Mot de passe",
        "Contraseña",
        "password_hash",
        "PwdHash",
        "salt",
        "API Token",
        "access-token",
        "api_key",
        "Client Secret",
        "CVV",
        "Card Number",
        "Credit card no.",
        "card.number",
        "SSN",
        "Government ID Number",
        "Regierungs-Nr.",
        "Social Security Number",
        "Sozialversicherungsnummer",
        "Kreditkartennummer",
        "Kartennummer",
        "pw",
        "TOTP",
        "2FA secret",
        "recovery codes",
        "auth_key",
        "md5",
        "AHV-Nummer",
        "AHV-Nr.",
        "SV-Nr.",
        "SVNR",
        "Sozialvers.-Nr.",
        "SozVersNr",
        "Rentenversicherungsnummer",
        "NIR",
        "NSS",
        "MDP",
        "Clave",
        "Login/Pass",
        "Zugangsdaten",
        "API-Schlüssel",
        "RSA key",
        "Cookie",
        "Sicherheitscode",
        "Code gouvernement",
        "National Insurance Number",
        "пароль",
        "パスワード",
        "Hasło",
        "Lösenord",
        "Adgangskode",
        "Passord",
        "Salasana",
        "Parola",
        "Jelszó",
        "Heslo",
        "Şifre",
        "Κωδικός πρόσβασης",
        "비밀번호",
        "Palavra-passe",
        "Clave de acceso",
        "user_activation_key",
        "reset_key",
        "Creditcardnummer",
        "Carta di credito",
        "Número do cartão",
        "Cartão de crédito",
        "Kreditkortnummer",
        "Numer karty kredytowej",
        "クレジットカード番号",
        "信用卡号",
        "Número da Segurança Social",
        "BSN",
        "Burgerservicenummer",
        "Personnummer",
        "Fødselsnummer",
        "CPR-nummer",
    ],
)
def test_columns_of_secrets_are_dropped(header):
    assert targets(header) == {header: "dropped"}
    for target in TARGETS:
        assert targets(header, **{header: target}) == {header: "dropped"}


@pytest.mark.parametrize(
    "header",
    [
        "Secretary",
        "Hashtag",
        "Card Brand",
        "Card Last4",
        "Passport country",
        "Compass",
        "Pincode",
        "CC",
        "Shipping",
        "Membership card number",
        "Loyalty card no.",
        "Postcard number",
        "Customer Card Number",
        "Token Count",
        "Has loyalty",
        "Parola chiave",
        "Personalnummer",
        "Cartão fidelidade",
        "Kartengröße",
    ],
)
def test_columns_that_only_sound_like_secrets_are_kept(header):
    assert targets(header) == {header: "attribute"}


def test_several_columns_of_a_field_are_ranked():
    found = ColumnMapping.of(["Mobile", "Country", "Home Phone", "Country Code", "Phone"])

    ranked = {field: [column.header for column in columns] for field, columns in found.by_field.items()}
    assert ranked == {"phone": ["Phone", "Mobile", "Home Phone"], "country": ["Country Code", "Country"]}


def test_an_override_wins():
    assert targets("Notes", "Phone", Notes="email", Phone="attribute") == {
        "Notes": "email",
        "Phone": "attribute",
    }
    found = ColumnMapping.of(["Phone", "Second"], {"Second": "phone"})
    assert [column.header for column in found.by_field["phone"]] == ["Second", "Phone"]


def test_attributes_have_names_of_their_own():
    found = ColumnMapping.of(["Note", "Note ", "note\n(optional)", "unread", "\u200b", "x" * 200])

    names = [column.attribute for column in found.columns]
    assert names == ["Note", "Note (2)", "note (optional)", "unread (2)", "column", "x" * 100]


def test_the_sentence_about_a_missing_email_column_is_bounded():
    text = mapping.no_email_detail([f"column {number} " + "x" * 100 for number in range(500)])

    assert "and 480 more" in text
    assert '"Email", "E-mail Address", "E-mail 1 - Value"' in text
    assert len(text) < 1200


def test_birth_day_beside_a_year_and_a_month_is_the_day():
    assert targets("Birth Year", "Birth Month", "Birth Day")["Birth Day"] == "birthDay"
    assert targets("Birth Day")["Birth Day"] == "birthDate"
