"""The header fields of answers that a client needs, each described once."""

from typing import Any


def reference(*names: str) -> dict[str, Any]:
    """The `headers` of an answer that has these."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _field(description: str, example: str | int, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": kind, "examples": [example], **more}}


HEADERS: dict[str, Any] = {
    "ETag": _field("The version of this answer, for `If-Match` and `If-None-Match`.", '"3"'),
    "Location": _field(
        "The path of what was created.",
        "/v1/todos/3f0e7a52-6b1c-4d0e-9d0a-1f2e3d4c5b6a",
        format="uri-reference",
    ),
    "Link": _field(
        'The next page, as `<path>; rel="next"` (RFC 8288); absent on the last.',
        '</v1/todos?cursor=AbC>; rel="next"',
    ),
    "X-Cache": _field(
        "Whether the server's cache answered (`hit`), was filled (`miss`), or was not used (`bypass`).",
        "hit",
        enum=["hit", "miss", "bypass"],
    ),
    "X-Request-Id": _field("Quote it when you ask for help.", "7c5a8f4e-1d0b-4f57-9d53-2f9d2b7f1a3c"),
    "Retry-After": _field("Seconds to wait before the next attempt. The gateway sends none.", 2, "integer"),
    "RateLimit": _field(
        "The limit that was reached, and the seconds until it lets more pass "
        "(draft-ietf-httpapi-ratelimit-headers). Absent where no limit of this caller is the cause.",
        '"passwords";r=0;t=16',
    ),
    "RateLimit-Policy": _field("What that limit is: how many in how many seconds.", '"passwords";q=10;w=900'),
    "Idempotency-Replayed": _field(
        "`true` when the `Idempotency-Key` was used before and this is what it made then.",
        "true",
        enum=["true"],
    ),
    "WWW-Authenticate": _field("How to authenticate (RFC 6750).", "Bearer"),
}
