"""What a new password must be: what the pool asks for, and neither common nor made of what is known of its user.

The pool sees a password that an SDK or the hosted page sends it, and asks for length and complexity alone. No trigger
is given the password, so the other rules hold for the passwords that are set here.

`common_passwords.txt.gz` is written by `devstack.common_passwords`; a test compares the two.
"""

import gzip
import re
from functools import cache
from itertools import chain
from pathlib import Path
from string import ascii_lowercase, digits, punctuation

from app.errors import FieldError, Unprocessable
from app.ports.identity import PASSWORD_POLICY

LIST = Path(__file__).parent / "common_passwords.txt.gz"

SHORTEST = 12
"""Characters, as in the pool's policy."""
_CLASSES = (re.compile("[A-Z]"), re.compile("[a-z]"), re.compile("[0-9]"), re.compile(r"[!-/:-@\[-`{-~]"))
"""Upper case, lower case, digits, and the symbols that Cognito counts, which are all of ASCII's.
https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html"""

_LENGTH = f"Use at least {SHORTEST} characters."
_COMMON = "This is one of the first passwords that are guessed. Use several words, or let a password manager choose."
_PERSONAL = "Leave out the e-mail address and the name: they are guessed first."

_SYMBOLS = punctuation + " "
_NO_LETTERS = digits + _SYMBOLS
_SHORTEST_PART = 4
"""Characters of a word that counts: shorter ones are in many passwords by chance."""
_PARTS = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W\d_]+")
_REPEATED = re.compile(r"(.+?)\1+", re.DOTALL)
_LEET = tuple(str.maketrans("@4301!$57", f"aaeo{one}{one}sst") for one in "il")
"""Digits and symbols that stand for letters. `1` and `!` stand for two."""


class PasswordRules:
    """`complexity`: whether the pool asks for all four kinds of characters."""

    def __init__(self, *, complexity: bool = True) -> None:
        self._complexity = complexity

    def check(
        self, password: str, email: str, name: str | None = None, *, pointer: str = "/password"
    ) -> None:
        """Raises:
        Unprocessable: with code `password_policy`, `password_common` or `password_personal` at `pointer`.
        """
        if not self._meets_policy(password):
            raise _refused(pointer, "password_policy", PASSWORD_POLICY if self._complexity else _LENGTH)
        if _is_personal(password, email, name):
            raise _refused(pointer, "password_personal", _PERSONAL)
        if _is_common(password):
            raise _refused(pointer, "password_common", _COMMON)

    def _meets_policy(self, password: str) -> bool:
        if len(password) < SHORTEST:
            return False
        return not self._complexity or all(kind.search(password) for kind in _CLASSES)


def _refused(pointer: str, code: str, message: str) -> Unprocessable:
    return Unprocessable(errors=(FieldError(pointer, code, message),))


def _is_personal(password: str, email: str, name: str | None) -> bool:
    """Return whether the password contains the address's local part, the name, or a word of either."""
    local = email.rpartition("@")[0]
    parts = {local, *_PARTS.split(local), *_PARTS.split(name or "")}
    known = [part.casefold() for part in parts if len(part) >= _SHORTEST_PART]
    return any(part in form for form in _forms(password.casefold()) for part in known)


def _is_common(password: str) -> bool:
    """Return whether the password repeats itself, is on the list, or is a word of the list or the alphabet with
    digits and symbols around it."""
    repeated = _REPEATED.fullmatch(password)
    if repeated and len(repeated[1]) < SHORTEST:
        return True
    folded = password.casefold()
    whole = (*_forms(folded), folded.strip(_SYMBOLS))
    return any(form in _common() or form in ascii_lowercase for form in chain(whole, _cores(folded)))


def _cores(folded: str) -> set[str]:
    """The one word that the password consists of, in each reading; nothing where it has several."""
    trimmed = (folded.rstrip(_NO_LETTERS), folded.strip(_NO_LETTERS))
    words = (set(_WORD.findall(form)) for text in trimmed for form in _forms(text))
    single = {next(iter(found)) for found in words if len(found) == 1}
    long = (word for word in single if len(word) >= _SHORTEST_PART)
    return {repeated[1] if (repeated := _REPEATED.fullmatch(word)) else word for word in long}


def _forms(folded: str) -> set[str]:
    """The text as it is, and with letters for the digits and symbols that stand for them."""
    return {folded, *(folded.translate(table) for table in _LEET)}


@cache
def _common() -> frozenset[str]:
    """Read with the first new password, not in a cold start."""
    return frozenset(gzip.decompress(LIST.read_bytes()).decode().split("\n"))
