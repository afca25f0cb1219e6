"""The API as a Lambda function behind an API Gateway HTTP API (payload format 2.0)."""

import json
import logging
from typing import Any

from app.cold_start import defer_openapi_models, frozen_imports

with frozen_imports():
    defer_openapi_models()

    from mangum import Mangum

    from app import threads
    from app.config import settings
    from app.main import create_app
    from app.problems import MEDIA_TYPE

    threads.run_in_line()
    _mangum = Mangum(
        create_app(settings()),
        lifespan="off",  # else start-up would run in every request
        text_mime_types=["application/json", MEDIA_TYPE, "text/"],
    )


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Serve one request. An event that is no HTTP request of API Gateway's is answered with 400, not raised:
    an error of this function would be an alarm that any caller could ring."""
    try:
        return _mangum({**event, "headers": event.get("headers") or {}}, context)
    except Exception:  # noqa: BLE001 - the application catches its own: only the adapter raises, on the event's shape
        logging.getLogger("app").warning("malformed event")
        return _MALFORMED


_MALFORMED = {
    "statusCode": 400,
    "headers": {"content-type": MEDIA_TYPE, "cache-control": "no-store"},
    "body": json.dumps(
        {
            "type": "urn:problem:malformed_request",
            "title": "Bad Request",
            "status": 400,
            "detail": "The request could not be understood.",
            "code": "malformed_request",
        }
    ),
    "isBase64Encoded": False,
}
