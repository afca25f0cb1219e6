"""Names of columns: which field a header means, and which headers hold secrets.

`headers.json` has the names of common exporters and where each was seen. Matching ignores case, accents, punctuation,
hyphens, quotes, white space, and remarks such as "(required)" or "(YYYY-MM-DD)".
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

_FILE = Path(__file__).with_name("headers.json")
_REMARK = (
    r"(?i)\(\s*(?:required|optional|mandatory|erforderlich|pflichtfeld|optionnel|obligatoire|obligatorio|opcional"
    r"|\d+|[dmyjta]{1,4}(?:[-/.][dmyjta]{1,4}){2})\s*\)"
)
_NEAREST = 3

# Patterns are compiled when they are first used: most invocations of the functions need none of them.
# Spellings after `key`, so without case, accents, spaces and punctuation (of Japanese, without voicing marks). Card
# types, expiry dates and last four digits are no secrets; neither are hashtags, postal PIN codes, and the numbers of
# membership cards.
_DROPPED = (
    r"passw|passphrase|passcode|^pass$|userpass$|^pw$|^pwd|pwd$|kennwort|motdepasse|^mdp$|contrasena|^clave$|senha$|wachtwoord"
    r"|пароль|ハスワート|密码|密碼|^has[łl]o$|losenord|adgangskode|passord|salasana|^parola$|jelszo|^heslo$|^sifre$"
    r"|κωδικοσπροσβασησ|palavrapasse|^clavedeacceso$|\u1107\u1175\u1106\u1175\u11af\u1107\u1165\u11ab\u1112\u1169"
    r"|hash(?:es)?$|^hashed|hashed$|^salt$|^md5$|^sha(?:1|256|512)$|^bcrypt$"
    r"|activationkey|resetkey|loginpass|zugangsdaten|apischlussel|rsakey|^cookies?$"
    r"|token(?!count)|bearer|authkey|apikey|secret(?!ar)|privatekey|accesskey|sshkey|^t?otp|^[2m]fa|recoverycode|backupcode"
    r"|(?<!membership)(?<!member)(?<!loyalty)(?<!customer)(?<!business)(?<!id)(?<!post)(?<!dis)cardn(?:umber|um|o|r|bre)$"
    r"|^ccn(?:um|umber|o|r)$|^creditcard$|^debitcard$|^pan$|^kartennummer$"
    r"|kreditkarte(?:nnummer|nnr)?$|cartebancaire|cartedecredit|numerodecarte|tarjetadecredito|numerodetarjeta"
    r"|^creditcardnummer$|cartadicredito|cartaodecredito|numerodocartao|kreditkort(?:nummer|nr)?$|kartykredytowej"
    r"|クレシットカート番号|信用卡号|信用卡號"
    r"|cvv|cvc2?$|^csc$|cardsecuritycode|securitycode|sicherheitscode"
    r"|^ssn|ssn$|socialsecurity|socialinsurance|nationalinsurance|^ninumber$|^nino$|sozialversicherung"
    r"|^(?:ahv|sv|sozvers|sozialvers|rentenversicherungs)n(?:umme)?r$|^nir$|^nss$|securitesociale|seguridadsocial|segurancasocial"
    r"|^bsn$|burgerservicenummer|personnummer|fødselsnummer|^cprn(?:umme)?r$"
    r"|^governmentid|^regierungsn(?:umme)?r$|^codegouvernement$"
)


@lru_cache(maxsize=4096)
def key(header: str) -> str:
    """The form of a header in which it is compared: letters and digits only, without case and accents."""
    plain = unicodedata.normalize("NFKD", re.sub(_REMARK, "", header)).casefold()
    return "".join(character for character in plain if character.isalnum())


@cache
def _known() -> dict[str, tuple[str, int]]:
    """By key: the field, and its rank among the columns of that field; 0 wins."""
    known: dict[str, tuple[str, int]] = {}
    for field, headers in _fields().items():
        for rank, header in enumerate(headers):
            known.setdefault(key(header), (field, rank))
    return known


def _fields() -> dict[str, dict[str, list[str]]]:
    """By field, in the order of rank: the headers, and the exporters that write them."""
    fields: dict[str, dict[str, list[str]]] = json.loads(_FILE.read_text(encoding="utf-8"))["fields"]
    return fields


def meaning(header: str) -> tuple[str, int] | None:
    """The field that a header means, and its rank; `None` for a column of another kind."""
    return _known().get(key(header))


@lru_cache(maxsize=4096)
def is_secret(header: str) -> bool:
    """Return whether the column holds passwords, hashes, tokens, card or social security numbers, by its name."""
    return re.search(_DROPPED, key(header)) is not None


def nearest_to_email(headers: Iterable[str]) -> list[str]:
    """The known headers of an e-mail column that look most like one of these."""
    from difflib import get_close_matches

    emails = {key(header): header for header in _fields()["email"]}
    close = [match for header in headers for match in get_close_matches(key(header), emails, n=1)]
    return list(dict.fromkeys(emails[match] for match in close or emails))[:_NEAREST]
