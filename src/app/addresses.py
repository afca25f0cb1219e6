"""E-mail addresses: parsed, compared, written and shown here alone.

An address is kept as its local part in NFC and lower case, and its domain as DNS has it (A-labels). The domain goes
through UTS 46 without the transitional mapping of IDNA 2003: `faß.example` is `xn--fa-hia.example`, a domain of its
own, and not `fass.example`, which belongs to someone else. Python's own `idna` codec implements IDNA 2003.

https://www.unicode.org/reports/tr46/ and RFC 5891; the `idna` package is imported when a domain is international.
"""

import re

from app.text import nfc

# A dot-string of RFC 5321, loosely: nothing that would have to be quoted.
_LOCAL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}")
_DOT_STRING = re.compile(r"[^.]+(?:\.[^.]+)*")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}", re.ASCII)
_LONGEST_DOMAIN = 253
_SHORTEST_TOP = 2
_A_LABEL = "xn--"


class NotAnAddress(ValueError):
    """The text is no address that mail could have. The message quotes nothing."""


def parse(text: str) -> str:
    """The one form of an address, by which it is stored and compared.

    Raises:
        NotAnAddress: it has no local part, or a domain that DNS cannot hold (`_`, a trailing dot, one label).
    """
    local, at, domain = nfc(text).rpartition("@")
    local = nfc(local.lower())
    if not (at and local.isprintable() and _LOCAL.fullmatch(local)):
        raise NotAnAddress("no local part")
    return f"{local}@{_a_labels(domain)}"


def parse_deliverable(text: str) -> str:
    """Like `parse`, for an address that mail is sent to. Mail reaches an international domain by its A-labels;
    for a local part there is no such form, and SES takes only ASCII, with single dots inside. No top-level domain is
    a number (RFC 3696, section 2): `192.168.0.10` is an IP address.

    Raises:
        NotAnAddress
    """
    address = parse(text)
    if not address.isascii():
        raise NotAnAddress("the local part is not ASCII")
    if not _DOT_STRING.fullmatch(address.partition("@")[0]) or address.rpartition(".")[2].isdigit():
        raise NotAnAddress("nothing that mail is sent to")
    return address


def kept(text: str) -> str:
    """The form of an address that came from elsewhere and must not be lost: as it is, if `parse` refuses it."""
    try:
        return parse(text.strip())
    except NotAnAddress:
        return nfc(text.strip().lower())


def prefix(text: str) -> str:
    """The stored form of the start of an address. An international label is found by the whole of it."""
    local, at, domain = nfc(text).rpartition("@")
    if not at:
        return nfc(domain.lower())
    return f"{nfc(local.lower())}@{'.'.join(map(_label, domain.split('.')))}"


def shown(address: str) -> str:
    """A stored address as people read it: the domain in its own script."""
    local, at, domain = address.rpartition("@")
    if _A_LABEL not in domain:
        return address
    import idna

    try:
        return f"{local}{at}{idna.decode(domain)}"
    except idna.IDNAError:
        return address


def _a_labels(domain: str) -> str:
    """UTS 46 maps to lower case itself, without the final sigma that `str.lower` makes."""
    domain = domain.lower() if domain.isascii() else _encoded(domain)
    domain = _encoded(domain) if _A_LABEL in domain else domain
    top = domain.rpartition(".")[2]
    if len(domain) > _LONGEST_DOMAIN or len(top) < _SHORTEST_TOP or not _DOMAIN.fullmatch(domain):
        raise NotAnAddress("not a domain")
    return domain


def _label(start: str) -> str:
    if start.isascii():
        return start.lower()
    try:
        return _encoded(start)
    except NotAnAddress:
        return start.lower()


def _encoded(domain: str) -> str:
    import idna

    try:
        return idna.encode(domain, uts46=True, std3_rules=True, transitional=False).decode()
    except (idna.IDNAError, UnicodeError):
        raise NotAnAddress("not an international domain") from None
