"""The web app and the API on one origin, as CloudFront serves them: `uvicorn --factory devstack.site:create`.

The files of `web/` are read at each request, so an edit shows on reload.
"""

import http.client
import os
from collections.abc import Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from devstack import mailbox
from devstack.pages import foreign_host, foreign_origin, foreign_site, values
from devstack.seed import DEMO
from devstack.site_headers import site_headers
from project import paths, template
from project.site import CACHE_CONTROL, CONFIG, INDEX, SiteConfig, content_type, is_published

API_PATHS = ("/v1/*", "/docs*", "/openapi.json", "/healthz")
"""What goes to the API, as the distribution's behaviours say it."""

_LOCAL = "/_local/"
"""What there is on a laptop only, and for its own pages."""
_MAILBOX = f"{_LOCAL}mail"
_COMPRESSED_FROM = 1000
"""Bytes, as CloudFront does."""


def create() -> ASGIApp:
    """The site of this process's environment, over `app.main:app`."""
    from app.config.api import settings
    from app.main import app as api

    own = settings()
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    config = SiteConfig(
        region=own.aws_region,
        user_pool_id=own.user_pool_id,
        user_pool_client_id=own.user_pool_site_client_id,
        stage=own.stage,
        docs=own.docs_enabled,
        password_complexity=own.password_complexity,
        mailbox=_MAILBOX,
        demo={"email": DEMO.email, "password": DEMO.password},
    )
    headers = site_headers(template.load(paths.TEMPLATE), endpoint)
    web = site(paths.WEB, config, headers, endpoint, os.environ["AWS_CONTROL_TOKEN"])
    return LocalOnly(SameOrigin(web, api))


def site(
    web: Path, config: SiteConfig, headers: Mapping[str, str], endpoint: str, control_token: str
) -> Starlette:
    """The files of `web` and what is generated beside them, all with `headers`; mail comes from `endpoint`."""

    def configuration(_request: Request) -> Response:
        return Response(
            config.module(), headers={"Cache-Control": CACHE_CONTROL}, media_type=content_type(CONFIG)
        )

    def mail(request: Request) -> Response:
        try:
            messages = mailbox.messages(endpoint, control_token, request.query_params.get("to"))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise HTTPException(502, "The embedded AWS does not answer.") from error
        return JSONResponse({"messages": messages}, headers={"Cache-Control": "no-store"})

    return Starlette(
        routes=[
            Route(f"/{CONFIG}", configuration),
            Route(_MAILBOX, mail),
            Mount("/", WebFiles(directory=web, check_dir=False)),
        ],
        middleware=[
            Middleware(WithHeaders, headers=headers),
            Middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM),
        ],
    )


class LocalOnly:
    """Refuses what a page of another site sends: anything under a foreign name, and anything at all to `/_local/`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = self._app
        if scope["type"] == "http" and (reason := _refusal(scope)):
            app = PlainTextResponse(reason, 403)
        await app(scope, receive, send)


def _refusal(scope: Scope) -> str | None:
    headers = scope["headers"]
    if reason := foreign_host(headers):
        return reason
    if not scope["path"].startswith(_LOCAL):
        return None  # the API's own rules say which origins may call it
    own = {f"http://{host}" for host in values(headers, b"host")}
    return foreign_origin(headers, own) or foreign_site(headers, ("cross-site", "same-site"))


class SameOrigin:
    """Gives the API what is the API's, and the rest to the site."""

    def __init__(self, site: ASGIApp, api: ASGIApp) -> None:
        self._site = site
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._site if scope["type"] == "http" and not _is_api(scope["path"]) else self._api
        await app(scope, receive, send)


def _is_api(path: str) -> bool:
    return any(
        path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern for pattern in API_PATHS
    )


class WithHeaders:
    """Middleware that puts `headers` on each answer, in the place of what is there."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class WebFiles(StaticFiles):
    """A path without an extension is a page of the app, which `index.html` shows; any other is a file or a 404."""

    def get_path(self, scope: Scope) -> str:
        path = scope["path"].lstrip("/")
        if not is_published(path):
            raise HTTPException(404)
        return super().get_path(scope) if "." in path.rpartition("/")[2] else INDEX

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = CACHE_CONTROL
        if response.status_code != 304:
            response.headers["Content-Type"] = content_type(os.fspath(full_path))
        return response
