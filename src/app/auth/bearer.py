"""The token of an `Authorization` header."""

import re
from collections.abc import Sequence

from app.errors import Unauthenticated

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)")
"""RFC 6750, 2.1. No comma is in it, and API Gateway joins repeated headers with commas."""


def bearer_token(headers: Sequence[str]) -> str:
    """The token of the only `Authorization` header; of two, others on the way may read the other.

    Raises:
        Unauthenticated: there is not exactly one, or it is no bearer token.
    """
    match = _BEARER.fullmatch(headers[0]) if len(headers) == 1 else None
    if match is None:
        raise Unauthenticated
    return match[1]
