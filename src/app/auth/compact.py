"""JWS Compact Serialization (RFC 7515, 7.1), read strictly: one text for one token, one meaning for one text.

python-jose accepts non-canonical base64 and lets the last of two equal JSON keys win; either lets a proxy and
this service see different tokens in the same bytes (RFC 8725, 2.1 and 2.4).
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, NoReturn

MAX_BYTES = 8 * 1024
_MAX_DEPTH = 8
"""Containers within containers. Cognito's claims are two deep; a pre-token trigger may add a few."""


class MalformedTokenError(ValueError):
    """The text is not a compact JWS with a JSON object as its payload."""


@dataclass(frozen=True, slots=True)
class CompactJws:
    header: dict[str, Any]
    payload: dict[str, Any]
    signing_input: bytes
    signature: bytes


def parse(token: str) -> CompactJws:
    """Take a token apart. Nothing in it is verified yet.

    Raises:
        ValueError: it is malformed (`MalformedTokenError` and the standard library's own).
        RecursionError: its JSON nests beyond what the parser bears.
    """
    if len(token) > MAX_BYTES or not token.isascii():
        raise MalformedTokenError("too long or not ASCII")
    header, payload, signature = token.split(".")
    return CompactJws(
        header=_json_object(header),
        payload=_json_object(payload),
        signing_input=f"{header}.{payload}".encode("ascii"),
        signature=base64url(signature),
    )


def base64url(text: str) -> bytes:
    """Decode base64url without padding (RFC 7515, appendix C); only the one canonical text of some bytes."""
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if urlsafe_b64encode(raw).rstrip(b"=") != text.encode("ascii"):
        raise MalformedTokenError("not canonical base64url")
    return raw


def _json_object(segment: str) -> dict[str, Any]:
    value = _DECODER.decode(base64url(segment).decode("utf-8"))
    if not isinstance(value, dict) or not _is_shallow(value, _MAX_DEPTH):
        raise MalformedTokenError("not an object, or nested too deeply")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedTokenError("duplicate member")
    return members


def _refuse_constant(name: str) -> NoReturn:
    """`NaN` and the infinities are Python's extension, not JSON."""
    raise MalformedTokenError(name)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)


def _is_shallow(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    children = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_shallow(child, levels - 1) for child in children)
