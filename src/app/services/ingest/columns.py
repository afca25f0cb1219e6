"""Which field a column holds: `E-Mail`, `e_mail` and `email` are one, and so on."""

import re

_SYNONYMS = {
    "email": ("email", "emailaddress", "mail"),
    "name": ("name", "fullname", "displayname"),
    "firstName": ("firstname", "givenname", "forename"),
    "lastName": ("lastname", "surname", "familyname"),
    "phone": ("phone", "phonenumber", "mobile", "telephone", "tel"),
    "birthDate": ("birthdate", "dateofbirth", "birthday", "dob"),
    "country": ("country", "countrycode"),
    "locale": ("locale", "language", "lang"),
}
_FIELDS = {synonym: field for field, synonyms in _SYNONYMS.items() for synonym in synonyms}
_PUNCTUATION = re.compile(r"[\s_-]+")


def field_of(column: str) -> str | None:
    """The field that a column holds; `None` for one of its own kind."""
    return _FIELDS.get(_PUNCTUATION.sub("", column).lower())
