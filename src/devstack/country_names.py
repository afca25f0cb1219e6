"""Write `src/app/services/ingest/countries.json`: what people write for a country, and its ISO 3166-1 code.

    python -m devstack.country_names

Names come from CLDR (package `babel`), in English and in the country's own languages, and from ISO 3166 (package
`pycountry`), in English. Both are large and slow to load, so the functions get only this table. A name of two
countries is left out, unless English has it for one of them alone.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pycountry
from babel import Locale
from babel.core import UnknownLocaleError, get_global

from app.services.ingest.countries import TABLE, plain

_SPOKEN_BY_PERCENT = 20
"""Of the people: a language of the country, even where it is not official."""
_BRACKETED = re.compile(r"\s*\([^)]*\)")
_WITHOUT_ISO = {"XK": "Kosovo"}
_SHORT_FORMS = {
    "GB": ("UK", "Great Britain", "England", "Scotland", "Wales", "Northern Ireland"),
    "US": ("USA", "United States", "The United States of America"),
    "AE": ("UAE", "Emirates"),
    "CD": (
        "DRC",
        "DR Congo",
        "Congo (DRC)",
        "Democratic Republic of the Congo",
        "Congo, Democratic Republic of the",
    ),
    "CG": ("Congo (Republic)",),
    "CV": ("Cape Verde",),
    "CZ": ("Czech Republic",),
    "CI": ("Ivory Coast",),
    "HK": ("Hong Kong",),
    "IE": ("Republic of Ireland",),
    "KR": ("South Korea", "Republic of Korea", "Korea (South)", "Korea, South", "\ud55c\uad6d"),
    "KP": ("North Korea", "Korea (North)", "Korea, North"),
    "LA": ("Laos",),
    "MK": ("Macedonia",),
    "MM": ("Burma",),
    "MO": ("Macau", "Macao"),
    "NL": ("Holland", "The Netherlands"),
    "PS": ("Palestine",),
    "RU": ("Russia",),
    "SZ": ("Swaziland",),
    "TL": ("East Timor",),
    "TR": ("Turkey", "Türkiye"),
    "VA": ("Vatican", "Vatican City"),
}


def table() -> dict[str, dict[str, str]]:
    """`codes`: alpha-3 to alpha-2, both in capitals; `names`: plain names to alpha-2."""
    codes = {country.alpha_2: country.alpha_3 for country in pycountry.countries}
    english = _unambiguous((code, _english(code)) for code in (*codes, *_WITHOUT_ISO))
    own = _unambiguous((code, _own(code)) for code in (*codes, *_WITHOUT_ISO))
    names = {name: code for name, code in (own | english).items() if len(name) > 3 or not name.isascii()}
    short = {plain(name): code for code, forms in _SHORT_FORMS.items() for name in forms}
    return {
        "codes": dict(sorted((three, two) for two, three in codes.items())),
        "names": dict(sorted((names | short | {"u.s.": "US"}).items())),
    }


def _unambiguous(named: Iterable[tuple[str, set[str]]]) -> dict[str, str]:
    codes: dict[str, set[str]] = {}
    for code, names in named:
        for name in names:
            codes.setdefault(plain(name), set()).add(code)
    return {name: found.pop() for name, found in codes.items() if len(found) == 1 and name}


def _english(code: str) -> set[str]:
    names = {Locale("en").territories[code], _WITHOUT_ISO.get(code, "")}
    if country := pycountry.countries.get(alpha_2=code):
        given = (getattr(country, name, "") for name in ("name", "official_name", "common_name"))
        names |= {name for name in given if name}
    names |= {variant for name in names for variant in _variants(name)}
    return names | {name.replace("St.", "Saint") for name in names}


def _variants(name: str) -> Iterator[str]:
    """`Myanmar (Burma)` is also written Myanmar; `Korea, Republic of` is also written Republic of Korea."""
    yield _BRACKETED.sub("", name)
    first, comma, rest = name.partition(", ")
    if comma and "," not in rest:
        yield f"{rest} {first}"


def _own(code: str) -> set[str]:
    languages = get_global("territory_languages").get(code, {})
    spoken = [
        language
        for language, facts in languages.items()
        if facts.get("official_status") or facts.get("population_percent", 0) >= _SPOKEN_BY_PERCENT
    ]
    return {name for language in spoken if (name := _territory(language, code))}


def _territory(language: str, code: str) -> str:
    try:
        return str(Locale.parse(language).territories.get(code, ""))
    except (UnknownLocaleError, ValueError):
        return ""


def text() -> str:
    return json.dumps(table(), ensure_ascii=False, indent=0) + "\n"


if __name__ == "__main__":
    Path(TABLE).write_text(text(), encoding="utf-8")
