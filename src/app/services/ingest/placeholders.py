"""Values that stand for "none".

It depends on the field what else they could be: "keine" is no telephone number, but Keine is a family name, like Null
and Na. So a name is absent only where no person can have it.
"""

import re

_SIGNS = "-_.?*/\\~'\"\u00bf\u2010\u2011\u2012\u2013\u2014\u2015\u2026 "
# No one is called so.
_PHRASES = frozenset(
    {
        "n/a",
        "#n/a",
        "n\\a",
        "n-a",
        "n/a.",
        "n / a",
        "#n/a n/a",
        "#nv",
        "#ref!",
        "#value!",
        "n/d",
        "#n/d",
        "n/c",
    }
    | {"s/o", "s/d", "s/n", "k/a", "\\n", "n.v.t.", "entfällt", "entf.", "empty", "not set"}
    | {"undefined", "[object object]", "not available", "not applicable", "not specified", "not provided"}
    | {
        "not given",
        "not known",
        "no data",
        "no value",
        "no answer",
        "tbd",
        "tba",
        "no email",
        "no e-mail",
        "no mail",
    }
    | {
        "keine e-mail",
        "keine email",
        "keine mail",
        "pas d'email",
        "pas d'e-mail",
        "pas de mail",
        "sin correo",
    }
    | {"sin email", "nessuna email", "sem email"}
    | {"keine angabe", "keine angaben", "ohne angabe", "ohne angaben", "nicht angegeben", "nicht bekannt"}
    | {"nicht verfügbar", "nicht vorhanden", "nicht zutreffend", "kein wert", "keine daten"}
    | {
        "non renseigné",
        "non renseignée",
        "non communiqué",
        "non communiquée",
        "non disponible",
        "non applicable",
    }
    | {"non spécifié", "non spécifiée", "non précisé", "non précisée", "sans objet"}
    | {"no disponible", "no aplica", "no especificado", "no especificada", "sin especificar", "sin datos"}
    | {"sin información", "sin dato", "no consta", "no informado", "no indicado", "no tiene", "non renseigne"}
    | {"non specificato", "não disponível", "não informado", "niet bekend", "niet beschikbaar"}
)
# In capitals they are initials: K.A. Applegate.
_ABBREVIATIONS = frozenset(
    {"n.a.", "n.a", "n. a.", "k.a.", "k.a", "k. a.", "o.a.", "o. a.", "n.d.", "n.d", "n. d.", "n.v.", "n. v."}
    | {"s.d.", "s. d.", "s.o.", "s.o", "s. o.", "n.c.", "n.c", "n. c."}
)
_UNNAMED = frozenset({"none", "unknown"})
_PROGRAMS = frozenset({"null", "nil", "nan", "na"})
# Many of these are family names, too.
_OTHER_LANGUAGES = frozenset(
    {
        "keine",
        "keiner",
        "kein",
        "keins",
        "unbekannt",
        "leer",
        "aucun",
        "aucune",
        "inconnu",
        "inconnue",
        "néant",
        "neant",
    }
    | {
        "ninguno",
        "ninguna",
        "ningún",
        "ningun",
        "desconocido",
        "desconocida",
        "vacío",
        "vacio",
        "nessuno",
        "nessuna",
        "sconosciuto",
    }
    | {"nenhum", "nenhuma", "desconhecido", "geen", "onbekend", "brak", "nieznany", "ingen", "ukendt"}
)
_WORDS = _PHRASES | _ABBREVIATIONS | _UNNAMED | _PROGRAMS | _OTHER_LANGUAGES | {"0", "00"}
# Zeros, and the earliest date of .NET, which stands there for a date that was never set.
_ZERO_DATE = (
    r"(?:0{1,4}([-/.])0{1,2}\1(?:0{4}|0{1,2})|0001-01-01|01([-/.])01(?:\2)0001)"
    r"(?:[ t](?:0?0|12):00(?::00(?:\.0+)?)?(?:z| am)?)?"
)
_LONGEST = len("0000-00-00 00:00:00.000z")


# Most values begin with none of these: they are read a million times in a file.
_NO_WORD = frozenset(_SIGNS + "0([<")
_FIRST = _NO_WORD | {character for word in _WORDS for character in (word[0], word[0].upper())}


def is_placeholder(text: str) -> bool:
    """Return whether a value that is no name means that there is none: signs alone, a spelling of N/A, NULL, none or
    unknown in one of several languages, a date of zeros."""
    if len(text) > _LONGEST or text[:1] not in _FIRST:
        return False
    word = text.casefold()
    return word in _WORDS or (word[:1] in _NO_WORD and _is_empty(word))


def is_no_name(text: str) -> bool:
    """Like `is_placeholder`, for a whole name. Null, Nil, Nan and Na in title case are names."""
    if not is_placeholder(text):
        return False
    word = text.casefold()
    return word in _UNNAMED or (word in _PROGRAMS and not text.istitle()) or is_no_part_of_a_name(text)


def is_no_part_of_a_name(text: str) -> bool:
    """Like `is_placeholder`, for a first or a last name, which may be Null or Na in any case."""
    if not is_placeholder(text):
        return False
    word = text.casefold()
    if word in _ABBREVIATIONS:
        return not text.isupper()
    return word in _PHRASES or (word[:1] in _NO_WORD and word != "0")


def _is_empty(word: str) -> bool:
    first = word[:1]
    if first in _SIGNS:
        return not word.strip(_SIGNS)
    if first == "0":
        return re.fullmatch(_ZERO_DATE, word) is not None
    return word[-1:] in ")]>" and word[1:-1].strip() in _WORDS
