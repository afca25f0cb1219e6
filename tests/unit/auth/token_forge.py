"""Makes keys, key sets and tokens, good and bad, without the library under test."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from app.auth.jwks import Jwks
from app.auth.verifier import TokenVerifier

ISSUER = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Pool"
CLIENT_ID = "3n4b5client"
SITE_CLIENT_ID = "6p7q8site"
SUB = "6f9d1c1e-9f4c-4c0e-8a57-6f1f0f5f2a11"
JTI = "c2b1a7d2-5b7b-4f0a-9a55-0b8f4a3d2c10"
NOW = 1_800_000_000.0

HEADER: dict[str, Any] = {"kid": "key-1", "alg": "RS256"}
CLAIMS: dict[str, Any] = {
    "sub": SUB,
    "iss": ISSUER,
    "client_id": CLIENT_ID,
    "origin_jti": "0d8a",
    "token_use": "access",
    "scope": "aws.cognito.signin.user.admin",
    "cognito:groups": ["admin", "beta"],
    "auth_time": int(NOW) - 100,
    "exp": int(NOW) + 3600,
    "iat": int(NOW) - 100,
    "jti": JTI,
    "username": "ada",
}
ABSENT = object()


@cache
def private_key(name: str = "key-1", bits: int = 2048) -> RSAPrivateKey:
    return generate_private_key(65537, bits)


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def as_json(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def jwk(kid: str = "key-1", *, key: RSAPrivateKey | None = None, **changes: Any) -> dict[str, Any]:
    numbers = (key or private_key(kid)).public_key().public_numbers()
    n, e = (b64(i.to_bytes((i.bit_length() + 7) // 8, "big")) for i in (numbers.n, numbers.e))
    return edited({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": e}, **changes)


def key_set(*keys: object) -> bytes:
    return json.dumps({"keys": keys}).encode()


def edited(members: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**members, **changes}.items() if value is not ABSENT}


def signature(signing_input: str, name: str = "key-1") -> str:
    return b64(private_key(name).sign(signing_input.encode(), PKCS1v15(), SHA256()))


def token(header: object = HEADER, claims: object = CLAIMS, *, key: str = "key-1") -> str:
    """A token over `header` and `claims`, given as objects or as the very bytes to send."""
    signing_input = f"{b64(as_json(header))}.{b64(as_json(claims))}"
    return f"{signing_input}.{signature(signing_input, key)}"


def with_claims(**changes: Any) -> str:
    return token(claims=edited(CLAIMS, **changes))


def with_header(**changes: Any) -> str:
    return token(header=edited(HEADER, **changes))


def of_length(letters: int) -> str:
    """A token of exactly so many letters. No segment has 4n + 1 of them, so one header may not do."""
    for header in (HEADER, {**HEADER, "pad": ""}):
        room = (letters - len(token(header, {**CLAIMS, "pad": ""}))) * 3 // 4
        for size in range(room - 2, room + 3):
            made = token(header, {**CLAIMS, "pad": "x" * size})
            if len(made) == letters:
                return made
    raise AssertionError(letters)


class Clock:
    """A clock that the test advances. Counts how often it is asked."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now
        self.asked = 0
        self._lock = Lock()

    def __call__(self) -> float:
        with self._lock:
            self.asked += 1
        return self.now


class Source:
    """Stands for the issuer: serves the given answer, or fails, and counts."""

    def __init__(self, *keys: object) -> None:
        self.document = key_set(*keys)
        self.error: Exception | None = None
        self.during: Callable[[], object] = lambda: None
        self.fetches = 0

    def __call__(self, url: str) -> bytes:
        self.fetches += 1
        self.during()
        if self.error is not None:
            raise self.error
        return self.document


def verifier(clock: Callable[[], float] | None = None, jwks: Jwks | None = None) -> TokenVerifier:
    jwks = jwks or Jwks("https://issuer.example/jwks.json", fetch=Source(jwk()), clock=Clock(0))
    return TokenVerifier(
        issuer=ISSUER, client_ids=(CLIENT_ID, SITE_CLIENT_ID), jwks=jwks, clock=clock or Clock()
    )
