"""The API as a Lambda function behind an API Gateway HTTP API (payload format 2.0)."""

from app.cold_start import before_snapshot, frozen_imports


def _defer_openapi_models() -> None:
    """Import FastAPI's models of OpenAPI without building their validators: only `/openapi.json` uses them.

    FastAPI imports the models with itself, and pydantic builds each at once: a twelfth of a cold start. pydantic
    builds it at its first use where `defer_build` is set, which a model takes from its base class.
    """
    from pydantic import BaseModel

    BaseModel.model_config["defer_build"] = True
    try:
        import fastapi.openapi.models  # noqa: F401
    finally:
        del BaseModel.model_config["defer_build"]


with frozen_imports():
    import json
    import logging
    from functools import cache
    from typing import Any

    _defer_openapi_models()

    from mangum import Mangum

    from app import threads
    from app.config.api import settings
    from app.main import create_app
    from app.problems import MEDIA_TYPE

    threads.run_in_line()
    app = create_app(settings())


def _warm() -> None:
    from app.warming import warm

    warm(app)


@cache
def _adapter() -> Mangum:
    """Made in the first request: it makes an event loop, whose sockets belong to one instance."""
    return Mangum(
        app,
        lifespan="off",  # else start-up would run in every request
        text_mime_types=["application/json", MEDIA_TYPE, "text/"],
    )


before_snapshot(_warm)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Serve one request. An event that is no HTTP request of API Gateway's is answered with 400, not raised:
    an error of this function would be an alarm that any caller could ring."""
    try:
        return _adapter()({**event, "headers": event.get("headers") or {}}, context)
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
