"""The ASGI application: `uvicorn app.main:app`."""

import gc

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.middleware import Middleware

from app import problems
from app.auth.admin_gate import AdminGateMiddleware
from app.auth.middleware import AuthenticationMiddleware
from app.auth.public_paths import is_public
from app.config.api import Settings, settings
from app.container import Container
from app.head import HeadMiddleware
from app.logs import configure_logging
from app.request_log import ErrorBoundaryMiddleware, RequestLogMiddleware
from app.routing import LazyRouter, LazyRoutes, look_at_parameters_once, read_queries_at_once
from app.security_headers import SecurityHeadersMiddleware

VERSION = "0.1.0"
_DESCRIPTION = """\
To-dos, files, accounts and sign-in over Cognito. Errors are `application/problem+json` (RFC 9457) with a stable
`code`.
Each route that answers GET also answers HEAD, with the same headers and without the body.

Some rules are not in the schemas. Text is stored in Unicode's composed form (NFC), and its length is that of
this form; text of invisible characters only counts as empty; an unpaired surrogate makes the body malformed. A
time is between 1900-01-01 and 9999-12-31 in UTC and has no leap second. An e-mail address has an unquoted local
part and a domain of DNS with two labels or more; the top-level one has two characters or more and is not a
number. A password contains no NUL, and a new one no blank at either end. A file name is not `.` or `..`.

To try it here: **Authorize**, with your e-mail address as user name and your password.
"""


_ROUTERS = (
    ("auth", "/v1/auth"),
    ("users", "/v1/users/me"),
    ("activity", "/v1/users/me/activity"),
    ("todos", "/v1/todos"),
    ("portability", "/v1/users/me/export", "/v1/todos/import"),
    ("files", "/v1/files"),
    ("sync", "/v1/sync"),
    ("admin", "/v1/admin"),
    ("imports", "/v1/admin/imports"),
    ("health", "/healthz"),
)
"""Modules of `app.routers`, and where their paths begin."""


_OBJECTS_BETWEEN_COLLECTIONS = 20_000
"""Containers that are made and not freed before Python looks for cycles among them, in the whole process. Requests
that succeed leave none: with Python's own 700 or 2,000, a list of 50 to-dos is searched while it is built, for
nothing. A call of AWS that fails leaves some hundred, with what it was to send."""


def create_app(settings: Settings) -> FastAPI:
    """The application of one deployment. Nothing is connected to before the first request that needs it."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
    configure_logging(settings.log_level, settings.stack_name)
    read_queries_at_once()
    look_at_parameters_once()
    container = Container(settings)
    app = FastAPI(
        title="Serverless backend",
        version=VERSION,
        description=_DESCRIPTION,
        root_path=settings.root_path,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.docs_enabled else None,
        redirect_slashes=False,
        middleware=_middleware(container),
        # FastAPI's own would record the messages of exceptions, which may hold what a log must not.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.container = container
    app.router.routes.append(
        LazyRouter(LazyRoutes(f"app.routers.{name}", *paths) for name, *paths in _ROUTERS)
    )
    if settings.docs_enabled:
        from app.routers import docs

        docs.install(app)
    problems.install(app)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _middleware(container: Container) -> list[Middleware]:
    """From the outside in: every answer is logged and readable by the browser, also a refusal and a crash."""
    return [
        Middleware(SecurityHeadersMiddleware),
        Middleware(RequestLogMiddleware),
        Middleware(HeadMiddleware),
        Middleware(
            CORSMiddleware,
            allow_origins=container.settings.cors_origins,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key"],
            expose_headers=[
                "WWW-Authenticate",
                "ETag",
                "Link",
                "Location",
                "X-Cache",
                "X-Request-Id",
                "Idempotency-Replayed",
                "Retry-After",
                "RateLimit",
                "RateLimit-Policy",
            ],
            max_age=3600,
        ),
        Middleware(ErrorBoundaryMiddleware),
        Middleware(AuthenticationMiddleware, verifier=lambda: container.verifier, is_public=is_public),
        *_request_limit(container),
        Middleware(AdminGateMiddleware),
    ]


def _request_limit(container: Container) -> list[Middleware]:
    if container.request_counter is None:
        return []
    from app.request_limit import RequestLimitMiddleware

    return [Middleware(RequestLimitMiddleware, counter=container.request_counter)]


def _openapi(app: FastAPI) -> dict[str, object]:
    from app.openapi.document import document

    if app.openapi_schema is None:
        app.openapi_schema = document(app)
    return app.openapi_schema


def __getattr__(name: str) -> FastAPI:
    """`app`, made when a server asks for it: importing this module needs no environment."""
    if name != "app":
        raise AttributeError(name)
    globals()["app"] = create_app(settings())
    return globals()["app"]  # type: ignore[no-any-return]
