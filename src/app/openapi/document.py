"""Build the OpenAPI document: what FastAPI generates, and what every route has in common.

What holds for all routes is written once, here, so that no route can forget it: the gateway's refusals, the header
fields of every answer, security, parameters that are left out and never `null`, an example for each schema.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from app.auth.public_paths import is_public
from app.openapi import schemas
from app.openapi.headers import HEADERS, reference
from app.routing import flat, tags
from app.schemas.problems import GatewayRefusal, Problem

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_METHODS = ("get", "put", "post", "patch", "delete")
_SCHEMES: Json = {
    "Cognito": {
        "type": "oauth2",
        "description": "A Cognito access token. In Swagger UI: your e-mail address and password.",
        "flows": {"password": {"scopes": {}, "tokenUrl": "v1/auth/token"}},
    },
    "Bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The `access_token` of `POST /v1/auth/login`.",
    },
}
_SECURITY: list[Json] = [{"Bearer": []}, {"Cognito": []}]
"""Two ways to send the same token: generators know the first, Swagger UI signs in with the second."""

_GATEWAY_REASONS = {
    403: "API Gateway refuses the token (`Authorizer=lambda`). Take it like a 401.",
    429: "Too many requests; try again later.",
    503: "The service does not answer; try again later.",
}


def document(app: FastAPI) -> Json:
    """The document of `app`. It names no host: the server is where the document is served."""
    built = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=flat(app.routes),
        tags=tags(app.routes),
        contact={"name": "The maintainers"},
        license_info={"name": "MIT", "identifier": "MIT"},
        servers=[{"url": app.root_path or "/"}],
    )
    components = built["components"]
    _, shared = models_json_schema(
        [(Problem, "serialization"), (GatewayRefusal, "serialization")], ref_template=_REF
    )
    components["schemas"].update(shared["$defs"])
    schemas.finish(components["schemas"])
    components["headers"] = HEADERS
    components["securitySchemes"] = _SCHEMES
    for path, item in built["paths"].items():
        for method in _METHODS:
            if method in item:
                _finish(item[method], reads=method == "get", protected=not is_public(path))
    return built


def _finish(operation: Json, *, reads: bool, protected: bool) -> None:
    operation["security"] = _SECURITY if protected else []
    for parameter in operation.get("parameters", []):
        schemas.finish_parameter(parameter)
    _add_gateway(operation["responses"], (401, 403, 429, 503) if protected else (429, 503))
    for answer in operation["responses"].values():
        _add_headers(answer, cached=protected and reads)


def _add_gateway(responses: Json, statuses: tuple[int, ...]) -> None:
    """API Gateway refuses before the application sees the request: plain JSON without a `code`."""
    schema = {"$ref": _REF.format(model=GatewayRefusal.__name__)}
    for status in statuses:
        answer = responses.setdefault(str(status), {"description": _GATEWAY_REASONS.get(status)})
        answer.setdefault("content", {})["application/json"] = {"schema": schema}


def _add_headers(answer: Json, *, cached: bool) -> None:
    names = ("X-Cache", "X-Request-Id") if cached else ("X-Request-Id",)
    answer["headers"] = {**answer.get("headers", {}), **reference(*names)}
