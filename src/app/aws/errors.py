"""What errors of AWS have in common, whichever service they come from."""

from botocore.exceptions import (
    ClientError,
    ConnectionError,  # noqa: A004
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
)
from botocore.parsers import ResponseParserError

UNANSWERED = (
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    ResponseParserError,
)
"""No answer came, or none that is AWS's own. The call may have taken effect."""

_PASSING = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InternalError",
        "InternalServerError",
        "InvalidSignatureException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionInProgressException",
        "UnrecognizedClientException",
    }
)
"""Throttling, outages, and credentials that have just run out, are rotated, or meet a clock that is off. Some come
with a status of 400.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""


def is_passing(code: str, status: int = 0) -> bool:
    """Whether the same call may succeed a little later."""
    return status >= 500 or code in _PASSING


def code_of(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def status_of(error: ClientError) -> int:
    return error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
