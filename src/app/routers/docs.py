"""`/docs`: Swagger UI, served by this application alone. A page that takes passwords loads nobody else's scripts,
and a laptop may be offline."""

from importlib.resources import files

from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.staticfiles import StaticFiles

_PAGE = "/docs"
_ASSETS = "/docs/assets"
_PARAMETERS = {"persistAuthorization": True, "displayRequestDuration": True}


def install(app: FastAPI) -> None:
    """Serve the page and what it loads."""
    assets = StaticFiles(directory=str(files("fastapi_swagger.resources")))
    app.mount(_ASSETS, assets, name="docs-assets")

    @app.get(_PAGE, include_in_schema=False)
    async def docs(request: Request) -> Response:
        root = request.scope.get("root_path", "")
        return get_swagger_ui_html(
            openapi_url=f"{root}{app.openapi_url}",
            title=app.title,
            swagger_js_url=f"{root}{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{_ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{root}{_ASSETS}/favicon-32x32.png",
            swagger_ui_parameters=_PARAMETERS,
        )
