"""The issuer's public keys (RFC 7517), fetched when needed and kept.

At most one fetch runs at a time, and everyone who misses meanwhile shares its outcome. Kept keys outlive an
outage; failures are not kept. Random key ids cannot make this service fetch more than once per penalty.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from app.auth import fetch as http
from app.auth.compact import base64url

if TYPE_CHECKING:
    from jose.backends.base import Key

_log = logging.getLogger(__name__)

ALGORITHM = "RS256"
_MIN_MODULUS_BITS = 2048
"""RFC 7518, 3.3."""


class JwksError(Exception):
    """No key for this id."""


class UnknownKey(JwksError):
    """The issuer's key set, as last fetched, does not hold it."""


class JwksUnavailable(JwksError):
    """The key set could not be fetched, and what is kept does not hold it."""


@dataclass(frozen=True, slots=True)
class _Entry:
    modulus: str
    exponent: str
    key: "Key"


class Jwks:
    """The key set at one address. All times in seconds.

    Args:
        ttl: how long a fetched set is used before it is fetched again.
        penalty: how long no unknown key id causes a fetch, after one that did not bring the key asked for.
        retry: how long kept keys serve past their time before the next attempt, while the issuer is out.
        fetch: address to body; it bounds its own time and size.
    """

    def __init__(
        self,
        url: str,
        *,
        ttl: float = 3600.0,
        penalty: float = 10.0,
        retry: float = 30.0,
        fetch: Callable[[str], bytes] = http.get,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._ttl, self._penalty, self._retry = ttl, penalty, retry
        self._fetch = fetch
        self._clock = clock
        self._lock = Lock()
        self._entries: Mapping[str, _Entry] = {}  # replaced whole, so it is read without the lock
        self._expires = self._unknown_after = float("-inf")
        self._attempts = 0
        self._failures = 0  # in a row

    def key(self, kid: str) -> "Key":
        """The key with exactly this id.

        Raises:
            UnknownKey, JwksUnavailable: there is none.
        """
        attempts = self._attempts
        if self._is_fetch_due(kid):
            self._share_fetch(kid, attempts)
        if (entry := self._entries.get(kid)) is not None:
            return entry.key
        raise JwksUnavailable if self._failures else UnknownKey

    def trusts(self, kid: str, key: "Key") -> bool:
        """Return whether `key` is still the key with this id, as far as is known now. Never fetches.

        Also false when the set is due to be fetched again: ask `key`.
        """
        entry = self._entries.get(kid)
        return entry is not None and entry.key is key and self._clock() < self._expires

    def _is_fetch_due(self, kid: str) -> bool:
        return self._clock() >= (self._expires if kid in self._entries else self._unknown_after)

    def _share_fetch(self, kid: str, attempts: int) -> None:
        """Fetch, unless a thread has since `attempts`. With a key at hand, even a stale one, no request waits."""
        if not self._lock.acquire(blocking=kid not in self._entries):
            return
        try:
            if self._attempts == attempts and self._is_fetch_due(kid):
                self._fetch_for(kid)
        finally:
            self._lock.release()

    def _fetch_for(self, kid: str) -> None:
        try:
            self._entries = _read_key_set(self._fetch(self._url), self._entries)
        except Exception as error:  # noqa: BLE001 - after any failure, the kept keys go on serving
            _log.warning("key set not fetched: %s", type(error).__name__)
            self._failures += 1
            self._expires = max(self._expires, self._clock() + self._retry)
        else:
            self._failures = 0
            self._expires = self._clock() + self._ttl
        if kid not in self._entries:
            self._unknown_after = self._clock() + self._pause()
        self._attempts += 1

    def _pause(self) -> float:
        """The penalty; but while no fetch has succeeded, no request can be served, so the retries come sooner."""
        if self._entries or not self._failures:
            return self._penalty
        return min(self._penalty, self._failures - 1.0)


def _read_key_set(document: bytes, kept: Mapping[str, _Entry]) -> dict[str, _Entry]:
    """The usable keys of a JWK Set by id; the first of two with one id. Other entries are passed over.

    Raises:
        ValueError, LookupError, TypeError: this is no JWK Set.
    """
    keys = json.loads(document)["keys"]
    if not isinstance(keys, list):
        raise TypeError("keys is not a list")
    entries: dict[str, _Entry] = {}
    for jwk in keys:
        if _is_eligible(jwk) and jwk["kid"] not in entries:
            entry = _build(jwk, kept.get(jwk["kid"]))
            if entry is not None:
                entries[jwk["kid"]] = entry
    return entries


def _is_eligible(jwk: object) -> bool:
    """An RSA public key for RS256 signatures. Reject one that was published with its private half: anyone can sign
    with it."""
    return (
        isinstance(jwk, dict)
        and all(isinstance(jwk.get(name), str) for name in ("kid", "n", "e"))
        and (jwk.get("kty"), jwk.get("use"), jwk.get("alg")) == ("RSA", "sig", ALGORITHM)
        and "d" not in jwk
    )


def _build(jwk: dict[str, Any], kept: _Entry | None) -> _Entry | None:
    """The key object, built once: verifying with a JWK dict builds it each time, at three times the cost."""
    modulus, exponent = jwk["n"], jwk["e"]
    if kept is not None and (kept.modulus, kept.exponent) == (modulus, exponent):
        return kept
    # Imported on first use: it loads `cryptography`, the dearest import of a cold start.
    from jose.jwk import construct

    try:
        if int.from_bytes(base64url(modulus)).bit_length() < _MIN_MODULUS_BITS:
            return None
        return _Entry(modulus, exponent, construct({"kty": "RSA", "n": modulus, "e": exponent}, ALGORITHM))
    except Exception:  # noqa: BLE001 - one bad entry, however jose takes it, must not cost the good ones
        return None
