"""Write `src/app/services/ingest/cldr.json`: the subtags of language tags that are known, and the names of months.

    python -m devstack.cldr_words

CLDR (package `babel`) is large and slow to load, so the functions get only this table. The name of a month is left
out where it means two of them: `listopad` is November in Polish and October in Croatian.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pycountry
from babel import Locale, localedata
from babel.core import get_global

from app.services.ingest.cldr import TABLE, word

_NO_LANGUAGE = {"mis", "mul", "root", "und", "zxx"}
_NO_SCRIPT = {"Zinh", "Zmth", "Zsye", "Zsym", "Zxxx", "Zyyy", "Zzzz"}
_NO_REGION = {"QO", "XA", "XB", "ZZ"}
# Subtags that BCP 47 has replaced, and that Java and others still write.
_REPLACED = {"in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro"}
_MONTHS_OF = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "hr", "da", "nb", "nn", "sv", "fi")


def table() -> dict[str, Any]:
    english = Locale("en")
    shorter = dict(sorted((_two_letters() | _REPLACED).items()))
    return {
        "languages": sorted(_languages(english) - shorter.keys()),
        "shorter": shorter,
        "scripts": sorted(set(english.scripts) - _NO_SCRIPT),
        "regions": sorted(set(english.territories) - _NO_REGION),
        "variants": sorted(str(variant).lower() for variant in english.variants),
        "months": dict(sorted(_months().items())),
    }


def _languages(english: Locale) -> set[str]:
    """Those with an English name, with data of their own, and the other codes of these."""
    own = {identifier.partition("_")[0] for identifier in localedata.locale_identifiers()}
    known = {*english.languages, *own, *get_global("language_aliases")}
    return {language for language in known if "_" not in language} - _NO_LANGUAGE


def _two_letters() -> dict[str, str]:
    """ISO 639-2 and 639-3 to 639-1: BCP 47 takes the shorter code."""
    found = {}
    for language in pycountry.languages:
        if two := getattr(language, "alpha_2", None):
            found[language.alpha_3] = two
            found[getattr(language, "bibliographic", language.alpha_3)] = two
    return found


def _months() -> dict[str, int]:
    meanings: dict[str, set[int]] = {}
    for language in _MONTHS_OF:
        for name, month in _names(language):
            meanings.setdefault(name, set()).add(month)
    return {name: found.pop() for name, found in meanings.items() if len(found) == 1}


def _names(language: str) -> Iterator[tuple[str, int]]:
    months = Locale(language).months
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            yield from ((word(name), month) for month, name in months[context][width].items())


def text() -> str:
    return json.dumps(table(), ensure_ascii=False, indent=0) + "\n"


if __name__ == "__main__":
    Path(TABLE).write_text(text(), encoding="utf-8")
