"""Hostile tokens, each the valid one with exactly one thing changed, and correctly signed wherever it can be."""

import hmac
import json
from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from unit.auth.token_forge import (
    ABSENT,
    CLAIMS,
    CLIENT_ID,
    HEADER,
    ISSUER,
    NOW,
    SUB,
    as_json,
    b64,
    jwk,
    of_length,
    private_key,
    signature,
    token,
    with_claims,
    with_header,
)

Make = Callable[[], str]

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def cases() -> list[object]:
    made = [
        *_headers(),
        *_algorithms(),
        *_claims(),
        *_times(),
        *_json(),
        *_forms(),
        *_encodings(),
        *_signatures(),
    ]
    return [pytest.param(make, id=name) for name, make in made]


def _headers() -> Iterator[tuple[str, Make]]:
    values: dict[str, list[object]] = {
        "kid": [ABSENT, None, 1, {"kid": "key-1"}, ["key-1"], "", "KEY-1", "key-1 ", "key-2"],
        "typ": [None, 1, "", "JOSE", "JWE", "at+jwt", ["JWT"]],
        "crit": [["exp"], [], None],
        "b64": [True, False],
        "jku": ["http://127.0.0.1:9/jwks.json", None],
        "x5u": ["http://127.0.0.1:9/cert.pem"],
        "x5c": [["MIIB"]],
        "x5t": ["dGh1bWI"],
        "x5t#S256": ["dGh1bWI"],
        "jwk": [jwk()],
        "cty": ["JWT"],
        "zip": ["DEF"],
        "enc": ["A256GCM"],
    }
    for name, choices in values.items():
        for value in choices:
            yield f"header {name}={_label(value)}", lambda n=name, v=value: with_header(**{n: v})
    yield "header jwk of the attacker, who signs", lambda: token({**HEADER, "jwk": jwk("evil")}, key="evil")


def _algorithms() -> Iterator[tuple[str, Make]]:
    for value in (
        ABSENT,
        None,
        "",
        "none",
        "None",
        "HS256",
        "RS384",
        "PS256",
        "ES256",
        "rs256",
        " RS256",
        ["RS256"],
    ):
        yield f"header alg={_label(value)}", lambda v=value: with_header(alg=v)
    yield "alg none without a signature", lambda: _unsigned("none") + "."
    yield "alg HS256 keyed with the public key", _signed_with_public_key_as_secret
    yield "alg RS384 signed so", lambda: _signed_as("RS384", PKCS1v15(), SHA384())
    yield "alg PS256 signed so", lambda: _signed_as("PS256", PSS(MGF1(SHA256()), 32), SHA256())
    yield "alg RS256 but signed as PS256", lambda: _signed_as("RS256", PSS(MGF1(SHA256()), 32), SHA256())


def _claims() -> Iterator[tuple[str, Make]]:
    values: dict[str, list[object]] = {
        "iss": [ABSENT, None, "", ISSUER + "/", ISSUER.upper(), [ISSUER], "https://evil.example"],
        "token_use": [ABSENT, None, "id", "refresh", "Access", ["access"]],
        "client_id": [ABSENT, None, "", "other", CLIENT_ID + " ", [CLIENT_ID], 7],
        "sub": [
            ABSENT,
            None,
            "",
            7,
            [SUB],
            "a/b",
            "../a",
            "a b",
            SUB + "\n",
            "a\x00",
            "x" * 65,
            "é",
            "\u0661",
            "a#b",
        ],
        "username": [None, 7, ["ada"], "a\nb", "\ud800"],
        "jti": [None, 7, {}],
    }
    for name, choices in values.items():
        for value in choices:
            yield f"claim {name}={_label(value)}", lambda n=name, v=value: with_claims(**{n: v})
    yield "aud in place of client_id", lambda: with_claims(client_id=ABSENT, aud=CLIENT_ID)


def _times() -> Iterator[tuple[str, Make]]:
    odd = [None, True, "1900000000", [1_900_000_000], {}, float("inf"), float("-inf"), float("nan"), 10**400]
    values: dict[str, list[object]] = {
        "exp": [ABSENT, *odd, 0, -1, NOW, NOW - 1, NOW - 0.5],
        "iat": [ABSENT, *odd, -1, NOW + 61, NOW + 3600, NOW + 7200],
        "nbf": [*odd, NOW + 61],
    }
    for name, choices in values.items():
        for value in choices:
            yield f"claim {name}={_label(value)}", lambda n=name, v=value: with_claims(**{n: v})
        yield (
            f"claim {name}=1e999",
            lambda n=name: token(claims=_without(n)[:-1] + b', "%s": 1e999}' % n.encode()),
        )
    yield "iat not before exp", lambda: with_claims(exp=NOW + 10, iat=NOW + 10)


def _json() -> Iterator[tuple[str, Make]]:
    for part, members in (("header", HEADER), ("claims", CLAIMS)):
        text = as_json(members)
        bad = {
            "empty": b"",
            "a list": b"[%s]" % text,
            "a string": json.dumps(text.decode()).encode(),
            "null": b"null",
            "cut": text[:-1],
            "followed by more": text + b"{}",
            "UTF-16": text.decode().encode("utf-16"),
            "with a byte order mark": b"\xef\xbb\xbf" + text,
            "not UTF-8": text[:-1] + b', "x": "\xff"}',
            "a member twice": text[:-1] + b", " + text[1:],
            "a member twice, once escaped": text[:-1]
            + b', "\\u006bid": "key-1", "\\u0073ub": "%s"}' % SUB.encode(),
            "a member of a member twice": text[:-1] + b', "x": [{"a": 1, "a": 1}]}',
            "NaN": text[:-1] + b', "x": NaN}',
            "Infinity": text[:-1] + b', "x": [-Infinity]}',
            "a 5000-digit integer": text[:-1] + b', "x": %s}' % (b"1" * 5000),
            "nested 9 deep": text[:-1] + b', "x": ' + b"[" * 8 + b"]" * 8 + b"}",
            "nested 1500 deep": text[:-1] + b', "x": ' + b"[" * 1500 + b"]" * 1500 + b"}",
            "objects nested 500 deep": text[:-1] + b', "x": ' + b'{"":' * 500 + b"1" + b"}" * 500 + b"}",
            "single quotes": text.replace(b'"', b"'"),
        }
        for name, value in bad.items():
            yield f"{part}: {name}", lambda p=part, v=value: token(**{p: v})


