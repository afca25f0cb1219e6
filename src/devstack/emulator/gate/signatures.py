"""AWS Signature Version 4 in a header or in a query, verified by signing again with botocore's own signer.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

Not verified: the signature of each chunk of an upload that is signed in chunks (its headers are verified).
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.auth import UNSIGNED_PAYLOAD, S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as Signer

from devstack.emulator.gate.keys import Keys
from devstack.emulator.gate.refused import RefusedError, mismatch
from devstack.emulator.gate.request import SignedRequest

ALGORITHM = "AWS4-HMAC-SHA256"
_SKEW = timedelta(minutes=15)
_LONGEST = 7 * 24 * 3600
"""Seconds that a signed link may be good for."""
_S3 = "s3"
_BODY_HASH = "x-amz-content-sha256"
_STREAMED = "STREAMING-"
_SIGNATURE_IN_QUERY = re.compile(r"(?:^|&)X-Amz-Signature=[^&]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scope:
    """A `Credential`: whose key, and what the derived key is good for."""

    access_key_id: str
    date: str
    region: str
    service: str

    @classmethod
    def parse(cls, credential: str) -> "Scope":
        match credential.split("/"):
            case [key, date, region, service, "aws4_request"]:
                return cls(key, date, region, service)
        raise RefusedError(
            "IncompleteSignature", "Credential must have five elements and end in aws4_request."
        )


@dataclass(frozen=True, slots=True)
class Signature:
    scope: Scope
    signed_at: datetime
    headers: tuple[str, ...]
    """The names of those it covers, in lower case."""
    value: str
    token: str
    lifetime: int | None
    """Seconds that a link is good for; None for a signature in a header."""

    @classmethod
    def in_header(cls, request: SignedRequest) -> "Signature":
        text = request.headers["authorization"].removeprefix(ALGORITHM)
        parts = [part.strip().partition("=") for part in text.split(",")]
        if sorted(name for name, _, _ in parts) != ["Credential", "Signature", "SignedHeaders"]:
            raise RefusedError("IncompleteSignature", "Authorization needs three fields, each of them once.")
        given = {name: value for name, _, value in parts}
        return cls._of(
            {
                "credential": given["Credential"],
                "signedheaders": given["SignedHeaders"],
                "signature": given["Signature"],
                "date": request.headers.get("x-amz-date", ""),
                "security-token": request.headers.get("x-amz-security-token", ""),
            }
        )

    @classmethod
    def in_query(cls, request: SignedRequest) -> "Signature":
        given = request.parameters()
        if given.get("x-amz-algorithm") != ALGORITHM:
            raise RefusedError("IncompleteSignature", f"X-Amz-Algorithm must be {ALGORITHM}.")
        return cls._of({name.removeprefix("x-amz-"): value for name, value in given.items()}, is_link=True)

    @classmethod
    def _of(cls, given: Mapping[str, str], *, is_link: bool = False) -> "Signature":
        try:
            return cls(
                scope=Scope.parse(given["credential"]),
                signed_at=parse_time(given["date"]),
                headers=tuple(given["signedheaders"].split(";")),
                value=given["signature"],
                token=given.get("security-token", ""),
                lifetime=int(given["expires"]) if is_link else None,
            )
        except (KeyError, ValueError) as error:
            raise RefusedError("IncompleteSignature", "The signature is incomplete or malformed.") from error

    @property
    def covers_body(self) -> bool:
        """A link of S3 is valid for any body; every other request signs its body or says that it does not."""
        return self.lifetime is None or self.scope.service != _S3

    def check_time(self, now: datetime) -> None:
        """Raises:
        RefusedError: it is not good yet, or no longer.
        """
        if self.scope.date != f"{self.signed_at:%Y%m%d}":
            raise RefusedError("SignatureDoesNotMatch", "Date in Credential scope does not match X-Amz-Date.")
        if self.lifetime is not None and not 0 < self.lifetime <= _LONGEST:
            raise RefusedError("AuthorizationQueryParametersError", "X-Amz-Expires must be within a week.")
        until = self.signed_at + (_SKEW if self.lifetime is None else timedelta(seconds=self.lifetime))
        if not self.signed_at - _SKEW <= now <= until:
            raise RefusedError("RequestExpired", "The signature has expired, or is not good yet.")


def find(request: SignedRequest) -> Signature | None:
    """The signature that `request` carries; None when it carries nothing of the kind.

    Raises:
        RefusedError: it carries two, or one of another kind.
    """
    parameters = request.parameters()
    authorization = request.headers.get("authorization", "")
    in_query = any(name in parameters for name in ("x-amz-algorithm", "x-amz-credential", "x-amz-signature"))
    if "awsaccesskeyid" in parameters or authorization.startswith("AWS "):
        raise RefusedError(
            "InvalidRequest", "The authorization mechanism is not supported. Use AWS4-HMAC-SHA256."
        )
    if authorization.startswith("AWS4-"):
        if in_query or not authorization.startswith(f"{ALGORITHM} "):
            raise RefusedError("IncompleteSignature", f"One signature is needed, by {ALGORITHM}.")
        return Signature.in_header(request)
    return Signature.in_query(request) if in_query else None


def verify(request: SignedRequest, signature: Signature, body: bytes, keys: Keys, now: datetime) -> None:
    """Raises:
    RefusedError: it is not what the owner of the key signs for this request, or its time is over.
    """
    signature.check_time(now)
    _check_covered(request, signature)
    signer = keys.signer(signature.scope.access_key_id, signature.token)
    body_hash = _body_hash(request, signature, body)
    if not hmac.compare_digest(_sign_again(request, signature, signer, body_hash), signature.value.encode()):
        raise mismatch()


def parse_time(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _check_covered(request: SignedRequest, signature: Signature) -> None:
    """Require a signature over everything else that names an action or a key, or a link could be used for other
    calls."""
    meaningful = {name for name in request.headers if name == "host" or name.startswith("x-amz-")}
    if not meaningful <= set(signature.headers):
        raise RefusedError("AccessDenied", "There were headers present in the request which were not signed")


def _body_hash(request: SignedRequest, signature: Signature, body: bytes) -> str:
    """The last line of the canonical request.

    Raises:
        RefusedError: the body is not the one that was signed.
    """
    if not signature.covers_body:
        return UNSIGNED_PAYLOAD
    actual = hashlib.sha256(body).hexdigest()
    said = request.headers.get(_BODY_HASH, actual)
    if said != actual and not (signature.scope.service == _S3 and _is_hash_left_out(said)):
        raise RefusedError("XAmzContentSHA256Mismatch", f"{_BODY_HASH} does not match what was computed.")
    return said


def _is_hash_left_out(said: str) -> bool:
    return said == UNSIGNED_PAYLOAD or said.startswith(_STREAMED)


def _sign_again(request: SignedRequest, signature: Signature, signer: Signer, body_hash: str) -> bytes:
    """The signature that botocore makes for the same request, at the same time, over the same headers."""
    query = _SIGNATURE_IN_QUERY.sub("", request.query).removeprefix("&")
    signed = {name: request.headers[name] for name in signature.headers if name in request.headers}
    again = AWSRequest(request.method, f"http://host{request.path}{'?' if query else ''}{query}", signed)
    again.context["timestamp"] = f"{signature.signed_at:%Y%m%dT%H%M%SZ}"
    scope = signature.scope
    auth = (_S3Again if scope.service == _S3 else _Again)(signer, scope.service, scope.region)
    auth.body_hash = body_hash
    value: str = auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again)
    return value.encode()


class _AsSigned:
    """For botocore's signers, which choose headers themselves and hash the body."""

    body_hash: str

    def headers_to_sign(self, request: AWSRequest) -> Any:
        return request.headers

    def payload(self, _request: AWSRequest) -> str:
        return self.body_hash


class _Again(_AsSigned, SigV4Auth):
    pass


class _S3Again(_AsSigned, S3SigV4Auth):
    pass
