"""Locales: BCP 47 tags whose language, script, region and variants CLDR knows."""

import re
from functools import lru_cache

from app.services.ingest.cldr import cldr
from app.services.ingest.refused import Refused

# As in a profile: RFC 5646, without extensions, private use and grandfathered tags.
_TAG = re.compile(
    r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|\d{3}))?((?:-(?:[A-Za-z0-9]{5,8}|\d[A-Za-z0-9]{3})){0,3})",
    re.ASCII,
)
# Codes of small languages that are words where they stand alone: "new" is not Newari.
_SMALL_OR_WORD = """\
ace ada ale alt ban bar bas bin bra bug bum car cop dar del den din fan fat fit fon fur gag gay got him hit hup
ill jam jar ken kos lad lag lam leg lil lol mad mag man mas meg men mic mid min moe mus nan nap new nom non nov
pal pap pat pro rap rom sad sam sap sat see sly src sum tem tie tog war was wit yap yen zen"""
_WORDS = frozenset(_SMALL_OR_WORD.split())
_UNITED_KINGDOM = {"UK": "GB"}


@lru_cache(maxsize=1024)
def locale(value: str) -> str:
    """A BCP 47 tag in its usual case, with the shortest code of its language. POSIX names such as `de_DE.UTF-8` and
    the region `UK` are understood.

    Raises:
        Refused: `locale_format`, or `unknown_locale`.
    """
    tag = re.split(r"[.@]", value)[0].replace("_", "-")
    match = _TAG.fullmatch(tag)
    if match is None:
        raise Refused("locale", "locale_format")
    language, script, region, variants = match.groups(default="")
    if tag.lower() in _WORDS:
        raise Refused("locale", "unknown_locale")
    return _known(language.lower(), script.title(), region.upper(), variants.lower())


def _known(language: str, script: str, region: str, variants: str) -> str:
    language, region = cldr().shorter.get(language, language), _UNITED_KINGDOM.get(region, region)
    known = (
        (language in cldr().languages or language in cldr().shorter.values())
        and script in {"", *cldr().scripts}
        and region in {"", *cldr().regions}
        and cldr().variants.issuperset(variants.split("-")[1:])
    )
    if not known:
        raise Refused("locale", "unknown_locale")
    return "-".join(filter(None, (language, script, region))) + variants
