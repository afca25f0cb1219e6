"""An upload by a browser's form: it carries a policy, and the policy's signature.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html

Whether the form is what its policy allows, and the policy has not expired, MiniStack checks itself.
"""

import hmac

from botocore.auth import S3SigV4PostAuth
from botocore.awsrequest import AWSRequest
from ministack.services import s3

from devstack.emulator.gate.keys import Keys
from devstack.emulator.gate.refused import RefusedError, mismatch
from devstack.emulator.gate.request import SignedRequest
from devstack.emulator.gate.signatures import ALGORITHM, Scope, parse_time

_TYPE = "multipart/form-data"
_FILE = "file"


def is_form(request: SignedRequest) -> bool:
    """Return whether the request can only be an upload to a bucket."""
    return (
        request.method == "POST"
        and request.headers.get("content-type", "").startswith(_TYPE)
        and "x-amz-target" not in request.headers
        and not request.query
    )


def verify(request: SignedRequest, body: bytes, keys: Keys) -> None:
    """Raises:
    RefusedError: the form is not signed, or not by the owner of the key.
    """
    fields = _fields(request, body)
    try:
        policy, signature, date = fields["policy"], fields["x-amz-signature"], fields["x-amz-date"]
        scope, signed_at = Scope.parse(fields["x-amz-credential"]), parse_time(date)
    except (KeyError, ValueError) as error:
        raise RefusedError("AccessDenied", "The form is not signed.") from error
    if "awsaccesskeyid" in fields or fields.get("x-amz-algorithm") != ALGORITHM:
        raise RefusedError("AccessDenied", f"One signature is needed, by {ALGORITHM}.")
    if scope.service != "s3" or scope.date != date[:8]:
        raise RefusedError("AccessDenied", "The form is not signed for this.")
    signer = keys.signer(scope.access_key_id, fields.get("x-amz-security-token", ""))
    again = AWSRequest("POST", "http://host/")
    again.context["timestamp"] = f"{signed_at:%Y%m%dT%H%M%SZ}"
    expected: str = S3SigV4PostAuth(signer, scope.service, scope.region).signature(policy, again)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise mismatch()


def _fields(request: SignedRequest, body: bytes) -> dict[str, str]:
    """By their names in lower case, as MiniStack reads them: two readers of one form could see two forms."""
    fields: dict[str, str] = {}
    for name, _, _, value in s3._parse_multipart_form(request.headers["content-type"], body):
        if name == _FILE:
            continue
        if name.lower() in fields:
            raise RefusedError("InvalidArgument", "A field of the form is given twice.")
        fields[name.lower()] = value.decode("utf-8", "replace")
    return fields