def _forms() -> Iterator[tuple[str, Make]]:
    def segments() -> list[str]:
        return token().split(".")

    yield "form: empty", str
    yield "form: dots", lambda: ".."
    yield "form: 8000 dots", lambda: "." * 8000
    yield "form: one segment", lambda: segments()[0]
    yield "form: two segments", lambda: ".".join(segments()[:2])
    yield "form: four segments", lambda: token() + "."
    yield "form: five segments", lambda: token() + ".a.b"
    yield "form: a leading dot", lambda: "." + token()
    yield "form: an empty header", lambda: ".".join(["", *segments()[1:]])
    yield "form: an empty payload", lambda: ".".join([segments()[0], "", segments()[2]])
    yield "form: segments swapped", lambda: ".".join(reversed(segments()))
    yield "form: longer than 8 KiB", lambda: of_length(8 * 1024 + 1)
    yield "form: a non-ASCII letter", lambda: token() + "é"
    yield "form: a NUL", lambda: token() + "\x00"
    yield "form: a lone surrogate", lambda: token() + "\ud800"


def _encodings() -> Iterator[tuple[str, Make]]:
    """Other texts for the same bytes. Header and payload are signed in just that text."""
    changes: dict[str, Callable[[str], str]] = {
        "padded": lambda s: s + "=" * (-len(s) % 4 or 4),
        "spare bits set": lambda s: s[:-1] + _ALPHABET[_ALPHABET.index(s[-1]) + 1],
        "in the standard alphabet": lambda s: s.replace("-", "+").replace("_", "/"),
        "with a newline at its end": lambda s: s + "\n",
        "with a newline within": lambda s: s[:8] + "\n" + s[8:],
        "with a foreign letter": lambda s: s[:8] + "!" + s[8:],
        "preceded by a space": lambda s: " " + s,
        "one letter too long": lambda s: s + "A" * ((1 - len(s)) % 4 or 4),
    }
    for index, part in enumerate(("header", "payload", "signature")):
        for name, change in changes.items():
            yield f"{part} {name}", lambda i=index, c=change: reencoded(i, c)


def reencoded(index: int, change: Callable[[str], str]) -> str:
    """A valid token whose segment `index` has spare bits and letters beyond the standard alphabet, changed."""
    for attempt in range(1000):
        header = _with_spare_bits({**HEADER, "note": f"~~~???{attempt}"})
        payload = _with_spare_bits({**CLAIMS, "note": f"~~~???{attempt}"})
        segments = [header, payload, signature(f"{header}.{payload}")]
        if change(segments[index]) != segments[index]:
            break
    segments[index] = change(segments[index])
    if index < 2:
        segments[2] = signature(f"{segments[0]}.{segments[1]}")
    return ".".join(segments)


def _with_spare_bits(members: dict[str, object]) -> str:
    text = as_json(members)
    return b64(text + b" " * ((1 - len(text)) % 3))


def _signatures() -> Iterator[tuple[str, Make]]:
    def resigned(change: Callable[[str], str]) -> Make:
        return lambda: ".".join([*token().split(".")[:2], change(token().split(".")[2])])

    yield "signature: none", resigned(lambda s: "")
    yield "signature: cut", resigned(lambda s: s[:-4])
    yield "signature: its first bits inverted", resigned(lambda s: _ALPHABET[~_ALPHABET.index(s[0])] + s[1:])
    yield "signature: zeros", resigned(lambda s: b64(bytes(256)))
    yield "signature: larger than the modulus", resigned(lambda s: b64(b"\xff" * 256))
    yield "signature: far too long", resigned(lambda s: b64(bytes(4000)))
    yield "signature: of another token", resigned(lambda s: with_claims(jti="other").split(".")[2])
    yield "signature: by another key", lambda: token(key="evil")
    yield "payload: of another token", _grafted


def _grafted() -> str:
    header, _, sign = token().split(".")
    return ".".join([header, b64(as_json({**CLAIMS, "sub": "someone-else"})), sign])


def _unsigned(algorithm: str) -> str:
    return f"{b64(as_json({**HEADER, 'alg': algorithm}))}.{b64(as_json(CLAIMS))}"


def _signed_as(algorithm: str, padding: PKCS1v15 | PSS, digest: SHA256 | SHA384) -> str:
    signing_input = _unsigned(algorithm)
    return f"{signing_input}.{b64(private_key().sign(signing_input.encode(), padding, digest))}"


def _signed_with_public_key_as_secret() -> str:
    secret = private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signing_input = _unsigned("HS256")
    return f"{signing_input}.{b64(hmac.digest(secret, signing_input.encode(), sha256))}"


def _without(name: str) -> bytes:
    return as_json({k: v for k, v in CLAIMS.items() if k != name})


def _label(value: object) -> str:
    if value is ABSENT:
        return "absent"
    text = ascii(value)
    return text if len(text) <= 32 else f"{text[:28]}..."
