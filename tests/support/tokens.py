"""Tokens that are not what was given out."""

from collections.abc import Callable

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def spoiled(token: str) -> str:
    """Replace the last part's first character, which changes six bits of a JWT's signature."""
    head, dot, last = token.rpartition(".")
    return f"{head}{dot}{'B' if last[0] == 'A' else 'A'}{last[1:]}"


def _respelt(token: str) -> str:
    """The same bytes in another spelling: the last character of 256 bytes has four bits that mean nothing."""
    return token[:-1] + _ALPHABET[_ALPHABET.index(token[-1]) ^ 1]


def _other_payload(token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.e30.{signature}"


MANGLED: dict[str, Callable[[str], str]] = {
    "garbage": lambda token: "garbage",
    "forged": spoiled,
    "respelt": _respelt,
    "padded": lambda token: f"{token}==",
    "with a stray character": lambda token: f"{token[:-9]}!{token[-9:]}",
    "cut": lambda token: token[:-1],
    "without signature": lambda token: f"{token.rpartition('.')[0]}.",
    "in two parts": lambda token: token.rpartition(".")[0],
    "in four parts": lambda token: f"{token}.x",
    "with another payload": _other_payload,
    "deeply nested": lambda token: f"{token.split('.')[0]}.{'W1tb' * 1900}.x",
}
"""Refresh tokens as no pool has given them out, made of one that is good."""
