"""Names and contents of what is kept in Redis. Bytes that are not exactly ours are never used."""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol, Self, TypeVar
from urllib.parse import quote
from zlib import crc32

T = TypeVar("T")


class Codec(Protocol[T]):
    """How a value becomes bytes, and bytes a value. Both raise `ValueError`. Pydantic's `TypeAdapter` is one."""

    def dump_json(self, value: T, /) -> bytes: ...

    def validate_json(self, data: bytes, /, *, strict: bool) -> T: ...


Adapter = Callable[[], Codec[T]]
"""Builds a codec, or returns the one built before: a process without Redis never pays for one."""

MAX_PAYLOAD = 256 * 1024
"""Bytes. A larger value takes too long to fetch within the time a command may take."""

_FORMAT = b"1"
FENCE = "fence"


class Keys:
    """The keys of one cached read: `app1:{<user>}:...`.

    Percent-encoding keeps two users' keys apart for any characters in their ids; the braces (a hash tag) keep one
    user's keys in one slot of a cluster."""

    __slots__ = ("entry", "fence", "lease")

    def __init__(self, user_id: str, name: str) -> None:
        user, suffix = _user_prefix(user_id), quote(name, safe=":", errors="surrogatepass")
        self.fence = f"{user}{FENCE}"
        self.entry = f"{user}v:{suffix}"
        self.lease = f"{user}lease:{suffix}"

    @classmethod
    @lru_cache(1024)
    def of(cls, user_id: str, name: str) -> Self:
        """The keys, remembered: a request asks for the same ones several times. They are shared, so never changed."""
        return cls(user_id, name)


def fence_key(user_id: str) -> str:
    return f"{_user_prefix(user_id)}{FENCE}"


def requests_key(user_id: str) -> str:
    return f"{_user_prefix(user_id)}requests"


def entry_pattern(user_id: str) -> str:
    """The pattern by which SCAN finds all entries of the user. Percent-encoding leaves no wildcard in an id."""
    return f"{_user_prefix(user_id)}v:*"


def _user_prefix(user_id: str) -> str:
    return f"app1:{{{quote(user_id, safe='', errors='surrogatepass')}}}:"


def encode(key: str, fence: bytes, adapter: Adapter[T], value: T) -> bytes | None:
    """A header line and the value as JSON; `None` for a value that is too large or is not JSON."""
    try:
        payload = adapter().dump_json(value)
    except ValueError:
        return None
    return _header(key, fence, payload) + payload if len(payload) <= MAX_PAYLOAD else None


def decode(key: str, fence: bytes, adapter: Adapter[T], entry: bytes) -> T | None:
    """The value, when `entry` was written by `encode` with this very key and fence."""
    _, newline, payload = entry.partition(b"\n")
    if not newline or not entry.startswith(_header(key, fence, payload)):
        return None
    try:
        return adapter().validate_json(payload, strict=True)
    except ValueError:
        return None


def _header(key: str, fence: bytes, payload: bytes) -> bytes:
    return b"%s %s %08x %s\n" % (_FORMAT, fence, crc32(payload), key.encode())
