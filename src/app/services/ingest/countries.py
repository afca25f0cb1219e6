"""Countries by what people write for them: ISO 3166-1 codes, and names of CLDR and ISO 3166.

`countries.json` is written by `devstack.country_names`; a test compares the two.
"""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("countries.json")

# Codes in small letters that are words of a sentence rather than a country: "no" is not Norway.
_ENGLISH = """\
no is in it me my so to at be by am as do us na
ago and are arm ben bra can cod cog com cub dom esp fin gab gin gum guy irl jam lie lux mac mar mus nor pan per pol
pry sen ton tun vat"""
_WORDS = frozenset(_ENGLISH.split())


def country_code(text: str) -> str | None:
    """The ISO 3166-1 alpha-2 code, or `XK` for Kosovo; `None` for anything else, for nothing is guessed.

    A code is in capitals, or in small letters unless that is an English word. In names, case, accents and punctuation
    do not matter.
    """
    if len(text) in (2, 3) and text.isascii() and text.isalpha():
        return _by_code(text) or _names().get(text.casefold())
    return _names().get(plain(text)) or _names().get(text.casefold())


_ARTICLE_BEHIND = r"(?i)\(the\)|, *the\Z"
"""Congo (the); Bahamas, The."""


def plain(name: str) -> str:
    """The form of a name in which it is compared."""
    spelled = unicodedata.normalize(
        "NFKD", re.sub(_ARTICLE_BEHIND, "", name.replace("&", " and "))
    ).casefold()
    letters = "".join(c for c in spelled if unicodedata.category(c)[0] in "LN" or _is_vowel_sign(c))
    return (
        letters.removeprefix("the")
        if letters.startswith("the") and name[:4].casefold() == "the "
        else letters
    )


def _is_vowel_sign(character: str) -> bool:
    """Marks that spell in their script, unlike the accents of Latin, Greek and Cyrillic."""
    return unicodedata.category(character)[0] == "M" and not "\u0300" <= character <= "\u036f"


def _by_code(text: str) -> str | None:
    if not (text.isupper() or (text.islower() and text not in _WORDS)):
        return None
    code = text.upper()
    two = _codes().get(code, code)
    return two if two in _two_letter_codes() else None


@cache
def _table() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def _codes() -> dict[str, str]:
    return _table()["codes"]


def _names() -> dict[str, str]:
    return _table()["names"]


@cache
def _two_letter_codes() -> frozenset[str]:
    return frozenset(_codes().values()) | {"XK"}
