"""Faults of python-jose (docs/adr/0013-keep-python-jose.md): it accepts these tokens, and the verifier does not.

Each case fails when a release of python-jose changes it: then the record and the rule it stands for can be looked at
again. Nothing here is used by the application, which takes only the check of an RSA signature from the library.
"""

import warnings
from collections.abc import Callable
from typing import Any

import pytest
from jose import jwk as jose_jwk
from jose import jwt
from jose.backends.base import Key

from app.auth.compact import base64url
from app.auth.jwks import Jwks, UnknownKey
from app.errors import Unauthenticated
from unit.auth.token_forge import (
    ABSENT,
    CLAIMS,
    HEADER,
    Clock,
    Source,
    as_json,
    b64,
    jwk,
    private_key,
    signature,
    token,
    verifier,
    with_claims,
    with_header,
)

LONG = 4_000_000_000
"""An `exp` that is ahead of the real clock, by which python-jose goes."""


def sealed(signing_input: str) -> str:
    return f"{signing_input}.{signature(signing_input)}"


def with_text(claims: str) -> str:
    """A token over JSON that `json.dumps` does not write."""
    return token(claims=as_json(claims.encode()))


def four_segments() -> str:
    """The dot in the payload is passed over as any letter that is no base64url."""
    payload = b64(as_json({**CLAIMS, "exp": LONG}).ljust(600))
    return sealed(f"{b64(as_json(HEADER))}.{payload[:8]}.{payload[8:]}")


def not_canonical() -> str:
    return sealed(f"{b64(as_json(HEADER))}.!!!!{b64(as_json({**CLAIMS, 'exp': LONG}))}")


ACCEPTED: dict[str, Callable[[], str]] = {
    "no end": lambda: with_claims(exp=ABSENT),
    "an end in quotes": lambda: with_claims(exp=str(LONG)),
    "an end that is true": lambda: with_text('{"exp": 4000000000, "iat": true, "sub": "ada"}'),
    "issued in the future": lambda: with_claims(exp=LONG, iat=LONG - 1),
    "no issuer, client or use": lambda: with_claims(exp=LONG, iss=ABSENT, client_id=ABSENT, token_use=ABSENT),
    "an unknown critical header": lambda: token(
        {**HEADER, "crit": ["nobody-knows"]}, {**CLAIMS, "exp": LONG}
    ),
    "a payload that is not encoded (RFC 7797)": lambda: token(
        {**HEADER, "b64": False}, {**CLAIMS, "exp": LONG}
    ),
    "another type of token": lambda: token({**HEADER, "typ": "logout+jwt"}, {**CLAIMS, "exp": LONG}),
    "another key's id": lambda: token({**HEADER, "kid": "another"}, {**CLAIMS, "exp": LONG}),
    "two claims of one name": lambda: with_text('{"sub": "ada", "sub": "eve", "exp": 4000000000}'),
    "a number that is none": lambda: with_text('{"sub": "ada", "auth_time": NaN, "exp": 4000000000}'),
    "base64 with other letters": not_canonical,
    "four segments": four_segments,
}


@pytest.mark.parametrize("make", ACCEPTED.values(), ids=ACCEPTED)
def test_python_jose_accepts_what_the_verifier_refuses(make: Callable[[], str]) -> None:
    assert jwt.decode(make(), jwk(), algorithms="RS256", options={"verify_sub": False, "verify_iss": False})
    with pytest.raises(Unauthenticated):
        verifier().verify(make())


@pytest.mark.parametrize(
    ("make", "escaping"),
    [
        (lambda: with_claims(exp=[LONG]), TypeError),
        (lambda: with_claims(exp=LONG, iat={}), TypeError),
        (lambda: with_text('{"sub": "ada", "exp": Infinity}'), OverflowError),
        (lambda: with_text('{"a":' * 3000 + "1" + "}" * 3000), RecursionError),
        (lambda: with_header(alg=["RS256"]), TypeError),
    ],
)
def test_errors_that_python_jose_does_not_name_escape_it_and_not_the_verifier(
    make: Callable[[], str], escaping: type[Exception]
) -> None:
    with pytest.raises(escaping):
        jwt.decode(make(), jwk(), algorithms="RS256")
    with pytest.raises(Unauthenticated):
        verifier().verify(make())


def test_python_jose_takes_the_algorithm_from_the_token_unless_one_is_given() -> None:
    forged = jwt.encode({"sub": "eve"}, "secret", algorithm="HS256")

    assert jwt.decode(forged, "secret", options={"verify_sub": False}) == {"sub": "eve"}
    with pytest.raises(Unauthenticated):
        verifier().verify(forged)


def weak() -> dict[str, Any]:
    return jwk(key=private_key("weak", 1024))


def with_private_half() -> dict[str, Any]:
    number = private_key("key-1").private_numbers().d
    return jwk(d=b64(number.to_bytes((number.bit_length() + 7) // 8, "big")))


@pytest.mark.parametrize("make", [weak, with_private_half])
def test_python_jose_builds_keys_that_are_never_trusted(make: Callable[[], dict[str, Any]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        built = jose_jwk.construct(make(), "RS256")
    assert isinstance(built, Key)

    with pytest.raises(UnknownKey):
        Jwks("https://issuer.example/jwks.json", fetch=Source(make()), clock=Clock(0)).key("key-1")


def test_what_the_verifier_does_use_is_right() -> None:
    signing_input = f"{b64(as_json(HEADER))}.{b64(as_json(CLAIMS))}"
    good, key = base64url(signature(signing_input)), jose_jwk.construct(jwk(), "RS256")

    assert key.verify(signing_input.encode(), good) is True
    assert key.verify(f"{signing_input}x".encode(), good) is False
    for bad in (b"", good[:-1], good + b"\0", bytes(len(good))):
        assert key.verify(signing_input.encode(), bad) is False
