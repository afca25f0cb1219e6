"""Cognito access tokens: verified as strictly as RFC 7515, 7519, 8725 and Cognito's own tokens allow.

python-jose checks the signature and nothing else: it accepts tokens without `exp`, ignores `crit`, and lets
odd claims escape as exceptions of their own, so every other rule is ours. Never import `jose.jwe` here.
"""

import math
import re
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from app.auth import compact
from app.auth.jwks import ALGORITHM, Jwks
from app.auth.memory import TokenMemory
from app.auth.principal import Principal
from app.errors import Unauthenticated

CLOCK_SKEW = 60
"""Seconds by which `iat` and `nbf` may lie ahead of our clock. `exp` gets none: a token ends when it says."""

_SUB = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Cognito's are UUIDs. They become keys and paths, so nothing that means something there passes."""

_REFUSED_HEADERS = frozenset(
    {"b64", "crit", "cty", "enc", "jku", "jwk", "x5c", "x5t", "x5t#S256", "x5u", "zip"}
)
"""Parameters that name a key to trust, or change how the rest is read. Cognito sends none of them."""


class RefusedTokenError(Exception):
    """A rule is broken. The message names the rule and never leaves the process."""


class TokenVerifier:
    """Verifies the access tokens that one issuer made for some of its clients. Safe to share between threads."""

    def __init__(
        self,
        *,
        issuer: str,
        client_ids: Collection[str],
        jwks: Jwks,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer
        self._client_ids = frozenset(client_ids)
        self._jwks = jwks
        self._clock = clock
        self._memory = TokenMemory(jwks, clock)

    def verify(self, token: str) -> Principal:
        """Verify `token`; its user. May wait for the issuer's keys: call it in a thread.

        Raises:
            Unauthenticated: always the same one, for every fault.
        """
        try:
            return self._verify(token)
        except Exception:  # noqa: BLE001 - hostile input raises unexpected exceptions, RecursionError among them
            raise Unauthenticated from None

    def recall(self, token: str) -> Principal | None:
        """The remembered result of `verify`, while the token is unexpired and its key trusted. Never waits."""
        return self._memory.recall(token)

    def _verify(self, token: str) -> Principal:
        jws = compact.parse(token)
        kid = _check_header(jws.header)
        principal = self._read_claims(jws.payload, token)
        # Last, because it is expensive: an expired or foreign token costs neither a fetch nor an RSA operation.
        key = self._jwks.key(kid)
        _require(key.verify(jws.signing_input, jws.signature) is True, "signature")
        self._memory.remember(principal, kid, key)
        return principal

    def _read_claims(self, claims: Mapping[str, Any], token: str) -> Principal:
        _require(claims.get("iss") == self.issuer, "iss")
        _require(claims.get("token_use") == "access", "token_use")
        client_id = claims.get("client_id")
        _require(isinstance(client_id, str) and client_id in self._client_ids, "client_id")
        issued_at, expires_at = self._check_times(claims)
        sub = claims.get("sub")
        _require(isinstance(sub, str) and _SUB.fullmatch(sub) is not None, "sub")
        return Principal(
            user_id=str(sub),
            username=_optional_text(claims, "username"),
            groups=_groups(claims.get("cognito:groups")),
            client_id=str(client_id),
            token_id=_optional_text(claims, "jti"),
            issued_at=issued_at,
            signed_in_at=_signed_in_at(claims, issued_at),
            expires_at=expires_at,
            token=token,
        )

    def _check_times(self, claims: Mapping[str, Any]) -> tuple[int, int]:
        """`iat` and `exp` (RFC 7519, 4.1), cut to whole seconds. Cognito always sends both."""
        now = self._clock()
        issued_at, expires_at = _number(claims.get("iat")), _number(claims.get("exp"))
        _require(now < expires_at, "exp")
        _require(0 <= issued_at <= now + CLOCK_SKEW and issued_at < expires_at, "iat")
        if "nbf" in claims:
            _require(_number(claims["nbf"]) <= now + CLOCK_SKEW, "nbf")
        return int(issued_at), int(expires_at)


def _check_header(header: Mapping[str, Any]) -> str:
    """Returns the `kid`."""
    _require(header.get("alg") == ALGORITHM, "alg")
    _require(_REFUSED_HEADERS.isdisjoint(header), "header")
    typ, kid = header.get("typ", "JWT"), header.get("kid")
    _require(isinstance(typ, str) and typ.upper() == "JWT", "typ")
    if not isinstance(kid, str):
        raise RefusedTokenError("kid")
    return kid


def _require(holds: bool, rule: str) -> None:
    if not holds:
        raise RefusedTokenError(rule)


def _number(value: object) -> int | float:
    """A NumericDate: finite, and neither a string nor a boolean, which Python counts among the integers."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RefusedTokenError("not a number")
    return value


def _signed_in_at(claims: Mapping[str, Any], issued_at: int) -> int:
    """Cognito's `auth_time`, which tokens of a refresh take over; `iat` for a token without it."""
    return min(issued_at, int(_number(claims.get("auth_time", issued_at))))


def _optional_text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str) or not value.isprintable():
        raise RefusedTokenError(name)
    return value


def _groups(value: object) -> frozenset[str]:
    """A list of strings; anything else grants nothing."""
    if isinstance(value, list) and all(isinstance(group, str) for group in value):
        return frozenset(value)
    return frozenset()
