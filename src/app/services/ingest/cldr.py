"""What CLDR knows of languages, scripts, regions and months, as `devstack.cldr_words` writes it into `cldr.json`."""

import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("cldr.json")


@dataclass(frozen=True, slots=True)
class Cldr:
    """Subtags in their usual case. `shorter`: three letters to the two that BCP 47 takes. `months`: by `word`."""

    languages: frozenset[str]
    shorter: dict[str, str]
    scripts: frozenset[str]
    regions: frozenset[str]
    variants: frozenset[str]
    months: dict[str, int]


@cache
def cldr() -> Cldr:
    """The table, read when it is first needed."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    sets = {name: frozenset(table[name]) for name in ("languages", "scripts", "regions", "variants")}
    return Cldr(**sets, shorter=table["shorter"], months=table["months"])


def word(name: str) -> str:
    """The form in which names of months are compared: without case, accents and a dot."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())
