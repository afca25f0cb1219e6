"""`/docs`: Swagger UI, served by this application alone. A page that takes passwords loads no scripts of others,
and a laptop may be offline."""

import hashlib
import re
from base64 import b64encode
from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

_PAGE = "/docs"
_ASSETS = "/docs/assets"
_PARAMETERS = {"persistAuthorization": False, "displayRequestDuration": True}
_FORGET = '<script>localStorage.removeItem("authorized")</script>'
"""Earlier versions of this page kept the password there."""
_NO_CLIENT_FIELDS = (
    "<style>.dialog-ux .wrapper:has(> label:is([for^=client_], [for=password_type])) {display: none}</style>"
)
"""The client is public. Swagger UI draws the fields of the password form for an id and a secret all the same."""
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def install(app: FastAPI) -> None:
    """Serve the page and what it loads."""
    assets = StaticFiles(directory=str(files("fastapi_swagger.resources")))
    app.mount(_ASSETS, assets, name="docs-assets")

    @app.get(_PAGE, include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        page = get_swagger_ui_html(
            openapi_url=f"{root}{app.openapi_url}",
            title=app.title,
            swagger_js_url=f"{root}{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{_ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{root}{_ASSETS}/favicon-32x32.png",
            swagger_ui_parameters=_PARAMETERS,
        )
        html = bytes(page.body).decode().replace("<body>", f"<body>{_NO_CLIENT_FIELDS}{_FORGET}")
        return HTMLResponse(html, headers={"Content-Security-Policy": _policy(html)})


def _policy(html: str) -> str:
    """Only the page's own scripts run, inline ones by their hash. Swagger UI sets styles inline, and draws with
    `data:` images."""
    scripts = " ".join(f"'sha256-{_digest(script)}'" for script in _INLINE_SCRIPT.findall(html))
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _digest(script: str) -> str:
    return b64encode(hashlib.sha256(script.encode()).digest()).decode()
