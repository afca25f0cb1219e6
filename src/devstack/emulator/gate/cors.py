"""The answers' headers for pages of other origins: no wildcards, since MiniStack would let every page read."""

from collections.abc import MutableMapping
from typing import Any

from devstack.pages import values

_PREFIX = b"access-control-"
_ORIGIN = b"access-control-allow-origin"
_ANY = b"*"


def narrowed(message: MutableMapping[str, Any], scope: Any) -> None:
    """Let `message`, which starts an answer, be read by the page that asked and by no other.

    The page's origin is known to be allowed. A program gets no such headers at all.
    """
    origin, asked = _values(scope, b"origin"), _values(scope, b"access-control-request-headers")
    headers = list(message.get("headers", []))
    kept = [(name, value) for name, value in headers if not name.lower().startswith(_PREFIX)]
    if origin:
        instead = {
            _ORIGIN: origin,
            b"access-control-allow-headers": asked,
            b"access-control-expose-headers": b", ".join(name for name, _ in kept),
        }
        kept += _named(headers, instead)
    message["headers"] = kept


def _named(headers: list[tuple[bytes, bytes]], instead: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    cors = [(name.lower(), value) for name, value in headers if name.lower().startswith(_PREFIX)]
    named = [(name, instead.get(name, value) if value == _ANY else value) for name, value in cors]
    return [*named, (b"vary", b"Origin")] if named else []


def _values(scope: Any, name: bytes) -> bytes:
    return b", ".join(value.encode("latin-1") for value in values(scope["headers"], name))
