"""Tokens already verified, so that the next request with the same one costs a hash and a look-up."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

from app.auth.compact import MAX_BYTES
from app.auth.principal import Principal

if TYPE_CHECKING:
    from jose.backends.base import Key

    from app.auth.jwks import Jwks

CAPACITY = 1024


@dataclass(frozen=True, slots=True)
class _Verified:
    principal: Principal
    kid: str
    key: "Key"


class TokenMemory:
    """The least recently used go first. Nothing is recalled past its `exp`, or once its key is withdrawn."""

    def __init__(self, jwks: "Jwks", clock: Callable[[], float], capacity: int = CAPACITY) -> None:
        self._jwks = jwks
        self._clock = clock
        self._capacity = capacity
        self._lock = Lock()
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    def remember(self, principal: Principal, kid: str, key: "Key") -> None:
        digest = _digest(principal.token)
        with self._lock:
            self._verified[digest] = _Verified(principal, kid, key)
            self._verified.move_to_end(digest)
            if len(self._verified) > self._capacity:
                self._verified.popitem(last=False)

    def recall(self, token: str) -> "Principal | None":
        if len(token) > MAX_BYTES or not token.isascii():
            return None
        digest = _digest(token)
        with self._lock:
            found = self._verified.get(digest)
            if found is None:
                return None
            if self._clock() >= found.principal.expires_at:
                del self._verified[digest]
                return None
            self._verified.move_to_end(digest)
        return found.principal if self._jwks.trusts(found.kid, found.key) else None


def _digest(token: str) -> bytes:
    return sha256(token.encode("ascii")).digest()
